"""What characters a piece is written with, said to the model beside what the piece means.

Pieces are as long as words, so two that share a character have nothing in common until training
has seen both often enough, and most are rare. A random direction for each character, added to
every piece that has it, lets the model compare spellings from the first step on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertModel


def spelling(
    vocabulary: Mapping[str, int], lines: Iterable[str], width: int, seed: int
) -> NDArray[np.float32]:
    """Return [pieces, width]: the sum of its Chinese characters' directions, the rarer the longer.

    A character that is in one line of e**9 (8,103) has a direction of length 1 on average.
    """
    random = np.random.default_rng(seed)
    written = {piece: [c for c in piece if "一" <= c <= "鿿"] for piece in vocabulary}
    frequency: Counter[str] = Counter()
    count = 0
    for line in lines:
        frequency.update(set(line))
        count += 1
    found = np.zeros((len(vocabulary), width), dtype=np.float32)
    directions = {
        character: math.log((1 + count) / (1 + frequency[character]))
        / 9
        * random.standard_normal(width)
        / math.sqrt(width)
        for character in sorted({c for characters in written.values() for c in characters})
    }
    for piece, characters in written.items():
        for character in characters:
            found[vocabulary[piece]] += directions[character]
    return found


def spell(model: BertModel, spellings: NDArray[np.float32], share: float) -> None:
    """Add the spellings to the model's pieces, `share` of the mean length of a piece each."""
    pieces = model.embeddings.word_embeddings.weight
    with torch.no_grad():
        length = pieces.norm(dim=1).mean()
        pieces += share * length * torch.from_numpy(spellings).to(pieces.device)

"""Hard negatives: what a model takes for nearly the same, though nobody said that it is.

Each set is mined within itself, so that a bank's questions are told from a bank's. The very
nearest are left out: among them are the paraphrases that no label links.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from transformers import BertModel

from indexer.training.mixture import Mixture, Rows
from indexer.training.network import sentence_vectors

_CHUNK = 512


def mine(
    model: BertModel,
    mixture: Mixture,
    seed: int,
    *,
    nearest: int = 6,
    furthest: int = 30,
    corpus: int = 40_000,
) -> NDArray[np.int32]:
    """Return near texts of other groups [texts, furthest - nearest], by rank; -1 where none.

    They are sought among `corpus` texts of a set, for the texts of its positive pairs.
    """
    random = np.random.default_rng(seed)
    found = np.full((len(mixture.texts), furthest - nearest), -1, dtype=np.int32)
    for pairs in mixture.sets:
        asked = np.unique(np.concatenate([pairs.first, pairs.second]))
        among = random.permutation(asked)[:corpus]
        if len(among) > 4 * furthest:
            wanted = np.unique(pairs.first[pairs.positive])
            found[wanted] = _near(model, mixture, wanted, among, nearest, furthest)
    return found


def _near(
    model: BertModel, mixture: Mixture, asked: Rows, among: Rows, nearest: int, furthest: int
) -> Rows:
    group = torch.from_numpy(mixture.group)
    with torch.inference_mode():
        theirs = _vectors(model, mixture, among)
        parts = []
        for start in range(0, len(asked), _CHUNK):
            rows = asked[start : start + _CHUNK]
            scores = (_vectors(model, mixture, rows) @ theirs.T).float()
            same = group[rows][:, None] == group[among][None, :]
            scores.masked_fill_(same.to(scores.device), -2)
            parts.append(scores.topk(furthest).indices[:, nearest:].cpu().numpy())
    near: Rows = among[np.concatenate(parts)]
    return near


def _vectors(model: BertModel, mixture: Mixture, rows: Rows) -> torch.Tensor:
    vectors = sentence_vectors(model, mixture.texts.take(rows))
    return functional.normalize(vectors, dim=1).bfloat16()

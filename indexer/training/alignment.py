"""Token vectors for new pieces, translated from an English encoder's table by word alignment.

The two sides of parallel sentences say which of the encoder's words stand for which of our
pieces: P(word | piece) is learned by expectation maximisation, and a piece starts as the mean
of its words' vectors. The English side is aligned with itself, so English pieces start too.

Source: IBM Model 1, in P. Brown et al., "The Mathematics of Statistical Machine Translation"
(1993); [CLS], which stands in every text, takes the place of its empty word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexer.training.tokens import Ragged

_ROUNDS = 5
# Words that a piece stands for one time in fifty or less are chance, not meaning.
_CHANCE = 0.02


@dataclass(frozen=True)
class Links:
    """Every (piece, word) that stand in one pair of texts: `link` numbers distinct ones, and
    `slot` numbers the word's place, which exactly one piece of its text explains."""

    link: NDArray[np.int64]
    slot: NDArray[np.int64]
    piece: NDArray[np.int64]
    word: NDArray[np.int64]


def align(pieces: Ragged, words: Ragged, shape: tuple[int, int]) -> csr_array:
    """Return P(word | piece), [pieces in the vocabulary, words in the encoder's], sparse.

    Row i of `pieces` and row i of `words` say the same. Rows of pieces never seen are empty.
    """
    links = _links(pieces, words, shape[1])
    chance = np.ones(len(links.piece))
    for _ in range(_ROUNDS):
        claimed = chance[links.link]
        claimed /= np.bincount(links.slot, weights=claimed)[links.slot]
        counts = np.bincount(links.link, weights=claimed, minlength=len(links.piece))
        totals = np.bincount(links.piece, weights=counts, minlength=shape[0])
        chance = counts / totals[links.piece].clip(min=1e-12)
    sure = chance > _CHANCE
    return csr_array((chance[sure], (links.piece[sure], links.word[sure])), shape=shape)


def _links(pieces: Ragged, words: Ragged, width: int) -> Links:
    """Return the product of the two sides of every row, in one flat list."""
    left, right = pieces.lengths, words.lengths
    sizes = left * right
    row = np.repeat(np.arange(len(sizes)), sizes)
    inside = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    across = right[row]
    slot = words.starts[row] + inside % across
    keys = pieces.tokens[pieces.starts[row] + inside // across] * width + words.tokens[slot]
    distinct, link = np.unique(keys, return_inverse=True)
    return Links(link, slot, distinct // width, distinct % width)


def translate_table(
    chances: csr_array, table: NDArray[np.float32], spelled: csr_array
) -> NDArray[np.float32]:
    """Return a vector for every piece, [pieces, width], from the encoder's `table` of words.

    `spelled` [pieces, words] is the encoder's own spelling of each piece: it stands in for
    pieces that no text taught. A mean of several vectors is stretched to their mean length.
    """
    silent = np.diff(chances.indptr) == 0
    weights = chances + spelled.multiply(silent[:, None])
    totals = np.asarray(weights.sum(axis=1)).clip(min=1e-12)[:, None]
    means = (weights @ table) / totals
    lengths = (weights @ np.linalg.norm(table, axis=1)[:, None]) / totals
    norms = np.linalg.norm(means, axis=1, keepdims=True).clip(min=1e-6)
    return np.asarray(means * lengths / norms, dtype=np.float32)


def spelled(words: Ragged, shape: tuple[int, int]) -> csr_array:
    """Return which of the encoder's words spell each piece, as 1 in [pieces, words]."""
    rows = np.repeat(np.arange(shape[0]), words.lengths)
    return csr_array((np.ones(len(rows)), (rows, words.tokens)), shape=shape)

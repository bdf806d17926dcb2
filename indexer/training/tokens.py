"""Texts as token numbers, packed end to end, so that a million of them fit in memory.

The order is the order given; a batch is a gather of slices, never a list of lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer


@dataclass(frozen=True)
class Ragged:
    """Rows of different length: row i is `tokens[starts[i]:starts[i + 1]]`."""

    tokens: NDArray[np.int64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens per row."""
        return np.diff(self.starts)

    def take(self, rows: NDArray[np.int64]) -> Ragged:
        """Return the rows named, in that order."""
        lengths = self.lengths[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        inside = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Ragged(self.tokens[np.repeat(self.starts[rows], lengths) + inside], starts)

    def thinned(self, random: np.random.Generator, share: float | NDArray[np.float64]) -> Ragged:
        """Return the rows with a random `share` of their tokens left out, never the first two.

        The share may be one number or one a row.
        """
        place = np.arange(len(self.tokens)) - np.repeat(self.starts[:-1], self.lengths)
        lost = np.repeat(np.broadcast_to(share, len(self)), self.lengths)
        kept = (random.random(len(self.tokens)) >= lost) | (place < 2)
        starts = np.concatenate([[0], np.cumsum(kept)])[self.starts]
        return Ragged(self.tokens[kept], starts)

    def padded(self, pad: int) -> NDArray[np.int64]:
        """Return a [rows, longest] matrix filled up with `pad`."""
        lengths = self.lengths
        matrix = np.full((len(self), int(lengths.max(initial=1))), pad, dtype=np.int64)
        matrix[np.arange(matrix.shape[1]) < lengths[:, None]] = self.tokens
        return matrix


def joined(parts: Sequence[Ragged]) -> Ragged:
    """Return the rows of all parts, one after the other."""
    lengths = np.concatenate([part.lengths for part in parts])
    tokens = np.concatenate([part.tokens for part in parts])
    return Ragged(tokens, np.concatenate([[0], np.cumsum(lengths)]))


def tokenise(
    tokenizer: Tokenizer, texts: Sequence[str], limit: int, *, special: bool = True
) -> Ragged:
    """Tokenise texts, each cut at `limit` tokens; `special` ones ([CLS]) are set and counted."""
    parts: list[NDArray[np.int64]] = []
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    for start in range(0, len(texts), 20_000):
        encoded = tokenizer.encode_batch_fast(
            list(texts[start : start + 20_000]), add_special_tokens=special
        )
        parts.extend(np.array(row.ids, dtype=np.int64) for row in encoded)
    lengths = np.array([len(part) for part in parts], dtype=np.int64)
    tokens = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
    return Ragged(tokens, np.concatenate([[0], np.cumsum(lengths)]))

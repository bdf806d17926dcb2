"""All pairs of unit vectors whose cosine reaches a threshold, in bounded memory.

Few vectors are compared each with each. Many are first dealt out to lists by the nearest of
some centres; a vector is then compared with the lists nearest to it only, one matrix product
a list. At 0.9 two vectors are so near that hardly a pair is missed by that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Progress, Vectors
from indexer.faiss_index import centres, nearest_centres

Numbers = NDArray[np.int64]
FEW = 25_000
"""Up to so many vectors are compared each with each."""
MOST_A_VECTOR = 100
"""Of the pairs of one vector, the best so many are kept."""
BOTH = 3
_BLOCK = 1_024
_MOST_WAITING = 8_000_000


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows, `first` < `second`, best first; `score` is the cosine."""

    first: Numbers
    second: Numbers
    score: Vectors

    def __len__(self) -> int:
        return len(self.first)


def close_pairs(
    vectors: NDArray[np.floating],
    threshold: float,
    *,
    sides: NDArray[np.uint8] | None = None,
    most: int = MOST_A_VECTOR,
    few: int = FEW,
    progress: Progress | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> Pairs:
    """Return the pairs of rows that score at least the threshold.

    With `sides`, bits 1 and 2, only pairs that lie on both sides together. Of one row the best
    `most` pairs count; a pair stays if it is among them for either of its rows.
    """
    found = _Collected(len(vectors), most)
    exact = len(vectors) <= few
    blocks = _each_with_each(vectors, threshold) if exact else _by_lists(vectors, threshold)
    for done, total, first, second, score in blocks:
        checkpoint()
        if sides is not None:
            across = (sides[first] | sides[second]) == BOTH
            first, second, score = first[across], second[across], score[across]
        found.add(first, second, score)
        if progress:
            progress(done, total)
    return found.finish()


Block = tuple[int, int, Numbers, Numbers, Vectors]


def _each_with_each(vectors: NDArray[np.floating], threshold: float) -> Iterator[Block]:
    count = len(vectors)
    whole = vectors.astype(np.float32, copy=False)
    for start in range(0, count, _BLOCK):
        end = min(start + _BLOCK, count)
        scores = whole[start:end] @ whole[start:].T
        rows, columns = _places(scores >= threshold)
        later = columns > rows
        rows, columns = rows[later], columns[later]
        yield end, count, rows + start, columns + start, scores[rows, columns]


def _by_lists(vectors: NDArray[np.floating], threshold: float) -> Iterator[Block]:
    count = len(vectors)
    middles = centres(vectors, lists_for(count))
    near = nearest_centres(vectors, middles, depth_for(threshold))
    own = near[:, 0]
    members = _grouped(own, len(middles))
    visitors = _grouped(near.ravel(), len(middles))
    width, done = near.shape[1], 0
    for member, visitor in zip(members, visitors, strict=True):
        visiting = np.unique(visitor // width)
        base = vectors[member].astype(np.float32)
        for start in range(0, len(visiting), 4 * _BLOCK):
            asking = visiting[start : start + 4 * _BLOCK]
            scores = vectors[asking].astype(np.float32) @ base.T
            rows, columns = _places(scores >= threshold)
            left, right = asking[rows], member[columns]
            other = left != right
            low, high = np.minimum(left, right)[other], np.maximum(left, right)[other]
            yield done, count, low, high, scores[rows, columns][other]
        done += len(member)


def _places(near: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Return the rows and columns of what is true; np.nonzero of a matrix takes 8 times as long."""
    return np.divmod(np.flatnonzero(near), near.shape[1])


def lists_for(count: int) -> int:
    """Return into how many lists so many vectors are dealt."""
    return int(np.clip(round(4 * count**0.5), 64, 4_096))


def depth_for(threshold: float) -> int:
    """Return how many lists a vector is compared with: the lower the threshold, the more."""
    return 8 if threshold >= 0.88 else 16 if threshold >= 0.8 else 32


def _grouped(codes: Numbers, count: int) -> list[Numbers]:
    """Return the positions of each code."""
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=count))
    return np.split(order, ends[:-1])


class _Collected:
    """Pairs as they come, thinned out before they need too much memory."""

    def __init__(self, count: int, most: int) -> None:
        self._count = count
        self._most = most
        self._waiting: list[tuple[Numbers, Vectors]] = []
        self._size = 0

    def add(self, first: Numbers, second: Numbers, score: Vectors) -> None:
        if len(first):
            self._waiting.append((first * self._count + second, score))
            self._size += len(first)
            if self._size > _MOST_WAITING:
                self._thin()

    def _thin(self) -> None:
        keys = np.concatenate([keys for keys, _ in self._waiting])
        scores = np.concatenate([scores for _, scores in self._waiting])
        keys, places = np.unique(keys, return_index=True)
        scores = scores[places]
        first, second = keys // self._count, keys % self._count
        ranks = _ranks(np.concatenate([first, second]), np.tile(scores, 2))
        kept = (ranks < self._most).reshape(2, -1).any(axis=0)
        self._waiting = [(keys[kept], scores[kept])]
        self._size = int(np.count_nonzero(kept))

    def finish(self) -> Pairs:
        if not self._waiting:
            nothing = np.empty(0, dtype=np.int64)
            return Pairs(nothing, nothing, np.empty(0, dtype=np.float32))
        self._thin()
        ((keys, scores),) = self._waiting
        order = np.lexsort((keys, -scores))
        keys = keys[order]
        # Rounding alone can take a cosine past 1.
        return Pairs(keys // self._count, keys % self._count, np.minimum(scores[order], 1.0))


def _ranks(rows: Numbers, scores: Vectors) -> Numbers:
    """Return the rank of each pair among those of its row, the best 0."""
    order = np.lexsort((-scores, rows))
    sorted_rows = rows[order]
    starts = np.flatnonzero(np.r_[True, sorted_rows[1:] != sorted_rows[:-1]])
    lengths = np.diff(np.r_[starts, len(rows)])
    ranks = np.empty(len(rows), dtype=np.int64)
    ranks[order] = np.arange(len(rows)) - np.repeat(starts, lengths)
    return ranks

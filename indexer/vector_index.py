"""The seam to whatever finds the nearest vectors.

An index knows its vectors by row number, counted from 0 in the order they were added, and
never forgets or moves one; which question a row is, and which rows a search may see, is kept
outside. `score` is the inner product, which of unit vectors is the cosine similarity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Vectors

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Neighbours:
    """Rows and their scores, best first."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


class VectorIndex(Protocol):
    """An immutable set of vectors; any number of threads may search it."""

    @property
    def kind(self) -> str:
        """`flat`: exact; others approximate."""

    def __len__(self) -> int:
        """How many vectors it holds."""

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> Neighbours:
        """Return the k nearest of the allowed rows, fewer only where there are fewer.

        `allowed` has one flag a row, and is applied before the k best are chosen.
        """

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of rows that rise."""

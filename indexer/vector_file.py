"""Vectors in a file, read where they are needed: a million of them need no memory of their own.

They are read by position, not mapped into memory: a mapped file that somebody cuts short ends
the whole process, while a read that comes up short is an error like any other.
"""

from __future__ import annotations

import hashlib
import os
import weakref
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Vectors
from indexer.errors import DamagedBuildError

BLOCK_ROWS = 32_768
# Rows this near to each other are read at once, and what lies between them is thrown away.
_GAP = 16


class VectorFile:
    """Float32 rows in a file that stays open for as long as they are used; threads may share it."""

    def __init__(self, file: BinaryIO, count: int, dimension: int) -> None:
        self.dimension = dimension
        self._count = count
        self._number = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._number)

    def __len__(self) -> int:
        return self._count

    def flush(self) -> None:
        """Return when the file is on the disk for good."""
        os.fsync(self._number)

    def take(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of rows that rise."""
        found = np.empty((len(rows), self.dimension), dtype=np.float32)
        if not len(rows):
            return found
        size, whole = 4 * self.dimension, found.data.cast("B")
        starts = np.concatenate([[0], np.flatnonzero(np.diff(rows) > _GAP) + 1, [len(rows)]])
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            first, last = int(rows[start]), int(rows[end - 1])
            if last - first == end - 1 - start:  # nothing lies between, as where there is one row
                self._fill(whole[start * size : end * size], first)
            else:
                found[start:end] = self.read(first, last + 1)[rows[start:end] - first]
        return found

    def read(self, start: int, end: int) -> Vectors:
        """Return the vectors of the rows from `start` to before `end`."""
        block = np.empty((end - start, self.dimension), dtype=np.float32)
        if len(block):
            self._fill(block.data.cast("B"), start)
        return block

    def _fill(self, into: memoryview, start: int) -> None:
        """Read from a row on, as much as there is room for."""
        first, done = start * 4 * self.dimension, 0
        while done < len(into):
            got = os.preadv(self._number, [into[done:]], first + done)
            if not got:
                raise DamagedBuildError("a file of vectors was cut short while it was being read")
            done += got

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[tuple[int, Vectors]]:
        """Yield every vector, block by block, with the row that each block starts at."""
        for start in range(0, self._count, rows):
            yield start, self.read(start, min(start + rows, self._count))

    def load(self) -> Vectors:
        """Return all of them in memory."""
        return self.read(0, self._count)


class VectorWriter:
    """Writes rows to the end of a file, and keeps the checksum of what it wrote."""

    def __init__(self, file: BinaryIO, dimension: int) -> None:
        self._file = file
        self._dimension = dimension
        self._count = 0
        self._hash = hashlib.sha256()

    def add(self, vectors: Vectors) -> None:
        """Write rows."""
        content = np.ascontiguousarray(vectors, dtype="<f4").tobytes()
        self._file.write(content)
        self._hash.update(content)
        self._count += len(vectors)

    def finish(self) -> VectorFile:
        """Return what was written, to be read."""
        self._file.flush()
        return VectorFile(self._file, self._count, self._dimension)

    @property
    def checksum(self) -> str:
        """The SHA-256 of the file."""
        return self._hash.hexdigest()


def spread_rows(count: int, most: int) -> NDArray[np.int64]:
    """Return rows of all parts of `count` rows, `most` at most, which rise."""
    return np.unique(np.linspace(0, count - 1, most).astype(np.int64))

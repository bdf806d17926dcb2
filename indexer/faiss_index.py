"""Nearest vectors by FAISS: the only file that imports it.

Vectors must be unit rows, so that a score is a cosine similarity. An index goes to disk as
bytes through Python, because FAISS itself cannot open every path that Python can (non-ASCII
names on some systems) and so that what is written can be checksummed and flushed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import faiss
import numpy as np

# Before faiss: both bring an OpenMP runtime, and the one loaded first serves both. With
# faiss first, torch computes with the wrong number of threads or, on some systems, crashes.
import torch  # noqa: F401

from indexer.encoder import Vectors
from indexer.errors import IndexerError
from indexer.vector_index import Mask, Neighbours


class FlatIndex:
    """Exact search by inner product."""

    kind = "flat"

    def __init__(self, index: faiss.IndexFlat) -> None:
        self._index = index

    @classmethod
    def build(cls, dimension: int, blocks: Iterable[Vectors] = ()) -> FlatIndex:
        """Return an index of the rows of the blocks, in their order."""
        index = faiss.IndexFlatIP(dimension)
        for block in blocks:
            index.add(np.ascontiguousarray(block, dtype=np.float32))
        return cls(index)

    @classmethod
    def from_bytes(cls, data: bytes) -> FlatIndex:
        """Return the index in the content of a file; IndexerError where it is none."""
        try:
            index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
        except RuntimeError as error:
            raise IndexerError("the index file is damaged; run `tongwen reindex`") from error
        if not isinstance(index, faiss.IndexFlat):
            raise IndexerError(
                f"the index file holds a {type(index).__name__}, which this version cannot"
                " search; run `tongwen reindex`"
            )
        return cls(index)

    def __len__(self) -> int:
        """How many vectors it holds."""
        return int(self._index.ntotal)

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> Neighbours:
        """Return the k nearest of the allowed rows, best first."""
        visible = len(self) if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, visible)
        if k < 1:
            return Neighbours(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        parameters = None
        if allowed is not None and visible < len(self):
            bits = np.packbits(allowed, bitorder="little")
            # The selector only points at `bits`, which must live until the search is over.
            selector = faiss.IDSelectorBitmap(len(allowed), faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        query = np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)
        with _one_thread():
            scores, rows = self._index.search(query, k, params=parameters)
        return Neighbours(rows[0], scores[0])

    def vectors(self, rows: Iterable[int] | None = None) -> Vectors:
        """Return the vectors of some rows, all of them by default."""
        if rows is None:
            found: Vectors = self._index.reconstruct_n(0, len(self))
        else:
            found = self._index.reconstruct_batch(np.fromiter(rows, dtype=np.int64))
        return found

    def to_bytes(self) -> bytes:
        """Return the index as the content of a file."""
        return bytes(faiss.serialize_index(self._index).tobytes())


@contextmanager
def _one_thread() -> Iterator[None]:
    """Search in the calling thread alone.

    FAISS would share one query out to every core and wait for the slowest; with any other
    work on the machine that wait is ten times the search itself. Threads that search side by
    side use the cores better.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)

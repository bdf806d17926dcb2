"""Nearest vectors by FAISS: the only file that imports it.

Vectors must be unit rows, so that a score is a cosine similarity. An approximate index only
proposes rows: their scores are computed from the vectors themselves, so that a score is the
same number whatever the index. An index is written and read through Python's files, because FAISS
cannot open every path that Python can, and so that what is written can be checksummed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import faiss
import numpy as np

# Before faiss: both bring an OpenMP runtime, and the one loaded first serves both. With
# faiss first, torch computes with the wrong number of threads or, on some systems, crashes.
import torch  # noqa: F401
from numpy.typing import NDArray

from indexer.byte_code import ByteCode
from indexer.encoder import Vectors
from indexer.errors import IndexerError
from indexer.vector_file import VectorFile, spread_rows
from indexer.vector_index import Mask, Neighbours

# Of so few allowed rows, looking at every one is faster than following an index.
FEW_ROWS = 20_000
# More neighbours than an approximate index is asked for.
_MOST_NEIGHBOURS = 2_000
_TRAINING_ROWS = 65_536
# On 100,000 real questions, by how many of the ten nearest are found at depth 40: 98.3 % in 11 s.
# 24 links, none dropped (keep_max_size_level0), took 26 s for 97.4 %, and lost more vectors.
_LINKS, _CARE = 40, 64
_ADDED_AT_ONCE = 65_536
_WORTH_A_GPU, _MOST_ON_GPU = 10_000, 1_024
_of_faiss: Any = faiss  # its parameters take keywords that its type hints do not know


class FlatIndex:
    """Exact search by inner product, over vectors in memory; on a GPU where one can be used."""

    kind = "flat"

    def __init__(self, vectors: Vectors, device: Any = None) -> None:
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        self._device = device
        self._in_use = threading.Lock()

    @classmethod
    def placed(cls, vectors: Vectors) -> FlatIndex:
        """Return the index where it is searched fastest: very many vectors go to the GPU."""
        if len(vectors) < _WORTH_A_GPU or no_gpu_because():
            return cls(vectors)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        resources = _of_faiss.StandardGpuResources()
        return cls(vectors, _of_faiss.index_cpu_to_gpu(resources, 0, index))

    def __len__(self) -> int:
        """How many vectors it holds."""
        return len(self._vectors)

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> Neighbours:
        """Return the k nearest of the allowed rows, best first."""
        if self._device is not None and 0 < k <= _MOST_ON_GPU // 2:
            # A GPU knows no filter: of the nearest rows, those not allowed are left out.
            with self._in_use:
                found = self._device.search(_query(vector), min(_MOST_ON_GPU, len(self)))[1][0]
            rows = found if allowed is None else found[allowed[found]]
            if len(rows) >= k:
                rows = np.sort(rows)
                return _best(rows, _scores(self._vectors[rows], vector), k)
        return _exact(self._vectors, vector, k, allowed)

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of rows that rise."""
        return self._vectors[rows]


def no_gpu_because() -> str:
    """Return why vectors are searched on the CPU; empty where a GPU can be used."""
    if not hasattr(faiss, "StandardGpuResources"):
        return "FAISS is the one for CPUs (`make setup FAISS=gpu` installs the other)"
    return "" if faiss.get_num_gpus() else "FAISS finds no CUDA device"


@dataclass(frozen=True)
class ApproximateIndex:
    """A graph (`hnsw`) or lists (`ivf`) over quantised vectors that lie in a file.

    `depth` is how far a search looks: efSearch of a graph, nprobe of lists. A search among few
    rows, for very many, or one that comes up short looks at every allowed vector instead.
    """

    kind: str
    depth: int
    file: VectorFile
    index: Any
    code: ByteCode | None

    @classmethod
    def build(cls, kind: str, vectors: VectorFile) -> ApproximateIndex:
        """Return an index of the vectors; how deep it must look has to be found out then."""
        dimension, count = vectors.dimension, len(vectors)
        if kind == "hnsw":
            index, code = _graph(dimension), ByteCode.of(vectors)
        else:
            sample = vectors.take(spread_rows(count, _TRAINING_ROWS))
            index, code = _lists(dimension, count, len(sample)), None
            index.train(sample)
            del sample
        for _, block in vectors.blocks(_ADDED_AT_ONCE):
            index.add(code(block) if code else block)
        return cls(kind, 1, vectors, index, code)

    @classmethod
    def read(cls, file: BinaryIO, kind: str, depth: int, vectors: VectorFile) -> ApproximateIndex:
        """Return the index in an open file; IndexerError where it holds none of the vectors."""
        try:
            index = _of_faiss.read_index(_of_faiss.PyCallbackIOReader(file.read))
        except RuntimeError as error:
            raise IndexerError("the index file is damaged; run `tongwen reindex`") from error
        if index.ntotal != len(vectors) or index.d != vectors.dimension:
            raise IndexerError(
                f"the index file is of {index.ntotal} vectors, and there are {len(vectors)};"
                " run `tongwen reindex`"
            )
        by_bytes = index.metric_type == faiss.METRIC_L2
        return cls(kind, depth, vectors, index, ByteCode.of(vectors) if by_bytes else None)

    def __len__(self) -> int:
        """How many vectors it holds."""
        return len(self.file)

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of rows that rise."""
        return self.file.take(rows)

    def at(self, depth: int) -> ApproximateIndex:
        """Return the same index that looks another depth."""
        return replace(self, depth=depth)

    @property
    def deepest(self) -> int:
        """A depth beyond which a search cannot look, or which no search could pay for."""
        return int(self.index.nlist) if self.kind == "ivf" else min(8_192, max(len(self), 1))

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> Neighbours:
        """Return the nearest of the allowed rows, best first, with their true scores."""
        visible = len(self) if allowed is None else int(np.count_nonzero(allowed))
        if visible <= FEW_ROWS or k > _MOST_NEIGHBOURS:
            return self._look_at_all(vector, k, allowed)
        share = visible / len(self)
        with _selector(allowed, visible) as selector:
            parameters = self._parameters(share, k, selector)
            with _one_thread():
                query = self._coded(_query(vector))
                _, found = self.index.search(query, _proposals(k), params=parameters)
        rows = np.sort(found[0][found[0] >= 0])
        if len(rows) < min(k, visible):
            return self._look_at_all(vector, k, allowed)
        return _best(rows, _scores(self.file.take(rows), vector), k)

    def propose(self, queries: Vectors, k: int) -> NDArray[np.int64]:
        """Return the rows proposed for each query, by all cores: to measure the depth."""
        parameters = self._parameters(1.0, k, None)
        coded = self._coded(queries)
        found: NDArray[np.int64] = self.index.search(coded, _proposals(k), params=parameters)[1]
        return found

    def write(self, write: Callable[[bytes], object]) -> None:
        """Write the index, without the vectors, piece by piece: a copy may not fit in memory."""
        _of_faiss.write_index(self.index, _of_faiss.PyCallbackIOWriter(write))

    def _coded(self, queries: Vectors) -> Vectors:
        return self.code(queries) if self.code else queries

    def _parameters(self, share: float, k: int, selector: Any) -> Any:
        # Where few rows are allowed, the nearest of them lie further away.
        depth = round(self.depth * min(1 / share, 8) ** 0.5)
        if self.kind == "ivf":
            return _of_faiss.SearchParametersIVF(sel=selector, nprobe=min(depth, self.deepest))
        depth = max(depth, _proposals(k), round(20 / share))
        return _of_faiss.SearchParametersHNSW(sel=selector, efSearch=depth)

    def _look_at_all(self, vector: Vectors, k: int, allowed: Mask | None) -> Neighbours:
        if allowed is not None and np.count_nonzero(allowed) <= FEW_ROWS:
            rows = np.flatnonzero(allowed)
            return _best(rows, _scores(self.file.take(rows), vector), k)
        near = [Neighbours(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))]
        for start, block in self.file.blocks():
            here = None if allowed is None else allowed[start : start + len(block)]
            found = _exact(block, vector, k, here)
            near.append(Neighbours(found.rows + start, found.scores))
        rows = np.concatenate([part.rows for part in near])
        return _best(rows, np.concatenate([part.scores for part in near]), k)


def _graph(dimension: int) -> Any:
    of_bytes: Any = faiss.ScalarQuantizer.QT_8bit_direct
    index: Any = faiss.IndexHNSWSQ(dimension, of_bytes, _LINKS, faiss.METRIC_L2)
    index.hnsw.efConstruction = _CARE
    return index


def _lists(dimension: int, count: int, sample: int) -> Any:
    lists = max(1, min(round(4 * count**0.5), sample // 16))
    coarse = faiss.IndexFlatIP(dimension)
    bits: Any = faiss.ScalarQuantizer.QT_8bit
    metric = faiss.METRIC_INNER_PRODUCT
    index: Any = faiss.IndexIVFScalarQuantizer(coarse, dimension, lists, bits, metric)
    index.by_residual = False
    index.cp.niter = 8
    index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, 64
    return index


def nearest_scores(vectors: VectorFile, queries: Vectors, k: int) -> Vectors:
    """Return the k best scores of each query, best first, by looking at every vector."""
    best = np.full((len(queries), k), -np.inf, dtype=np.float32)
    for _, block in vectors.blocks():
        scores, _ = faiss.knn(queries, block, min(k, len(block)), metric=faiss.METRIC_INNER_PRODUCT)
        best = -np.sort(-np.concatenate([best, scores], axis=1), axis=1)[:, :k]
    return best


def _proposals(k: int) -> int:
    """How many rows an approximate index proposes, so that the k best are among them."""
    return max(2 * k, 40)


def _exact(vectors: Vectors, vector: Vectors, k: int, allowed: Mask | None) -> Neighbours:
    visible = len(vectors) if allowed is None else int(np.count_nonzero(allowed))
    k = min(k, visible)
    rows, scores = np.empty((1, max(k, 0)), np.int64), np.empty((1, max(k, 0)), np.float32)
    if k > 0:
        query, near = _query(vector), (faiss.swig_ptr(scores), faiss.swig_ptr(rows))
        with _selector(allowed, visible) as selector, _one_thread():
            faiss.knn_inner_product(
                faiss.swig_ptr(query),
                faiss.swig_ptr(vectors),
                vectors.shape[1],
                1,
                len(vectors),
                k,
                *near,
                selector,
            )
    return Neighbours(rows[0], scores[0])


def _scores(vectors: Vectors, vector: Vectors) -> Vectors:
    # Not a matrix product: that may add up one row in another order than its twin.
    scores: Vectors = np.einsum("ij,j->i", vectors, vector.astype(np.float32).reshape(-1))
    return scores


def _best(rows: NDArray[np.int64], scores: Vectors, k: int) -> Neighbours:
    order = np.argsort(-scores, kind="stable")[:k]
    return Neighbours(rows[order], scores[order])


def _query(vector: Vectors) -> Vectors:
    return np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)


@contextmanager
def _selector(allowed: Mask | None, visible: int) -> Iterator[Any]:
    """Yield what lets FAISS see the allowed rows only, None where it may see all."""
    if allowed is None or visible == len(allowed):
        yield None
        return
    # The selector only points at the bits, which must live until the search is over.
    bits = np.packbits(allowed, bitorder="little")
    yield faiss.IDSelectorBitmap(len(allowed), faiss.swig_ptr(bits))


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


def centres(vectors: NDArray[np.floating], count: int) -> Vectors:
    """Return `count` unit vectors, each in the middle of its part of the given ones."""
    rows = spread_rows(len(vectors), 32 * count)
    sample = vectors[rows].astype(np.float32)
    kmeans = faiss.Kmeans(
        sample.shape[1],
        count,
        niter=8,
        spherical=True,
        seed=1,
        min_points_per_centroid=1,
        max_points_per_centroid=64,
    )
    kmeans.train(sample)
    return np.asarray(kmeans.centroids, dtype=np.float32)


def nearest_centres(
    vectors: NDArray[np.floating], middles: Vectors, depth: int
) -> NDArray[np.int64]:
    """Return for each vector the numbers of the centres nearest to it, the nearest first."""
    found = np.empty((len(vectors), min(depth, len(middles))), dtype=np.int64)
    for start in range(0, len(vectors), _ADDED_AT_ONCE):
        block = vectors[start : start + _ADDED_AT_ONCE].astype(np.float32)
        near = faiss.knn(block, middles, found.shape[1], metric=faiss.METRIC_INNER_PRODUCT)[1]
        found[start : start + len(block)] = near
    return found

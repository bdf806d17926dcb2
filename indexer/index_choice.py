"""Which index a number of vectors gets, and how deep it must look to find what is nearest.

Looking at every vector is exact and, up to `EXACT_UP_TO` of them, takes a few milliseconds.
Beyond that a graph finds nearly all of the nearest in a fraction of the time; how nearly is
measured on the build's own vectors, against looking at every one, and the least depth that is
good enough is taken. An index that never is good enough gives way to the exact one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from indexer.errors import IndexerError
from indexer.faiss_index import ApproximateIndex, FlatIndex, nearest_scores
from indexer.vector_file import VectorFile, spread_rows
from indexer.vector_index import VectorIndex

KINDS = ("auto", "flat", "hnsw", "ivf")

EXACT_UP_TO = 50_000
# What must be found of the 10 nearest; a little is asked for above what is promised.
PROMISED_RECALL, WANTED_RECALL = 0.98, 0.985
_QUERIES, _NEAREST = 400, 10
_TIE = 1e-6


@dataclass(frozen=True)
class Chosen:
    """An index, and what is to be known of it: depth, recall against exact search, seconds."""

    index: VectorIndex
    measures: Mapping[str, object]


def choose_index(kind: str, vectors: VectorFile) -> Chosen:
    """Return an index of the kind, `auto` by size; too few vectors for one get the exact."""
    if kind not in KINDS:
        raise IndexerError(f"no index '{kind}'; choose {', '.join(KINDS)}")
    asked = {"asked": kind}
    if kind == "auto":
        kind = "flat" if len(vectors) <= EXACT_UP_TO else "hnsw"
    if kind == "flat" or len(vectors) <= _QUERIES:
        few = f"{len(vectors):,} vectors are too few for {kind}; exact search is used instead"
        note = {} if kind == "flat" else {"note": few}
        return Chosen(FlatIndex(vectors.load()), {**asked, "recall_at_10": 1.0, **note})
    started = time.monotonic()
    index = ApproximateIndex.build(kind, vectors)
    built = time.monotonic()
    tried = tune(index)
    depth, recall = max(tried.items(), key=lambda one: (one[1] >= WANTED_RECALL, one[1]))
    measures = {
        **asked,
        "depth": depth,
        "recall_at_10": round(recall, 4),
        "recall_queries": _QUERIES,
        "recall_by_depth": {str(depth): round(recall, 4) for depth, recall in tried.items()},
        "index_seconds": round(built - started, 3),
        "measuring_seconds": round(time.monotonic() - built, 3),
    }
    if recall < PROMISED_RECALL:
        given_up = f"{kind} found {recall:.3f} of the 10 nearest; exact search is used instead"
        measures = {**measures, "depth": 0, "recall_at_10": 1.0, "note": given_up}
        return Chosen(FlatIndex(vectors.load()), measures)
    return Chosen(index.at(depth), measures)


def tune(index: ApproximateIndex) -> dict[int, float]:
    """Return the recall at each depth that was tried, up to the first that is good enough.

    The queries are vectors of the index itself, spread over all of it, and each one's own row
    does not count: finding oneself is no feat.
    """
    vectors = index.file
    rows = spread_rows(len(vectors), _QUERIES)
    queries = vectors.take(rows)
    worst = nearest_scores(vectors, queries, _NEAREST + 1)[:, -1]
    tried: dict[int, float] = {}
    # A graph's search costs as much more as it looks deeper; lists are cheap, and vectors that are
    # not among those measured need more of them.
    depth, finer = (8, 2) if index.kind == "ivf" else (64, 4)
    while True:
        depth = min(depth, index.deepest)
        found = index.at(depth).propose(queries, _NEAREST)
        hits = 0
        for query, near, limit in zip(queries, found, worst, strict=True):
            scores = vectors.take(np.sort(near[near >= 0])) @ query
            # Any row that scores as well as the last of the true ones is as good as it.
            hits += min(int(np.count_nonzero(scores >= limit - _TIE)) - 1, _NEAREST)
        tried[depth] = hits / (_NEAREST * len(rows))
        if tried[depth] >= WANTED_RECALL or depth >= index.deepest:
            return tried
        depth += depth // finer

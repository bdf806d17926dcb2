"""The flat index against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from indexer.errors import IndexerError
from indexer.faiss_index import FlatIndex


def some_vectors(count: int) -> np.ndarray:
    rows = np.random.default_rng(5).normal(size=(count, 24)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_the_nearest_allowed_rows_are_those_of_a_sorted_product(share):
    vectors = some_vectors(1_003)
    index = FlatIndex.build(24, [vectors[:500], vectors[500:]])
    allowed = np.random.default_rng(6).random(1_003) < share
    for query in some_vectors(50):
        found = index.search(query, 7, allowed)
        scores = np.where(allowed, vectors @ query, -np.inf)
        expected = np.argsort(-scores)[: min(7, allowed.sum())]
        assert found.rows.tolist() == expected.tolist()
        assert np.abs(found.scores - scores[expected]).max() < 1e-6


def test_asking_for_more_than_there_is_gives_what_there_is():
    index = FlatIndex.build(24, [some_vectors(5)])
    allowed = np.array([True, False, False, True, False])
    assert sorted(index.search(some_vectors(1)[0], 10, allowed).rows) == [0, 3]
    assert len(index.search(some_vectors(1)[0], 10, np.zeros(5, dtype=bool)).rows) == 0
    assert len(FlatIndex.build(24).search(some_vectors(1)[0], 3).rows) == 0


def test_an_index_survives_as_bytes():
    index = FlatIndex.build(24, [some_vectors(100)])
    again = FlatIndex.from_bytes(index.to_bytes())
    assert np.array_equal(again.vectors(), some_vectors(100))
    assert np.array_equal(again.vectors([3, 1]), some_vectors(100)[[3, 1]])
    for damaged in (b"", b"nonsense", index.to_bytes()[:90]):
        with pytest.raises(IndexerError, match="tongwen reindex"):
            FlatIndex.from_bytes(damaged)

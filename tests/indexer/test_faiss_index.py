"""Every kind of index against plain numpy."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import faiss
import numpy as np
import pytest

from indexer import index_choice
from indexer.errors import DamagedBuildError, IndexerError
from indexer.faiss_index import ApproximateIndex, FlatIndex, nearest_scores, no_gpu_because
from indexer.index_choice import choose_index
from indexer.vector_file import VectorFile, VectorWriter

WIDTH = 24


def some_vectors(count: int, seed: int = 5) -> np.ndarray:
    """Unit vectors in clumps, as questions about the same thing are."""
    chance = np.random.default_rng(seed)
    middles = chance.normal(size=(40, WIDTH))
    rows = middles[chance.integers(40, size=count)] + chance.normal(size=(count, WIDTH))
    rows = rows.astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def in_file(vectors: np.ndarray) -> VectorFile:
    with tempfile.TemporaryFile() as file:
        writer = VectorWriter(file, WIDTH)
        for start in range(0, len(vectors), 700):
            writer.add(vectors[start : start + 700])
        return writer.finish()


@pytest.fixture(scope="module")
def many() -> np.ndarray:
    return some_vectors(3_100)[:3_000]


@pytest.fixture(scope="module")
def queries() -> np.ndarray:
    """Vectors like those of the index, but none of them."""
    return some_vectors(3_100)[3_000:]


@pytest.fixture(params=["flat", "hnsw", "ivf"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def assert_exact(found, vectors, query, allowed, k) -> None:
    scores = np.where(allowed, vectors @ query, -np.inf)
    expected = np.argsort(-scores)[: min(k, allowed.sum())]
    assert found.rows.tolist() == expected.tolist()
    assert np.abs(found.scores - scores[expected]).max() < 1e-6


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_the_nearest_allowed_rows_are_those_of_a_sorted_product(many, queries, kind, share):
    index = choose_index(kind, in_file(many)).index
    assert index.kind == kind
    allowed = np.random.default_rng(6).random(len(many)) < share
    for query in queries[:30]:
        # So few rows are looked at one by one, whatever the index: the answer is exact.
        assert_exact(index.search(query, 7, allowed), many, query, allowed, 7)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.05])
def test_an_approximate_index_finds_nearly_all_with_their_true_scores(
    many, queries, kind, share, monkeypatch
):
    monkeypatch.setattr("indexer.faiss_index.FEW_ROWS", 20)
    index = choose_index(kind, in_file(many)).index
    allowed = np.random.default_rng(6).random(len(many)) < share
    hits = 0
    for query in queries:
        found = index.search(query, 10, allowed)
        assert len(found.rows) == 10
        assert allowed[found.rows].all()
        assert np.abs(found.scores - many[found.rows] @ query).max() < 1e-6
        assert (np.diff(found.scores) <= 0).all()
        hits += np.isin(found.rows, np.argsort(-np.where(allowed, many @ query, -9))[:10]).sum()
    assert hits / (10 * len(queries)) >= 0.95


def test_more_neighbours_than_an_approximate_index_can_propose_are_all_found(many, kind):
    index = choose_index(kind, in_file(many)).index
    allowed = np.ones(len(many), dtype=bool)
    allowed[::3] = False
    query = some_vectors(1, seed=9)[0]
    assert sorted(index.search(query, 5_000, allowed).rows) == np.flatnonzero(allowed).tolist()


def test_asking_for_more_than_there_is_gives_what_there_is():
    index = FlatIndex(some_vectors(5))
    allowed = np.array([True, False, False, True, False])
    assert sorted(index.search(some_vectors(1)[0], 10, allowed).rows) == [0, 3]
    assert len(index.search(some_vectors(1)[0], 10, np.zeros(5, dtype=bool)).rows) == 0
    assert len(FlatIndex(some_vectors(0)).search(some_vectors(1)[0], 3).rows) == 0


def test_the_recall_that_is_stored_is_that_of_a_second_look(many, monkeypatch):
    file = in_file(many)
    chosen = choose_index("hnsw", file)
    assert chosen.measures["recall_at_10"] >= 0.98
    rows = np.unique(np.linspace(0, len(many) - 1, 400).astype(int))
    found = chosen.index.propose(many[rows], 10)
    truth = np.argsort(-(many[rows] @ many.T), axis=1, kind="stable")[:, :11]
    best = [len(set(t.tolist()) & set(f.tolist())) - 1 for t, f in zip(truth, found, strict=True)]
    assert np.mean(best) / 10 == pytest.approx(chosen.measures["recall_at_10"], abs=0.005)


def test_the_size_decides_and_an_index_that_is_never_good_enough_gives_way(many, monkeypatch):
    assert choose_index("auto", in_file(many)).index.kind == "flat"
    few = choose_index("hnsw", in_file(many[:100]))
    assert (few.index.kind, few.measures["note"]) == (
        "flat",
        "100 vectors are too few for hnsw; exact search is used instead",
    )
    monkeypatch.setattr(index_choice, "EXACT_UP_TO", 1_000)
    assert choose_index("auto", in_file(many)).index.kind == "hnsw"
    monkeypatch.setattr(index_choice, "PROMISED_RECALL", 1.01)
    chosen = choose_index("auto", in_file(many))
    assert chosen.index.kind == "flat"
    assert "exact search is used instead" in str(chosen.measures["note"])
    with pytest.raises(IndexerError, match="no index 'tree'; choose auto, flat"):
        choose_index("tree", in_file(many))


def test_the_best_scores_over_blocks_are_those_of_one_product(many, monkeypatch):
    queries = some_vectors(20, seed=3)
    expected = -np.sort(-(queries @ many.T), axis=1)[:, :11]
    assert np.abs(nearest_scores(in_file(many), queries, 11) - expected).max() < 1e-6


def test_an_approximate_index_survives_in_a_file(many, queries):
    file = in_file(many)
    index = choose_index("hnsw", file).index
    written = io.BytesIO()
    index.write(written.write)
    data = written.getvalue()
    again = ApproximateIndex.read(io.BytesIO(data), "hnsw", index.depth, file)
    for query in queries[:5]:
        assert again.search(query, 5).rows.tolist() == index.search(query, 5).rows.tolist()
    for damaged in (b"", data[:90], b"nonsense"):
        with pytest.raises(IndexerError, match="tongwen reindex"):
            ApproximateIndex.read(io.BytesIO(damaged), "hnsw", 64, file)
    with pytest.raises(IndexerError, match="3000 vectors, and there are 2999"):
        ApproximateIndex.read(io.BytesIO(data), "hnsw", 64, in_file(many[1:]))


def test_rows_are_read_from_a_file_as_they_were_written_and_a_short_file_is_told(
    many, tmp_path: Path
):
    file = in_file(many)
    assert len(file) == len(many)
    for rows in ([], [0], [0, 1, 2], [5, 900, 901, 2_999], list(range(0, 3_000, 40))):
        assert np.array_equal(file.take(np.array(rows, dtype=np.int64)), many[rows])
    assert np.array_equal(file.load(), many)
    assert [start for start, _ in file.blocks(1_300)] == [0, 1_300, 2_600]
    path = tmp_path / "short"
    path.write_bytes(many.tobytes())
    with path.open("r+b") as opened:
        short = VectorFile(opened, len(many), WIDTH)
        opened.truncate(1_000)
    with pytest.raises(DamagedBuildError, match="cut short"):
        short.take(np.array([2_000]))


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_an_index_on_a_device_without_filters_gives_the_exact_answer(many, queries, share):
    device = faiss.IndexFlatIP(WIDTH)  # what a GPU's index does, without a GPU
    device.add(many)
    index = FlatIndex(many, device)
    allowed = np.random.default_rng(6).random(len(many)) < share
    for query in queries[:20]:
        assert_exact(index.search(query, 7, allowed), many, query, allowed, 7)


def test_it_is_said_why_no_gpu_is_used():
    assert ("StandardGpuResources" in dir(faiss)) == ("for CPUs" not in no_gpu_because())


def proposed_share(index: ApproximateIndex, vectors: np.ndarray, queries: np.ndarray) -> float:
    """The share of the ten nearest that the index proposes."""
    found = index.propose(queries, 10)
    nearest = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(nearest, found, strict=True)]))


def test_what_all_vectors_share_takes_nothing_from_how_a_graph_tells_them_apart(many, queries):
    def leaning(vectors: np.ndarray) -> np.ndarray:  # cosines of 0.99 and more
        moved = vectors + 12 * np.eye(WIDTH, dtype=np.float32)[3]
        return moved / np.linalg.norm(moved, axis=1, keepdims=True)

    for vectors, asked in ((many, queries), (leaning(many), leaning(queries))):
        index = ApproximateIndex.build("hnsw", in_file(vectors)).at(64)
        assert proposed_share(index, vectors, asked) > 0.98


def test_a_graph_that_was_made_before_graphs_compared_bytes_is_read(many, queries):
    old = faiss.IndexHNSWSQ(WIDTH, faiss.ScalarQuantizer.QT_8bit, 40, faiss.METRIC_INNER_PRODUCT)
    old.train(many)
    old.add(many)
    data = io.BytesIO(faiss.serialize_index(old).tobytes())
    index = ApproximateIndex.read(data, "hnsw", 64, in_file(many))
    assert proposed_share(index, many, queries) > 0.98

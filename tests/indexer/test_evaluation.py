from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from indexer.encoder import Encoded, Progress
from indexer.errors import IndexerError
from indexer.evaluation import (
    evaluate_pairs,
    evaluate_retrieval,
    read_labelled_base,
)
from indexer.transformer_encoder import TransformerEncoder


@dataclass(frozen=True)
class Angles:
    """An encoder of hand-made vectors: a text is its angle in degrees."""

    name: str = "angles"
    fingerprint: str = "angles"
    dimension: int = 2
    layers: int = 0
    width: int = 2
    parameters: int = 0
    max_tokens: int = 1
    device: str = "cpu"

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoded:
        angles = np.radians([float(text) for text in texts])
        return Encoded(np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32), 0)

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        return np.ones(len(texts), dtype=np.int64)


def test_spearman_equals_scipy_on_hand_made_vectors(tmp_path: Path) -> None:
    rows = [(0, 10, 5.0), (0, 20, 3.0), (0, 20, 4.0), (0, 90, 0.0), (0, 45, 3.0), (10, 40, 2.0)]
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{a}\t{b}\t{label}\n" for a, b, label in rows))
    cosines = [np.cos(np.radians(b - a)) for a, b, _ in rows]
    expected = 100 * spearmanr(np.round(cosines, 6), [label for *_, label in rows]).statistic
    assert evaluate_pairs(Angles(), {"x": path}).sets["x"] == pytest.approx(expected)


def test_recall_and_reciprocal_rank_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "faq.jsonl"
    rows = [
        {"question": "0", "queries": ["1", "29"]},
        {"question": "30", "queries": ["31", "2"]},
        {"question": "60"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    scores = evaluate_retrieval(Angles(), read_labelled_base(path))
    assert (scores.recall_at_1, scores.recall_at_5, scores.queries) == (50, 100, 4)
    assert scores.mrr_at_10 == pytest.approx(100 * (1 + 1 / 2 + 1 + 1 / 2) / 4)


def test_a_file_without_queries_is_one_clear_line(tmp_path: Path, tiny_model: Path) -> None:
    path = tmp_path / "faq.jsonl"
    path.write_text('{"question": "a"}\n')
    with pytest.raises(IndexerError, match="no labelled queries"):
        evaluate_retrieval(TransformerEncoder.load(tiny_model), read_labelled_base(path))


@pytest.mark.parametrize("queries", ['"退款吗"', '["退款吗", " "]'])
def test_one_query_may_stand_alone(tmp_path: Path, queries: str) -> None:
    path = tmp_path / "faq.jsonl"
    path.write_text(
        f'{{"question": "a", "queries": {queries}}}\n{{"question": "b", "queries": null}}'
    )
    assert read_labelled_base(path).queries == ("退款吗",)


@pytest.mark.parametrize("queries", ["3", "[3]", '{"a": "b"}'])
def test_queries_that_are_no_texts_are_one_clear_line(tmp_path: Path, queries: str) -> None:
    path = tmp_path / "faq.jsonl"
    path.write_text(f'{{"question": "a", "queries": {queries}}}\n')
    with pytest.raises(IndexerError, match=r'line 1: "queries" is no list of texts'):
        read_labelled_base(path)

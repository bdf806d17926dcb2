"""Gates are read strictly: what can't be measured is said before hours of work."""

from __future__ import annotations

import pytest

from indexer.errors import IndexerError
from indexer.gates import Condition, parse_condition, read_gate, read_queries
from indexer.labelled import Labelled
from store.errors import StoreError


def test_a_condition_is_a_metric_and_a_share():
    assert parse_condition("recall@1>=0.8") == Condition("recall@1", 0.8)
    assert parse_condition(" MRR@10 >= 1 ") == Condition("mrr@10", 1.0)


@pytest.mark.parametrize(
    "text",
    ["", "recall@1", "recall@2>=0.8", "recall@1>0.8", "recall@1>=", "recall@1>=0.8.1", "p@1>=."],
)
def test_what_is_no_condition_is_refused_with_an_example(text):
    with pytest.raises(IndexerError, match=r"write e\.g\. 'recall@1>=0\.8'"):
        parse_condition(text)


def test_more_than_all_is_refused():
    with pytest.raises(IndexerError, match="between 0 and 1"):
        parse_condition("recall@1>=80")


def test_queries_are_read_in_both_forms(tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"query": "一", "expected": "e1"}\n\n{"query": "二", "expected": null}\n'
        '{"question": "三", "queries": ["三三", " "]}\n{"question": "四"}\n',
        encoding="utf-8",
    )
    assert read_queries(path) == (Labelled("一", ("e1",)), Labelled("三三", question="三"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ('{"query": "一"}\n', "line 1"),
        ('{"query": "一", "expected": "e"}\n{\n', "line 2"),
        ('{"query": "一", "expected": null}\n', "no query .* expects an entry"),
    ],
)
def test_a_file_without_queries_names_the_line(tmp_path, content, said):
    path = tmp_path / "q.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises((IndexerError, StoreError), match=said):
        read_queries(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StoreError, match="nowhere"):
        read_gate(["recall@1>=0.5"], tmp_path / "nowhere")

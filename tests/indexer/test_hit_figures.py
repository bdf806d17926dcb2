from __future__ import annotations

import pytest

from indexer import hit_figures
from indexer.errors import IndexerError
from indexer.hit_figures import (
    Condition,
    QueryOutcome,
    compare,
    figures_of,
    missed,
    parse_condition,
    threshold_curve,
)


def _found(query, rank, verdict="answer", score=0.9, took_ms=None):
    return QueryOutcome(
        query, ("e",), True, rank=rank, score=score, verdict=verdict, took_ms=took_ms
    )


def _none(query, verdict="no_answer", score=0.3):
    return QueryOutcome(query, (), False, score=score, verdict=verdict)


TESTED = [
    _found("a", 1, took_ms=1.0),
    _found("b", 3, took_ms=9.0),
    _found("c", 6, "did_you_mean", 0.6, took_ms=2.0),
    _found("d", None, "no_answer", 0.2),
    _none("e"),
    _none("f", "answer", 0.8),
]


def test_figures_are_those_counted_by_hand():
    assert figures_of(TESTED) == {
        "queries": 6,
        "answerable": 4,
        "unanswerable": 2,
        "missing": 0,
        "recall@1": 1 / 4,
        "recall@3": 2 / 4,
        "recall@5": 2 / 4,
        "mrr": (1 + 1 / 3 + 1 / 6) / 4,
        "no_answer_precision": 1 / 2,
        "no_answer_recall": 1 / 2,
        "verdict_accuracy": 4 / 6,
        "p50_ms": 2.0,
        "p99_ms": 9.0,
    }


def test_what_nothing_decides_is_no_figure():
    figures = figures_of([_none("a", None)])
    assert figures["recall@1"] is figures["no_answer_recall"] is figures["p50_ms"] is None
    assert figures_of([_found("a", 1)])["no_answer_recall"] is None


def test_an_answer_without_a_score_is_an_answer():
    by_words = _found("a", 1, score=None)
    assert not by_words.refused and figures_of([by_words])["verdict_accuracy"] == 1
    assert _none("b", None, None).refused and not _none("c", None).refused


def test_a_condition_names_a_figure_and_what_it_must_reach():
    assert parse_condition("recall@1>=0.8") == Condition("recall@1", ">=", 0.8)
    assert parse_condition(" P99_ms <= 30 ") == Condition("p99_ms", "<=", 30.0)
    assert parse_condition("mrr@10>=.5") == Condition("mrr", ">=", 0.5)
    assert parse_condition("verdict-accuracy>=1") == Condition("verdict_accuracy", ">=", 1.0)


@pytest.mark.parametrize("text", ["", "recall@1", "recall@2>=0.5", "recall@1>0.5", "mrr>=x"])
def test_what_is_no_condition_is_refused_with_an_example(text):
    with pytest.raises(IndexerError, match=r"write e\.g\. 'recall@1>=0\.8'"):
        parse_condition(text)


def test_more_than_all_is_refused():
    with pytest.raises(IndexerError, match="between 0 and 1"):
        parse_condition("recall@1>=80")


def test_conditions_that_are_not_met_are_said():
    asked = [parse_condition(text) for text in ("recall@1>=0.25", "recall@3>=0.6", "p99_ms<=9")]
    assert missed(asked, figures_of(TESTED)) == ["recall@3 is 0.5000, not recall@3>=0.6"]
    (said,) = missed([parse_condition("p50_ms<=5")], figures_of([_none("a")]))
    assert "can't be told" in said


def test_a_query_got_better_by_its_rank_and_then_by_its_verdict():
    before = [_found("a", 2), _found("b", 1), _found("c", 1, "no_answer"), _none("d"), _none("x")]
    after = [_found("a", 1), _found("b", None), _found("c", 1), _none("d", "answer"), _none("y")]
    difference = compare(before, after)
    assert [change.query for change in difference.better] == ["a", "c"]
    assert [change.query for change in difference.worse] == ["b", "d"]
    assert (difference.same, difference.only_before, difference.only_after) == (0, 1, 1)
    assert difference.figures["recall@1"] == (2 / 3, 2 / 3)


def test_the_threshold_curve_begins_with_everything_and_ends_with_the_best():
    curve = threshold_curve(TESTED, steps=7)
    assert curve[0].threshold == pytest.approx(0.2)
    assert (curve[0].answered, curve[0].right, curve[0].refused) == (1.0, 1 / 6, 0.0)
    assert curve[-1].threshold == pytest.approx(0.9)
    assert (curve[-1].answered, curve[-1].right, curve[-1].refused) == (2 / 6, 1 / 2, 1.0)
    assert curve[-1].covered == 1 / 4
    assert [point.answered for point in curve] == sorted(
        (point.answered for point in curve), reverse=True
    )
    assert hit_figures.threshold_curve([]) == []

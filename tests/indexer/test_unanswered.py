from __future__ import annotations

import datetime as dt

import pytest

from indexer.unanswered import group_queries, trend_of
from store.unanswered import PoorQuery

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def _poor(query, asked=1, askers=1, recent=0):
    return PoorQuery(query, asked, askers, recent, 0, NOW, None, None)


def test_near_queries_are_one_group_and_far_ones_are_not(encoder):
    poor = [
        _poor("怎么申请电子发票", 2, 2),
        _poor("海外可以用吗", 3, 1),
        _poor("怎么申请电子发票呢", 1, 1, recent=1),
    ]
    groups = group_queries(encoder, poor, days=30, near=0.9)
    assert [[one.query for one in group.queries] for group in groups] == [
        ["怎么申请电子发票", "怎么申请电子发票呢"],
        ["海外可以用吗"],
    ]
    assert (groups[0].asked, groups[0].askers, groups[0].recent) == (3, 3, 1)
    assert groups[0].lead == "怎么申请电子发票"


def test_opposites_are_never_one_group(encoder):
    poor = [_poor("会员可以退款吗"), _poor("会员不可以退款吗"), _poor("会员可以退款吗？")]
    vectors = encoder.encode([one.query for one in poor]).vectors
    assert vectors[0] @ vectors[1] > 0.8
    groups = group_queries(encoder, poor, days=30, near=0.8)
    assert [len(group.queries) for group in groups] == [2, 1]


def test_nothing_asked_makes_no_group(encoder):
    assert group_queries(encoder, [], days=30) == []


@pytest.mark.parametrize(
    ("recent", "before", "trend"),
    [(3, 0, "new"), (7, 23, "level"), (14, 23, "up"), (3, 23, "down"), (0, 23, "down")],
)
def test_the_trend_compares_asks_a_day(recent, before, trend):
    assert trend_of(recent, before, 30) == trend

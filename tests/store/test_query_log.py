from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from store.errors import NotFoundError
from store.models import QueryLog
from store.query_log import (
    LONGEST,
    Asked,
    clear,
    days_ago,
    list_queries,
    log_query,
    set_feedback,
    stream_queries,
)


def _ask(database, query="怎么退货", **more):
    given = {"source": "page", "mode": "dense", "model": "m", "build_id": 1, "took_ms": 2.5}
    with database.writing() as session:
        return log_query(session, Asked(query, **{**given, **more}), keep_days=30)


def _age(database, number, days):
    with database.writing() as session:
        session.execute(
            update(QueryLog).where(QueryLog.id == number).values(asked_at=days_ago(days))
        )


def _all(database, **wanted):
    with database.reading() as session:
        return list_queries(session, **wanted)


def test_a_query_is_stored_masked_with_all_that_came_of_it(database):
    _ask(database, "我的１３８ 1234 5678怎么改", verdict="answer", score=0.5, entry_id=7)
    (found,) = _all(database)
    assert found.query == "我的[phone]怎么改"
    assert (found.verdict, found.score, found.entry_id, found.took_ms) == ("answer", 0.5, 7, 2.5)
    assert found.helpful is None
    assert dt.datetime.now(dt.UTC) - found.asked_at < dt.timedelta(minutes=1)


def test_the_same_question_written_otherwise_has_the_same_key(database):
    for query in ("怎麼退貨？", "怎么退货", "怎么换货"):
        _ask(database, query)
    with database.reading() as session:
        keys = session.scalars(select(QueryLog.query_hash).order_by(QueryLog.id)).all()
    assert keys[0] == keys[1] != keys[2]


def test_a_query_too_old_to_be_kept_goes_with_the_next_one_asked(database):
    old, young = _ask(database, "旧"), _ask(database, "新")
    _age(database, old, 31)
    _age(database, young, 29)
    _ask(database, "现在")
    assert [one.query for one in _all(database)] == ["现在", "新"]


def test_lone_surrogates_and_long_texts_are_stored_all_the_same(database):
    _ask(database, "a\ud800b")
    _ask(database, "长" * 5000)
    assert [len(one.query) for one in _all(database)] == [LONGEST, 3]


def test_feedback_is_kept_and_can_be_taken_back(database):
    number = _ask(database)
    _ask(database)
    for said in (True, False, None):
        with database.writing() as session:
            set_feedback(session, number, said)
        assert {one.id: one.helpful for one in _all(database)}[number] is said
    remedy = pytest.raises(NotFoundError, match=r"no query 99.*tongwen queries list")
    with remedy, database.writing() as session:
        set_feedback(session, 99, True)


def test_the_log_is_filtered_streamed_in_order_and_cleared(database):
    numbers = [_ask(database, f"问 {n}", verdict="answer" if n % 2 else None) for n in range(5)]
    _age(database, numbers[0], 10)
    assert [one.id for one in _all(database, verdicts=["answer"])] == [numbers[3], numbers[1]]
    assert [one.id for one in _all(database, since=days_ago(9), limit=2)] == numbers[:2:-1]
    with database.reading() as session:
        assert [one.id for one in stream_queries(session)] == numbers
    with database.writing() as session:
        assert clear(session, before=days_ago(5)) == 1
    with database.writing() as session:
        assert clear(session) == 4
    assert _all(database) == []

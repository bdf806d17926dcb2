from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry
from store.insights import (
    Counts,
    collections_compared,
    counts_by_day,
    expiring_entries,
    never_hit,
    top_questions,
)
from store.models import QueryLog, Status
from store.query_log import Asked, days_ago, log_query, set_feedback

AT = dt.datetime(2026, 3, 1, 20, 30, tzinfo=dt.UTC)
SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def base(database):
    """Two collections; their entries by name."""
    now = dt.datetime.now(dt.UTC)
    drafts = {
        "a1": EntryDraft("甲一"),
        "a2": EntryDraft("甲二", valid_until=now + dt.timedelta(days=10)),
        "a3": EntryDraft("甲三", status=Status.DRAFT, valid_until=now + dt.timedelta(days=10)),
        "b1": EntryDraft("乙一", valid_until=now + dt.timedelta(days=5)),
        "b2": EntryDraft("乙二", valid_until=now - dt.timedelta(days=1)),
        "b3": EntryDraft("乙三", valid_until=now + dt.timedelta(days=90)),
    }
    with database.writing() as session:
        ensure_collection(session, "空")
        return {
            name: add_entry(session, ensure_collection(session, name[0]), draft)
            for name, draft in drafts.items()
        }


@pytest.fixture
def ask(database):
    def log(query, verdict, entry=None, *, helpful=None, at=AT, asker=None):
        asked = Asked(
            query, "page", "dense", "m", 1, 1.0, verdict=verdict, entry_id=entry, asker=asker
        )
        with database.writing() as session:
            number = log_query(session, asked, keep_days=30_000)
            set_feedback(session, number, helpful)
            session.execute(update(QueryLog).where(QueryLog.id == number).values(asked_at=at))

    return log


def test_queries_are_counted_by_the_day_of_the_zone(database, ask):
    ask("一", "answer", helpful=True)
    ask("二", "did_you_mean", helpful=False)
    ask("三", "no_answer", at=AT + dt.timedelta(hours=4))
    ask("太早", "answer", at=SINCE - dt.timedelta(seconds=1))
    with database.reading() as session:
        utc = counts_by_day(session, SINCE)
        china = counts_by_day(session, SINCE, dt.timezone(dt.timedelta(hours=8)))
    first, second = dt.date(2026, 3, 1), dt.date(2026, 3, 2)
    assert utc == {first: Counts(2, 1, 1, 1, 1), second: Counts(1, 0, 0, 0, 0)}
    assert china == {second: Counts(3, 1, 1, 1, 1)}
    assert china[second].unanswered == 1


def test_the_top_questions_are_those_of_most_visits(database, ask):
    for _ in range(3):
        ask("怎么退货", "answer", 1, asker="a")
    ask("怎么换货", "no_answer", asker="a")
    ask("怎麼換貨？", "answer", 2, asker="b")
    with database.reading() as session:
        first, second = top_questions(session, SINCE)
    assert (first.query, first.asked, first.askers) == ("怎麼換貨？", 2, 2)
    assert (first.verdict, first.entry_id) == ("answer", 2)
    assert (second.query, second.asked, second.askers) == ("怎么退货", 3, 1)


def test_entries_that_never_answered_are_counted_and_listed(database, base, ask):
    ask("x", "answer", base["a1"])
    ask("x", "did_you_mean", base["b1"])
    with database.reading() as session:
        listed = never_hit(session, SINCE, limit=2)
        later = never_hit(session, AT + dt.timedelta(days=1))
    # Not the draft, nor the one that has expired.
    assert [one.question for one in listed.entries] == ["甲二", "乙一"]
    assert listed.entries[0].collection == "a"
    assert listed.count == 3
    assert [one.question for one in later.entries] == ["甲一", "甲二", "乙一", "乙三"]


def test_entries_about_to_expire_are_listed_the_first_to_go_first(database, base):
    with database.reading() as session:
        assert [one.question for one in expiring_entries(session).entries] == ["乙一", "甲二"]
        assert [one.question for one in expiring_entries(session, days=7).entries] == ["乙一"]
        assert expiring_entries(session, limit=1).count == 2


def test_collections_are_compared_by_the_queries_that_came_to_them(database, base, ask):
    ask("x", "answer", base["a1"], helpful=True)
    ask("y", "no_answer", base["a2"])
    ask("z", "no_answer")
    with database.reading() as session:
        found = {
            one.name: (one.entries, one.counts) for one in collections_compared(session, SINCE)
        }
    assert found == {
        "a": (3, Counts(2, 1, 0, 1, 0)),
        "b": (3, Counts()),
        "空": (0, Counts()),
    }


def test_an_empty_base_tells_nothing(database):
    with database.reading() as session:
        assert counts_by_day(session, days_ago(30)) == {}
        assert top_questions(session, days_ago(30)) == []
        assert expiring_entries(session).count == 0
        assert never_hit(session, days_ago(30)).count == 0
        assert collections_compared(session, days_ago(30)) == []

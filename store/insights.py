"""What the log of queries tells about a base: how much is asked, answered, and of what use.

Everything is counted by the database in one pass over the days that are asked about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from store.chunks import chunks
from store.models import Collection, Entry, Kind, QueryLog, Question, Status, utc_now

ANSWERED, SUGGESTED = "answer", "did_you_mean"
_HOUR = 13  # characters of a moment up to its hour: 2026-01-31 17


@dataclass(frozen=True)
class Counts:
    """Queries by what came of them; `helpful` and `unhelpful` are those that said so."""

    asked: int = 0
    answered: int = 0
    suggested: int = 0
    helpful: int = 0
    unhelpful: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    @property
    def unanswered(self) -> int:
        """How many got neither an answer nor a suggestion."""
        return self.asked - self.answered - self.suggested


@dataclass(frozen=True)
class TopQuestion:
    """A query by its normal form, and what came of it last."""

    query: str
    asked: int
    askers: int
    verdict: str | None
    entry_id: int | None


@dataclass(frozen=True)
class CollectionUse:
    """A collection, and the queries whose best hit was an entry of it."""

    name: str
    entries: int
    counts: Counts


@dataclass(frozen=True)
class EntryLine:
    """An entry in one line."""

    id: int
    collection: str
    question: str
    valid_until: dt.datetime | None


def counts_by_day(
    session: Session, since: dt.datetime, zone: dt.tzinfo | None = None
) -> dict[dt.date, Counts]:
    """Return the counts of each day with queries; a day is one of the zone, None for UTC."""
    hour = func.substr(cast(QueryLog.asked_at, String), 1, _HOUR)
    query = select(hour, *_counted()).where(QueryLog.asked_at >= since).group_by(hour)
    found: dict[dt.date, Counts] = {}
    for text, *numbers in session.execute(query.order_by(hour)):
        moment = dt.datetime.fromisoformat(f"{text}:00").replace(tzinfo=dt.UTC)
        day = moment.astimezone(zone or dt.UTC).date()
        found[day] = found.get(day, Counts()) + Counts(*numbers)
    return found


def top_questions(session: Session, since: dt.datetime, limit: int = 20) -> list[TopQuestion]:
    """Return what most visits asked, answered or not."""
    asker = func.coalesce(QueryLog.asker, "#" + cast(QueryLog.id, String))
    askers, asked, newest = func.count(asker.distinct()), func.count(), func.max(QueryLog.id)
    query = (
        select(newest, asked, askers)
        .where(QueryLog.asked_at >= since, QueryLog.query_hash.is_not(None))
        .group_by(QueryLog.query_hash)
        .order_by(askers.desc(), asked.desc(), newest.desc())
        .limit(limit)
    )
    rows = session.execute(query).all()
    last: dict[int, QueryLog] = {}
    for part in chunks([row[0] for row in rows]):
        last |= {
            one.id: one for one in session.scalars(select(QueryLog).where(QueryLog.id.in_(part)))
        }
    return [
        TopQuestion(last[number].query, asks, visits, last[number].verdict, last[number].entry_id)
        for number, asks, visits in rows
    ]


def collections_compared(session: Session, since: dt.datetime) -> list[CollectionUse]:
    """Return every collection, by name, with the queries that came to it."""
    sizes = select(Entry.collection_id, func.count()).group_by(Entry.collection_id)
    entries = {row[0]: row[1] for row in session.execute(sizes)}
    asked = (
        select(Entry.collection_id, *_counted())
        .select_from(QueryLog)
        .join(Entry, Entry.id == QueryLog.entry_id)
        .where(QueryLog.asked_at >= since)
        .group_by(Entry.collection_id)
    )
    counts = {number: Counts(*numbers) for number, *numbers in session.execute(asked)}
    named = session.execute(select(Collection.id, Collection.name).order_by(Collection.name))
    return [
        CollectionUse(name, entries.get(number, 0), counts.get(number, Counts()))
        for number, name in named
    ]


@dataclass(frozen=True)
class Lines:
    """Entries, and how many there are of which these are the first."""

    count: int
    entries: tuple[EntryLine, ...]


def never_hit(session: Session, since: dt.datetime, limit: int = 50) -> Lines:
    """Return the active entries that answered nothing since a moment, the oldest first."""
    # Counted in the same pass: what answered is the dear part, and would be read twice.
    query = select(Entry.id, func.count().over()).where(_never_hit(since)).order_by(Entry.id)
    return _first_of(session, session.execute(query.limit(limit)).all())


def _first_of(session: Session, rows: Sequence[Row[int, int]]) -> Lines:
    """Return the entries of rows that have an entry's id and how many there are in all."""
    return Lines(rows[0][1] if rows else 0, tuple(_lines(session, [row[0] for row in rows])))


def expiring_entries(session: Session, days: int = 30, limit: int = 50) -> Lines:
    """Return active entries that stop answering within so many days, the first to go first."""
    now = utc_now()
    soon = and_(
        Entry.status == Status.ACTIVE,
        Entry.valid_until > now,
        Entry.valid_until <= now + dt.timedelta(days=days),
    )
    query = select(Entry.id, func.count().over()).where(soon).order_by(Entry.valid_until)
    return _first_of(session, session.execute(query.limit(limit)).all())


def _never_hit(since: dt.datetime) -> ColumnElement[bool]:
    answered = select(QueryLog.entry_id).where(
        QueryLog.asked_at >= since,
        QueryLog.verdict == ANSWERED,
        QueryLog.entry_id.is_not(None),
    )
    now = utc_now()
    return and_(
        Entry.status == Status.ACTIVE,
        or_(Entry.valid_until.is_(None), Entry.valid_until > now),
        Entry.id.not_in(answered),
    )


def _lines(session: Session, wanted: Sequence[int]) -> list[EntryLine]:
    found: dict[int, EntryLine] = {}
    for part in chunks(wanted):
        query = (
            select(Entry.id, Collection.name, Question.text, Entry.valid_until)
            .join(Collection, Collection.id == Entry.collection_id)
            .join(Question, and_(Question.entry_id == Entry.id, Question.kind == Kind.STANDARD))
        )
        for number, name, text, until in session.execute(query.where(Entry.id.in_(part))):
            found[number] = EntryLine(number, name, text, until)
    return [found[number] for number in wanted if number in found]


def _counted() -> tuple[ColumnElement[int], ...]:
    """Return the columns of Counts, in its order."""

    def those(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    return (
        func.count(),
        those(QueryLog.verdict == ANSWERED),
        those(QueryLog.verdict == SUGGESTED),
        those(QueryLog.helpful.is_(True)),
        those(QueryLog.helpful.is_(False)),
    )

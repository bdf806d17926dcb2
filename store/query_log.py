"""The log of what was asked: masked before it is stored, kept for a number of days.

Writing a row is one small insert, which also takes away a few rows that are too old, so that
the log keeps its promise without anybody's work. Who asked is never stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from store.errors import NotFoundError
from store.masking import mask
from store.models import QueryLog, utc_now
from store.text import normalise, text_hash

LONGEST = 1000  # characters of a query that are kept
_SWEPT_AT_ONCE = 200
_PAGE = 2000


@dataclass(frozen=True)
class Asked:
    """A query and what came of it; `score` and `entry_id` are those of the best hit."""

    query: str
    source: str
    mode: str
    model: str
    build_id: int
    took_ms: float
    verdict: str | None = None
    score: float | None = None
    entry_id: int | None = None
    collection: str | None = None
    asker: str | None = None
    topic: bool = False


@dataclass(frozen=True)
class LoggedQuery:
    """A row of the log."""

    id: int
    asked_at: dt.datetime
    query: str
    source: str | None
    collection: str | None
    mode: str
    model: str | None
    build_id: int | None
    verdict: str | None
    score: float | None
    entry_id: int | None
    took_ms: float | None
    helpful: bool | None


def log_query(session: Session, asked: Asked, *, keep_days: int) -> int:
    """Store a query, masked, and return its number."""
    query = masked(asked.query)
    row = QueryLog(
        query=query,
        query_hash=query_key(query),
        source=asked.source,
        asker=asked.asker,
        collection=asked.collection,
        mode=asked.mode,
        model=asked.model,
        verdict=asked.verdict,
        score=asked.score,
        entry_id=asked.entry_id,
        build_id=asked.build_id,
        took_ms=asked.took_ms,
        topic=asked.topic,
    )
    session.add(row)
    session.flush()
    sweep(session, keep_days)
    return row.id


def masked(query: str) -> str:
    """Return a query as it may be stored."""
    readable = query.encode("utf-8", "replace").decode("utf-8")  # lone surrogates can't be stored
    return mask(readable)[:LONGEST]


def query_key(query: str) -> bytes:
    """Return what two queries have in common that are the same question to a reader."""
    return text_hash(normalise(query))


def set_feedback(session: Session, query_id: int, helpful: bool | None) -> None:
    """Keep whether the answer helped; None takes the word back."""
    changed = session.execute(
        update(QueryLog).where(QueryLog.id == query_id).values(helpful=helpful)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise NotFoundError(
            f"no query {query_id} in the log; `tongwen queries list` shows the ones there are"
        )


def sweep(session: Session, keep_days: int, most: int = _SWEPT_AT_ONCE) -> int:
    """Take away rows that are older than the days they may be kept, a number at once."""
    old = select(QueryLog.id).where(QueryLog.asked_at < days_ago(keep_days))
    ids = session.scalars(old.order_by(QueryLog.asked_at).limit(most)).all()
    if ids:
        session.execute(delete(QueryLog).where(QueryLog.id.in_(ids)))
    return len(ids)


def clear(session: Session, *, before: dt.datetime | None = None, most: int = 20_000) -> int:
    """Take away the rows of before a moment, or all of them; at most a number at once."""
    query = select(QueryLog.id).order_by(QueryLog.id).limit(most)
    if before is not None:
        query = query.where(QueryLog.asked_at < before)
    last = session.scalars(query).all()
    if not last:
        return 0
    gone = delete(QueryLog).where(QueryLog.id <= last[-1])
    if before is not None:
        gone = gone.where(QueryLog.asked_at < before)
    session.execute(gone)
    return len(last)


def list_queries(
    session: Session,
    *,
    since: dt.datetime | None = None,
    verdicts: Sequence[str] = (),
    helpful: bool | None = None,
    limit: int = 100,
) -> list[LoggedQuery]:
    """Return the newest queries, the newest first."""
    query = _filtered(since, verdicts, helpful).order_by(QueryLog.id.desc()).limit(limit)
    return [_logged(row) for row in session.scalars(query)]


def stream_queries(session: Session, *, since: dt.datetime | None = None) -> Iterator[LoggedQuery]:
    """Yield every query of the log, the oldest first."""
    after = 0
    while True:
        query = _filtered(since, (), None).where(QueryLog.id > after)
        rows = session.scalars(query.order_by(QueryLog.id).limit(_PAGE)).all()
        yield from map(_logged, rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1].id
        session.expunge_all()


def days_ago(days: int) -> dt.datetime:
    """Return the moment a number of days ago."""
    return utc_now() - dt.timedelta(days=days)


def _filtered(
    since: dt.datetime | None, verdicts: Sequence[str], helpful: bool | None
) -> Select[QueryLog]:
    query = select(QueryLog)
    if since is not None:
        query = query.where(QueryLog.asked_at >= since)
    if verdicts:
        query = query.where(QueryLog.verdict.in_(verdicts))
    if helpful is not None:
        query = query.where(QueryLog.helpful == helpful)
    return query


def _logged(row: QueryLog) -> LoggedQuery:
    return LoggedQuery(
        id=row.id,
        asked_at=row.asked_at,
        query=row.query,
        source=row.source,
        collection=row.collection,
        mode=row.mode,
        model=row.model,
        build_id=row.build_id,
        verdict=row.verdict,
        score=row.score,
        entry_id=row.entry_id,
        took_ms=row.took_ms,
        helpful=row.helpful,
    )

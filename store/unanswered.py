"""Queries that were not answered well: without an answer, only suggested, or of no help.

A suggestion that the asker found helpful was good enough; an answer that did not help was
not. What was decided is left out. Queries are counted by their normal form.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from store.chunks import chunks
from store.models import LabelledQuery, QueryLog

ANSWERED = "answer"
_UNSURE = ("no_answer", "did_you_mean")


@dataclass(frozen=True)
class PoorQuery:
    """A query that was asked and not answered well; `askers` counts visits, `recent` newer asks."""

    query: str
    asked: int
    askers: int
    recent: int
    unhelpful: int
    last_asked: dt.datetime
    entry_id: int | None
    score: float | None


def poor_queries(
    session: Session, *, since: dt.datetime, recent_since: dt.datetime, limit: int
) -> list[PoorQuery]:
    """Return the queries asked by most visits first, since a moment."""
    asker = func.coalesce(QueryLog.asker, "#" + cast(QueryLog.id, String))
    askers, asked = func.count(asker.distinct()), func.count()
    grouped = (
        select(
            func.max(QueryLog.id).label("newest"),
            func.max(QueryLog.asked_at).label("last_asked"),
            asked.label("asked"),
            askers.label("askers"),
            func.sum(case((QueryLog.asked_at >= recent_since, 1), else_=0)).label("recent"),
            func.sum(case((QueryLog.helpful.is_(False), 1), else_=0)).label("unhelpful"),
        )
        .where(QueryLog.asked_at >= since, QueryLog.query_hash.is_not(None), _is_poor())
        .where(~exists().where(LabelledQuery.query_hash == QueryLog.query_hash))
        .group_by(QueryLog.query_hash)
        .order_by(askers.desc(), asked.desc(), func.max(QueryLog.id).desc())
        .limit(limit)
    )
    rows = session.execute(grouped).all()
    newest: dict[int, QueryLog] = {}
    for part in chunks([row.newest for row in rows]):
        found = session.scalars(select(QueryLog).where(QueryLog.id.in_(part)))
        newest |= {row.id: row for row in found}
    return [
        PoorQuery(
            query=newest[row.newest].query,
            asked=row.asked,
            askers=row.askers,
            recent=row.recent,
            unhelpful=row.unhelpful,
            last_asked=row.last_asked,
            entry_id=newest[row.newest].entry_id,
            score=newest[row.newest].score,
        )
        for row in rows
    ]


def _is_poor() -> ColumnElement[bool]:
    # An answer by words alone, the model being gone, has no score either.
    nothing = and_(QueryLog.verdict.is_(None), QueryLog.score.is_(None))
    # To a topic there is a choice of answers, and nothing is missing.
    chosen = and_(QueryLog.verdict == "did_you_mean", func.coalesce(QueryLog.topic, False))
    unsure = or_(and_(QueryLog.verdict.in_(_UNSURE), ~chosen), nothing)
    return or_(
        QueryLog.helpful.is_(False), and_(unsure, func.coalesce(QueryLog.helpful, False).is_(False))
    )

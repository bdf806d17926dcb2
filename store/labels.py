"""What was decided about queries: each decision labels the query for hit tests and calibration.

A query is known by its normal form, so a decision holds for every way of writing it the same,
and a decided query does not come back among the unanswered ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store.chunks import chunks
from store.models import Decision, Kind, LabelledQuery, Question, utc_now
from store.query_log import masked, query_key


@dataclass(frozen=True)
class Label:
    """A decided query; `entry_id` is the entry that answers it, or must not (negative)."""

    id: int
    query: str
    decision: Decision
    entry_id: int | None
    decided_by: str
    decided_at: dt.datetime


def put_labels(
    session: Session, queries: Sequence[str], decision: Decision, entry_id: int | None = None
) -> None:
    """Label the queries; a later decision takes the place of an earlier one."""
    by_key = {query_key(text): text for text in map(masked, queries)}
    known = _known(session, by_key)
    for key, text in by_key.items():
        row = known.get(key) or LabelledQuery(query_hash=key)
        row.query, row.decision, row.entry_id = text, decision, entry_id
        row.decided_by, row.decided_at = str(session.info.get("by", "")), utc_now()
        session.add(row)
    session.flush()


def is_decided(session: Session, queries: Sequence[str]) -> bool:
    """Whether something was decided about one of the queries."""
    return bool(_known(session, [query_key(masked(query)) for query in queries]))


def _known(session: Session, keys: Iterable[bytes]) -> dict[bytes, LabelledQuery]:
    return {
        row.query_hash: row
        for part in chunks(list(keys))
        for row in session.scalars(select(LabelledQuery).where(LabelledQuery.query_hash.in_(part)))
    }


def remove_labels(session: Session, queries: Sequence[str]) -> int:
    """Take decisions back; what became of entries stays. Returns how many there were."""
    keys = list({query_key(masked(query)) for query in queries})
    removed = 0
    for part in chunks(keys):
        ids = session.scalars(
            select(LabelledQuery.id).where(LabelledQuery.query_hash.in_(part))
        ).all()
        session.execute(delete(LabelledQuery).where(LabelledQuery.id.in_(ids)))
        removed += len(ids)
    return removed


def list_labels(session: Session, limit: int = 100_000) -> list[Label]:
    """Return the newest decisions, the newest first."""
    query = select(LabelledQuery).order_by(LabelledQuery.decided_at.desc(), LabelledQuery.id.desc())
    return [
        Label(row.id, row.query, row.decision, row.entry_id, row.decided_by, row.decided_at)
        for row in session.scalars(query.limit(limit))
    ]


def entries_saying(session: Session, queries: Sequence[str]) -> dict[str, int]:
    """Return which entry has a query among its questions: where its own was merged away."""
    keys = {query_key(query): query for query in queries}
    found: dict[str, int] = {}
    for part in chunks(list(keys)):
        says = select(Question.normalised_hash, Question.entry_id).where(
            Question.normalised_hash.in_(part), Question.kind != Kind.NEGATIVE
        )
        for key, entry_id in session.execute(says):
            found[keys[key]] = entry_id
    return found

"""Hit tests as rows, so that a run of today can be compared with one of last month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from store.chunks import chunks
from store.errors import NotFoundError
from store.models import HitTest, HitTestQuery


@dataclass(frozen=True)
class HitTestRecord:
    """A run: what was asked of what, and the figures that came of it."""

    id: int
    name: str
    settings: Mapping[str, Any]
    model: str
    fingerprint: str
    build_id: int
    figures: Mapping[str, Any]
    created_at: dt.datetime


@dataclass(frozen=True)
class HitTestRow:
    """One query of a run; `expected` says what it expected, in the words of who saved it."""

    query: str
    expected: Mapping[str, Any]
    rank: int | None
    score: float | None
    confidence: float | None
    verdict: str | None
    entry_id: int | None
    external_id: str | None
    question: str
    took_ms: float | None


def save_hit_test(
    session: Session,
    rows: Iterable[HitTestRow],
    *,
    name: str,
    settings: Mapping[str, Any],
    model: str,
    fingerprint: str,
    build_id: int,
    figures: Mapping[str, Any],
) -> HitTestRecord:
    """Store a run with its queries."""
    test = HitTest(
        name=name[:500],
        settings=dict(settings),
        model=model,
        fingerprint=fingerprint,
        build_id=build_id,
        figures=dict(figures),
    )
    session.add(test)
    session.flush()
    values = [
        {"hit_test_id": test.id, "position": position, **vars(row)}
        for position, row in enumerate(rows)
    ]
    for part in chunks(values):
        session.execute(insert(HitTestQuery), list(part))
    return _record(test)


def list_hit_tests(session: Session, limit: int = 100) -> list[HitTestRecord]:
    """Return the newest runs, the newest first."""
    query = select(HitTest).order_by(HitTest.id.desc()).limit(limit)
    return [_record(test) for test in session.scalars(query)]


def find_hit_test(session: Session, number: int) -> HitTestRecord:
    """Return a run; NotFoundError where there is none of that number."""
    test = session.get(HitTest, number)
    if test is None:
        raise NotFoundError(f"no hit test {number}; `tongwen hittest list` shows which there are")
    return _record(test)


def read_hit_test(session: Session, number: int) -> list[HitTestRow]:
    """Return the queries of a run, in the order in which they were asked."""
    query = select(HitTestQuery).where(HitTestQuery.hit_test_id == number)
    return [
        HitTestRow(
            row.query,
            row.expected,
            row.rank,
            row.score,
            row.confidence,
            row.verdict,
            row.entry_id,
            row.external_id,
            row.question,
            row.took_ms,
        )
        for row in session.scalars(query.order_by(HitTestQuery.position))
    ]


def delete_hit_test(session: Session, number: int) -> None:
    """Remove a run for good."""
    find_hit_test(session, number)
    session.execute(delete(HitTestQuery).where(HitTestQuery.hit_test_id == number))
    session.execute(delete(HitTest).where(HitTest.id == number))


def _record(test: HitTest) -> HitTestRecord:
    return HitTestRecord(
        id=test.id,
        name=test.name,
        settings=test.settings,
        model=test.model,
        fingerprint=test.fingerprint,
        build_id=test.build_id,
        figures=test.figures,
        created_at=test.created_at,
    )

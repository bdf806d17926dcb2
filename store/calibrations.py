"""Thresholds that somebody fitted: one row for each model and collection, the newest kept.

They belong to the model's fingerprint, not to a build, so a reindex keeps them and another
model never meets them. The collection "" stands for a search of all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from store.models import Calibration, utc_now

# Made once: every search asks this.
_FOUND = select(Calibration.__table__).where(
    Calibration.fingerprint == bindparam("fingerprint"),
    Calibration.collection.in_(bindparam("collections", expanding=True)),
)


@dataclass(frozen=True)
class CalibrationRecord:
    """Fitted thresholds; `figures` says on what, how sure, and holds the whole curve."""

    fingerprint: str
    collection: str
    model: str
    answer: float
    suggest: float
    gap: float
    build_id: int
    figures: Mapping[str, Any]
    fitted_at: dt.datetime


def find_calibrations(
    session: Session, fingerprint: str, collections: Sequence[str]
) -> list[CalibrationRecord]:
    """Return what was fitted for a model and those collections, in their order."""
    asked = {"fingerprint": fingerprint, "collections": list(collections)}
    rows = {row.collection: row for row in session.connection().execute(_FOUND, asked)}
    return [_record(rows[name]) for name in collections if name in rows]


def list_calibrations(session: Session) -> list[CalibrationRecord]:
    """Return all, the newest first."""
    rows = session.scalars(
        select(Calibration).order_by(
            Calibration.fitted_at.desc(), Calibration.fingerprint, Calibration.collection
        )
    )
    return [_record(row) for row in rows]


def save_calibration(session: Session, record: CalibrationRecord) -> None:
    """Keep fitted thresholds in place of the ones before."""
    session.merge(
        Calibration(
            fingerprint=record.fingerprint,
            collection=record.collection,
            model=record.model,
            answer=record.answer,
            suggest=record.suggest,
            gap=record.gap,
            build_id=record.build_id,
            figures=dict(record.figures),
            fitted_at=record.fitted_at,
        )
    )


def remove_calibration(session: Session, fingerprint: str, collection: str) -> bool:
    """Forget what was fitted; say whether there was anything."""
    gone = session.execute(
        delete(Calibration)
        .where(Calibration.fingerprint == fingerprint, Calibration.collection == collection)
        .returning(Calibration.fingerprint)
    )
    return gone.first() is not None


def _record(row: Any) -> CalibrationRecord:
    return CalibrationRecord(
        fingerprint=row.fingerprint,
        collection=row.collection,
        model=row.model,
        answer=row.answer,
        suggest=row.suggest,
        gap=row.gap,
        build_id=row.build_id,
        figures=row.figures,
        fitted_at=row.fitted_at or utc_now(),
    )

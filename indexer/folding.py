"""Folding the delta in: when it passes a share of the base, a build job takes it over.

The delta is searched beside the base, exactly and row by row, so it must stay small. The job is
asked for once: not while any build job waits or runs, nor soon after one that failed.
"""

from __future__ import annotations

import datetime as dt

from indexer.requests import FOLD, REINDEX
from store.builds import BuildRecord, live_build
from store.database import Database, Session
from store.jobs import OPEN, JobRecord, enqueue, list_jobs, moment
from store.models import JobState
from store.questions import count_changed, count_deleted

FOLD_SHARE = 0.1
_REST = dt.timedelta(minutes=10)


def delta_size(session: Session, build: BuildRecord) -> int:
    """Return how many questions changed or were deleted since the build."""
    return count_changed(session, build.covered) + count_deleted(session, build.covered)


def fold_is_due(session: Session, share: float = FOLD_SHARE) -> bool:
    """Whether more changed, counted in questions, than the share of the live build."""
    live = live_build(session)
    return live is not None and delta_size(session, live) > share * live.questions


def offer_fold(database: Database, share: float = FOLD_SHARE) -> JobRecord | None:
    """Ask for a fold where one is due; None where it is not, or is asked for already."""
    with database.reading() as session:
        if _is_asked_for(session) or not fold_is_due(session, share):
            return None
    with database.writing() as session:
        return None if _is_asked_for(session) else enqueue(session, FOLD, {})


def _is_asked_for(session: Session) -> bool:
    if list_jobs(session, kinds=(REINDEX, FOLD), states=OPEN, limit=1):
        return True
    last = list_jobs(session, kinds=(FOLD,), limit=1)
    stopped = last and last[0].state in (JobState.FAILED, JobState.CANCELLED)
    return bool(stopped and moment() - (last[0].finished_at or last[0].created_at) < _REST)

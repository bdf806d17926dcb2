"""Jobs as rows: asked for, looked at, cancelled and tried again.

Whoever asks for work only writes a row; who does it is settled in `job_claims`. A row is never
deleted, so what was done, when, how fast and why it failed can be read later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.errors import NotFoundError, StoreError
from store.models import Job, JobState

OPEN = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class JobRecord:
    """A job; `done` of `total` are counted in texts, `rate` is texts a second."""

    id: int
    kind: str
    state: JobState
    phase: str | None
    parameters: Mapping[str, Any]
    done: int
    total: int | None
    rate: float | None
    worker: str | None
    heartbeat_at: dt.datetime | None
    attempts: int
    cancel_requested: bool
    error: str | None
    result: Mapping[str, Any]
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None

    @property
    def eta_seconds(self) -> float | None:
        """How long it will still take at its rate; None where nobody can know."""
        if self.state is not JobState.RUNNING or not self.rate or self.total is None:
            return None
        return max(self.total - self.done, 0) / self.rate


def enqueue(session: Session, kind: str, parameters: Mapping[str, Any]) -> JobRecord:
    """Ask for work; some worker will take it."""
    job = Job(kind=kind, parameters=dict(parameters), created_at=moment())
    session.add(job)
    session.flush()
    return job_record(job)


def find_job(session: Session, job_id: int) -> JobRecord:
    """Return a job; NotFoundError where there is none of that number."""
    return job_record(find_row(session, job_id))


def list_jobs(
    session: Session,
    *,
    kinds: Sequence[str] | None = None,
    states: Sequence[JobState] | None = None,
    limit: int = 100,
) -> list[JobRecord]:
    """Return the newest jobs, the newest first."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if kinds is not None:
        query = query.where(Job.kind.in_(kinds))
    if states is not None:
        query = query.where(Job.state.in_(states))
    return [job_record(job) for job in session.scalars(query)]


def count_open(session: Session) -> int:
    """Return how many jobs wait or run."""
    query = select(func.count()).select_from(Job).where(Job.state.in_(OPEN))
    return session.scalar(query) or 0


def retry(session: Session, job_id: int) -> JobRecord:
    """Put a job that failed or was cancelled back into the queue."""
    job = find_row(session, job_id)
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        raise StoreError(
            f"job {job_id} is {job.state}; only a failed or cancelled one can be tried again"
        )
    job.state, job.error, job.attempts, job.cancel_requested = JobState.QUEUED, None, 0, False
    job.done, job.total, job.rate, job.phase = 0, None, None, None
    job.worker = job.heartbeat_at = job.started_at = job.finished_at = None
    session.flush()
    return job_record(job)


def find_row(session: Session, job_id: int) -> Job:
    """Return the row of a job; NotFoundError where there is none."""
    job = session.get(Job, job_id)
    if job is None:
        raise NotFoundError(f"no job {job_id}; `tongwen jobs list` shows the ones there are")
    return job


def moment() -> dt.datetime:
    """Return the time now, finer than a second: heartbeats are compared."""
    return dt.datetime.now(dt.UTC)


def job_record(job: Job) -> JobRecord:
    """Return the row as a plain value."""
    return JobRecord(
        id=job.id,
        kind=job.kind,
        state=job.state,
        phase=job.phase,
        parameters=job.parameters,
        done=job.done,
        total=job.total,
        rate=job.rate,
        worker=job.worker,
        heartbeat_at=job.heartbeat_at,
        attempts=job.attempts,
        cancel_requested=job.cancel_requested,
        error=job.error,
        result=job.result,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )

"""Who does a job: claimed by one worker, held by its heartbeat, taken over when that falls silent.

A claim is made inside a writing transaction, so two workers never get the same job. Every
later word of a worker counts only while the row still names it: one that was given up for dead
and wakes again can neither finish nor fail what another one does now.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from store.errors import StoreError
from store.jobs import JobRecord, find_row, job_record, moment
from store.models import Job, JobState

SILENT_SECONDS = 30.0
MOST_ATTEMPTS = 5


class Hold(StrEnum):
    """How a worker stands to its job."""

    MINE = "mine"
    CANCEL = "cancel"
    LOST = "lost"


class Claim(NamedTuple):
    """A job that is now this worker's; `taken_from` was its worker before and fell silent."""

    job: JobRecord
    taken_from: str | None


class Stand(NamedTuple):
    """How far a job is."""

    phase: str | None = None
    done: int = 0
    total: int | None = None
    rate: float | None = None


def worker_name() -> str:
    """Return a name that no other worker has, by which this one's end can be noticed."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def is_silent(job: JobRecord, silent_seconds: float = SILENT_SECONDS) -> bool:
    """Whether the worker of a running job is gone, or has said nothing for too long."""
    if job.state is not JobState.RUNNING:
        return False
    if job.worker is None or job.heartbeat_at is None or _is_gone(job.worker):
        return True
    return moment() - job.heartbeat_at > dt.timedelta(seconds=silent_seconds)


def _is_gone(worker: str) -> bool:
    """Whether the worker was a process of this machine that has ended."""
    host, _, rest = worker.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:  # Somebody else's process.
        return False
    return False


def begin(session: Session, kind: str, parameters: Mapping[str, Any], worker: str) -> JobRecord:
    """Add a job that its asker runs at once; no other worker ever sees it waiting."""
    job = Job(kind=kind, parameters=dict(parameters), created_at=moment())
    session.add(job)
    return _take(session, job, worker)


def claim(
    session: Session,
    worker: str,
    *,
    silent_seconds: float = SILENT_SECONDS,
    outdated: Sequence[str] = (),
) -> Claim | None:
    """Take the oldest job that waits or lost its worker; needs a writing session.

    One that lost its worker again and again is failed instead, or it would go on for ever. One of
    the kinds in `outdated` that was begun waits while a later one of the whole base runs, and is
    failed once that is done.
    """
    query = select(Job).where(Job.state.in_((JobState.QUEUED, JobState.RUNNING))).order_by(Job.id)
    for job in session.scalars(query).all():
        if job.state is JobState.RUNNING and not is_silent(job_record(job), silent_seconds):
            continue
        if job.cancel_requested:
            _close(job, JobState.CANCELLED)
        elif job.kind in outdated and (later := _overtaken_by(session, job, silent_seconds)):
            if later.state is JobState.RUNNING:
                # Its worker may only hang: it shall not publish any more, nor keep the lock.
                job.state, job.worker, job.heartbeat_at = JobState.QUEUED, None, None
                continue
            _close(job, JobState.FAILED)
            job.error = (
                f"its worker ended before it, and job {later.id}, asked for later, is done;"
                f" run `tongwen jobs retry {job.id}` to have this one all the same"
            )
        elif job.attempts >= MOST_ATTEMPTS:
            _close(job, JobState.FAILED)
            job.error = (
                f"its worker ended without a word {job.attempts} times; look for its reason"
                f" (memory, disk) and run `tongwen jobs retry {job.id}`"
            )
        elif job.state is JobState.QUEUED:
            return Claim(_take(session, job, worker), None)
        else:
            before = job.worker
            return Claim(_take(session, job, worker), before)
    session.flush()
    return None


def _overtaken_by(session: Session, job: Job, silent_seconds: float) -> Job | None:
    """Return a later job of the kind, for all collections, that runs, or is done since this began.

    None for a job that was never begun.
    """
    if job.started_at is None:
        return None
    done = and_(Job.state == JobState.DONE, Job.finished_at > job.started_at)
    still = or_(done, Job.state == JobState.RUNNING)
    query = select(Job).where(Job.kind == job.kind, Job.id > job.id, still)
    for other in session.scalars(query.order_by(Job.id.desc())):
        silent = is_silent(job_record(other), silent_seconds)
        if not silent and not other.parameters.get("collections"):
            return other
    return None


def close_silent(
    session: Session, job: JobRecord, *, silent_seconds: float = SILENT_SECONDS
) -> None:
    """Fail the silent jobs that ask for the same as this one, which does it again."""
    query = select(Job).where(Job.state == JobState.RUNNING, Job.kind == job.kind)
    for other in session.scalars(query.where(Job.id != job.id)).all():
        if other.parameters == job.parameters and is_silent(job_record(other), silent_seconds):
            _close(other, JobState.FAILED)
            other.error = f"its process ended without a word; job {job.id} does it again"
    session.flush()


def request_cancel(
    session: Session, job_id: int, *, silent_seconds: float = SILENT_SECONDS
) -> JobRecord:
    """Cancel at once what waits or lost its worker; ask what runs to stop after its batch."""
    job = find_row(session, job_id)
    if job.state is JobState.QUEUED or is_silent(job_record(job), silent_seconds):
        _close(job, JobState.CANCELLED)
    elif job.state is JobState.RUNNING:
        job.cancel_requested = True
    else:
        raise StoreError(f"job {job_id} is {job.state}; only a waiting or running one can stop")
    session.flush()
    return job_record(job)


def may_claim(
    session: Session,
    *,
    silent_seconds: float = SILENT_SECONDS,
    outdated: Sequence[str] = (),
) -> bool:
    """Whether `claim` would change anything; a reading session will do."""

    def wanted(job: Job) -> bool:
        if job.state is JobState.RUNNING:
            return is_silent(job_record(job), silent_seconds)
        later = _overtaken_by(session, job, silent_seconds) if job.kind in outdated else None
        return later is None or later.state is not JobState.RUNNING

    query = select(Job).where(Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
    return any(wanted(job) for job in session.scalars(query).all())


def beat(session: Session, job_id: int, worker: str, stand: Stand) -> Hold:
    """Say that the worker lives and how far it is; returns what it has to know."""
    mine = update(Job).where(Job.id == job_id, Job.worker == worker, Job.state == JobState.RUNNING)
    values = {**stand._asdict(), "heartbeat_at": moment()}
    said = mine.values(values).returning(Job.cancel_requested)
    found = session.execute(said.execution_options(synchronize_session=False)).scalar()
    return Hold.LOST if found is None else Hold.CANCEL if found else Hold.MINE


def hold(session: Session, job_id: int, worker: str) -> Hold:
    """Return how a worker stands to a job, without a word of its own."""
    job = session.get(Job, job_id)
    if job is None or job.worker != worker or job.state is not JobState.RUNNING:
        return Hold.LOST
    return Hold.CANCEL if job.cancel_requested else Hold.MINE


def end(
    session: Session,
    job_id: int,
    worker: str,
    state: JobState,
    *,
    stand: Stand,
    error: str | None = None,
    result: Mapping[str, Any] | None = None,
) -> bool:
    """Close the worker's job; False where it was not its own any more."""
    if hold(session, job_id, worker) is Hold.LOST:
        return False
    job = session.get_one(Job, job_id)
    _close(job, state)
    job.phase, job.done, job.total, job.rate = stand
    job.error = error
    job.result = dict(result or {})
    session.flush()
    return True


def release(session: Session, job_id: int, worker: str) -> None:
    """Give the worker's job back to the queue: the worker ends, the job does not."""
    if hold(session, job_id, worker) is Hold.LOST:
        return
    job = session.get_one(Job, job_id)
    job.state, job.worker, job.heartbeat_at = JobState.QUEUED, None, None
    job.attempts = max(job.attempts - 1, 0)
    session.flush()


def _take(session: Session, job: Job, worker: str) -> JobRecord:
    job.state, job.worker, job.attempts = JobState.RUNNING, worker, (job.attempts or 0) + 1
    job.heartbeat_at = moment()
    job.started_at = job.started_at or job.heartbeat_at
    job.error, job.cancel_requested = None, bool(job.cancel_requested)
    job.phase, job.done, job.total, job.rate = Stand()
    session.flush()
    return job_record(job)


def _close(job: Job, state: JobState) -> None:
    job.state, job.finished_at = state, moment()

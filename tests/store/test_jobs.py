"""Jobs as rows: never given to two workers, never lost with one, cancelled and tried again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import update

from store.database import Database
from store.errors import NotFoundError, StoreError
from store.job_claims import (
    MOST_ATTEMPTS,
    Hold,
    Stand,
    beat,
    begin,
    claim,
    close_silent,
    end,
    hold,
    may_claim,
    release,
    request_cancel,
    worker_name,
)
from store.jobs import count_open, enqueue, find_job, list_jobs, retry
from store.models import Job, JobState


def _enqueue(database: Database, count: int = 1) -> list[int]:
    with database.writing() as session:
        return [enqueue(session, "reindex", {"n": number}).id for number in range(count)]


def _claim(database: Database, worker: str, silent_seconds: float = 30):
    with database.writing() as session:
        return claim(session, worker, silent_seconds=silent_seconds)


def _find(database: Database, number: int):
    with database.reading() as session:
        return find_job(session, number)


def _age(database: Database, number: int) -> None:
    """Let the last heartbeat be long ago."""
    with database.writing() as session:
        early = find_job(session, number).heartbeat_at.replace(year=2020)
        session.execute(update(Job).where(Job.id == number).values(heartbeat_at=early))


def _dead_worker() -> str:
    """Return the name that a worker of this machine had which has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return worker_name().replace(f":{os.getpid()}:", f":{process.pid}:")


def test_the_oldest_job_is_taken_first_and_says_who_runs_it(database):
    first, second = _enqueue(database, 2)
    taken = _claim(database, "w")
    assert (taken.job.id, taken.taken_from) == (first, None)
    assert _find(database, first).state is JobState.RUNNING
    assert _find(database, first).worker == "w"
    assert _claim(database, "v").job.id == second
    assert _claim(database, "u") is None


def test_many_workers_at_once_never_get_the_same_job(database):
    numbers = _enqueue(database, 40)
    taken: list[int] = []
    start = threading.Barrier(8)

    def work(name: str) -> None:
        own = Database(database.url)
        start.wait()
        while (found := _claim(own, name)) is not None:
            taken.append(found.job.id)
        own.close()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == numbers


def test_a_job_is_taken_over_when_its_heartbeat_lapses_and_not_before(database):
    (number,) = _enqueue(database)
    _claim(database, "elsewhere:1:a")
    with database.reading() as session:
        assert not may_claim(session)
    assert _claim(database, "v") is None
    _age(database, number)
    with database.reading() as session:
        assert may_claim(session)
    found = _claim(database, "v")
    assert (found.job.id, found.taken_from, found.job.attempts) == (number, "elsewhere:1:a", 2)


def test_a_job_whose_process_is_gone_is_taken_over_at_once(database):
    (number,) = _enqueue(database)
    dead = _dead_worker()
    _claim(database, dead)
    assert _claim(database, "v").taken_from == dead
    assert _find(database, number).worker == "v"


def test_a_worker_that_was_given_up_can_neither_beat_nor_end_the_job_of_another(database):
    (number,) = _enqueue(database)
    _claim(database, "elsewhere:1:a")
    _age(database, number)
    _claim(database, "v")
    with database.writing() as session:
        assert beat(session, number, "elsewhere:1:a", Stand("embed", 5, 9)) is Hold.LOST
        assert not end(session, number, "elsewhere:1:a", JobState.DONE, stand=Stand())
        release(session, number, "elsewhere:1:a")
        assert hold(session, number, "v") is Hold.MINE
    job = _find(database, number)
    assert (job.state, job.worker, job.done) == (JobState.RUNNING, "v", 0)


def test_a_heartbeat_carries_how_far_the_job_is_and_when_it_will_be_done(database):
    (number,) = _enqueue(database)
    before = _claim(database, "w").job.heartbeat_at
    time.sleep(0.002)
    with database.writing() as session:
        assert beat(session, number, "w", Stand("embed", 30, 90, 20.0)) is Hold.MINE
    job = _find(database, number)
    assert (job.phase, job.done, job.total, job.rate) == ("embed", 30, 90, 20.0)
    assert job.eta_seconds == 3.0
    assert job.heartbeat_at > before
    with database.writing() as session:
        assert end(
            session, number, "w", JobState.DONE, stand=Stand("publish", 90, 90), result={"a": 1}
        )
    job = _find(database, number)
    assert (job.state, job.done, job.result, job.eta_seconds) == (JobState.DONE, 90, {"a": 1}, None)
    assert job.finished_at >= job.started_at


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked_to_stop(database):
    first, second = _enqueue(database, 2)
    _claim(database, "w")
    with database.writing() as session:
        assert request_cancel(session, second).state is JobState.CANCELLED
        assert request_cancel(session, first).state is JobState.RUNNING
        assert beat(session, first, "w", Stand()) is Hold.CANCEL
        assert end(session, first, "w", JobState.CANCELLED, stand=Stand())
    with (
        pytest.raises(StoreError, match=f"job {first} is cancelled; only a waiting or running"),
        database.writing() as session,
    ):
        request_cancel(session, first)
    with database.reading() as session:
        assert count_open(session) == 0


def test_a_cancelled_job_of_a_dead_worker_is_not_begun_again(database):
    (number,) = _enqueue(database)
    _claim(database, _dead_worker())
    with database.writing() as session:
        assert request_cancel(session, number).state is JobState.CANCELLED
    assert _claim(database, "v") is None


def test_a_job_whose_worker_ends_after_it_was_asked_to_stop_is_not_begun_again(database):
    (number,) = _enqueue(database)
    _claim(database, "w")
    with database.writing() as session:
        assert request_cancel(session, number).state is JobState.RUNNING
    _age(database, number)
    assert _claim(database, "v") is None
    assert _find(database, number).state is JobState.CANCELLED


def test_a_failed_job_is_tried_again_from_the_start(database):
    (number,) = _enqueue(database)
    _claim(database, "w")
    with database.writing() as session:
        end(session, number, "w", JobState.FAILED, stand=Stand("embed", 3, 9, 1.0), error="no disk")
    assert _find(database, number).error == "no disk"
    with database.writing() as session:
        again = retry(session, number)
    assert (again.state, again.error, again.done, again.attempts) == (JobState.QUEUED, None, 0, 0)
    assert _claim(database, "v").job.parameters == {"n": 0}
    with (
        pytest.raises(StoreError, match="is running; only a failed or cancelled one"),
        database.writing() as session,
    ):
        retry(session, number)


def test_a_job_that_ends_its_worker_every_time_fails_in_the_end(database):
    (number,) = _enqueue(database)
    for _ in range(MOST_ATTEMPTS):
        assert _claim(database, _dead_worker()).job.id == number
    assert _claim(database, "v") is None
    job = _find(database, number)
    assert job.state is JobState.FAILED
    assert f"ended without a word {MOST_ATTEMPTS} times" in job.error


def test_a_dead_job_of_an_outdated_kind_does_not_come_back_over_a_later_one(database):
    with database.writing() as session:
        first = begin(session, "reindex", {"model": "m"}, _dead_worker())
        part = begin(session, "reindex", {"model": "n", "collections": ["c"]}, "w")
        end(session, part.id, "w", JobState.DONE, stand=Stand())
        assert claim(session, "v", outdated=["reindex"]).job.id == first.id
        release(session, first.id, "v")
    assert _claim(database, _dead_worker()).job.id == first.id
    with database.writing() as session:
        whole = begin(session, "reindex", {"model": "n"}, "w")
        end(session, whole.id, "w", JobState.DONE, stand=Stand())
        assert claim(session, "v", outdated=["reindex"]) is None
    job = _find(database, first.id)
    assert (job.state, f"job {whole.id}, asked for later, is done" in job.error) == (
        JobState.FAILED,
        True,
    )
    with database.writing() as session:
        retry(session, first.id)
        assert claim(session, "v", outdated=["reindex"]).job.id == first.id


@pytest.mark.parametrize("given_back", [False, True])
def test_a_job_of_an_outdated_kind_that_was_stopped_waits_while_a_later_one_runs(
    database, given_back
):
    def taken():
        with database.writing() as session:
            found = claim(session, "v", outdated=["reindex"])
            return found and found.job.id

    with database.writing() as session:
        first = begin(session, "reindex", {"model": "m"}, "x" if given_back else _dead_worker())
        if given_back:
            release(session, first.id, "x")
        later = begin(session, "reindex", {"model": "n"}, worker_name())
    assert taken() is None
    waits = _find(database, first.id)
    assert (waits.state, waits.worker) == (JobState.QUEUED, None)
    with database.reading() as session:
        assert may_claim(session)
        assert not may_claim(session, outdated=["reindex"])
    with database.writing() as session:
        end(session, later.id, later.worker, JobState.FAILED, stand=Stand(), error="no disk")
    # The later one came to nothing, so the first is wanted still.
    assert taken() == first.id
    with database.writing() as session:
        release(session, first.id, "v")
        last = begin(session, "reindex", {"model": "n"}, worker_name())
        end(session, last.id, last.worker, JobState.DONE, stand=Stand())
    assert taken() is None
    assert f"job {last.id}, asked for later, is done" in _find(database, first.id).error


def test_a_job_that_was_cancelled_while_its_worker_gave_it_back_is_not_begun_again(database):
    (number,) = _enqueue(database)
    _claim(database, "w")
    with database.writing() as session:
        request_cancel(session, number)
        release(session, number, "w")
    assert _claim(database, "v") is None
    assert _find(database, number).state is JobState.CANCELLED


def test_a_job_that_its_worker_gives_back_waits_and_counts_as_not_begun(database):
    (number,) = _enqueue(database)
    _claim(database, "w")
    with database.writing() as session:
        release(session, number, "w")
    job = _find(database, number)
    assert (job.state, job.worker, job.attempts) == (JobState.QUEUED, None, 0)


def test_a_job_that_its_asker_runs_is_never_seen_waiting_and_replaces_a_dead_one(database):
    with database.writing() as session:
        dead = begin(session, "reindex", {"model": "m"}, _dead_worker())
        other = begin(session, "reindex", {"model": "n"}, _dead_worker())
        mine = begin(session, "reindex", {"model": "m"}, worker_name())
        close_silent(session, mine)
    assert _find(database, mine.id).state is JobState.RUNNING
    assert _find(database, dead.id).state is JobState.FAILED
    assert f"job {mine.id} does it again" in _find(database, dead.id).error
    assert _claim(database, "v").job.id == other.id


def test_jobs_are_listed_the_newest_first_and_a_missing_one_is_named(database):
    numbers = _enqueue(database, 3)
    _claim(database, "w")
    with database.reading() as session:
        assert [job.id for job in list_jobs(session)] == numbers[::-1]
        assert [job.id for job in list_jobs(session, states=[JobState.RUNNING])] == numbers[:1]
        assert [job.id for job in list_jobs(session, kinds=["fold"])] == []
        with pytest.raises(NotFoundError, match="no job 99; `tongwen jobs list`"):
            find_job(session, 99)

"""Jobs run to their end, whoever begins them; a stopped one leaves what it had done."""

from __future__ import annotations

import threading
import time

import pytest

from indexer.build_files import BuildFiles
from indexer.builds import reindex
from indexer.errors import IndexerError
from indexer.folding import offer_fold
from indexer.holding import CancelledError, LostError
from indexer.jobs import RefusedError, run_inline, run_job
from indexer.requests import FOLD, REINDEX, ReindexRequest
from indexer.search import Searcher
from indexer.worker import Worker
from store.builds import list_builds, live_build, publish
from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry, delete_entries
from store.job_claims import Claim, begin, claim, request_cancel
from store.jobs import enqueue, find_job, list_jobs
from store.models import BuildState, JobState
from store.vectors import count_missing, find_model


def live(database):
    with database.reading() as session:
        return live_build(session)


def jobs(database):
    with database.reading() as session:
        return list_jobs(session)[::-1]


def ask(database, kind=REINDEX, parameters=None) -> int:
    with database.writing() as session:
        return enqueue(session, kind, parameters or {"model": "hash"}).id


def take(database, worker="w") -> Claim:
    with database.writing() as session:
        return claim(session, worker)


def run(database, home, found, encoder, worker="w", **how):
    return run_job(database, home, found, worker, lambda name: encoder, **how)


class Interrupting:
    """An encoder that does something before its second batch."""

    def __init__(self, encoder, act) -> None:
        self._encoder, self._act, self._batches = encoder, act, 0

    def __getattr__(self, name):
        return getattr(self._encoder, name)

    def encode(self, texts, *, progress=None):
        self._batches += 1
        if self._batches == 2:
            self._act()
        return self._encoder.encode(texts, progress=progress)


@pytest.fixture(autouse=True)
def small_batches_and_quick_beats(monkeypatch):
    monkeypatch.setattr("indexer.embedding.BATCH", 32)
    monkeypatch.setattr("indexer.holding.BEAT_SECONDS", 0.01)


def test_an_inline_reindex_leaves_a_row_that_tells_it(database, home, hash_encoder, fill):
    fill(database, "bank", 30)
    encoder = hash_encoder()
    done = run_inline(database, home, ReindexRequest("hash"), lambda name: encoder)
    (job,) = jobs(database)
    assert (job.id, job.kind, job.state) == (done.job_id, REINDEX, JobState.DONE)
    assert job.done == job.total == done.report.embedded == len(encoder.seen)
    assert job.result["build_id"] == live(database).id
    assert job.result["reused"] + job.result["embedded"] == job.result["total"]


def test_a_cancel_acts_between_batches_and_keeps_what_is_embedded(
    database, home, hash_encoder, fill
):
    fill(database, "bank", 150)
    number = ask(database)
    encoder = hash_encoder()

    def cancel() -> None:
        with database.writing() as session:
            asked = request_cancel(session, number).heartbeat_at
        while True:  # Until a heartbeat has heard of it.
            with database.reading() as session:
                if find_job(session, number).heartbeat_at > asked:
                    return
            time.sleep(0.01)

    with pytest.raises(CancelledError):
        run(database, home, take(database), Interrupting(encoder, cancel))
    (job,) = jobs(database)
    assert job.state is JobState.CANCELLED
    assert live(database) is None
    seen = len(encoder.seen)
    assert 64 <= seen <= 96  # the batch it was in, and none after the next look
    again = hash_encoder()
    report = reindex(database, home, again)
    assert len(again.seen) == report.total - seen


@pytest.mark.parametrize("beat_seconds", [0.01, 1000])
def test_a_worker_that_lost_its_job_publishes_nothing(
    database, home, hash_encoder, fill, monkeypatch, beat_seconds
):
    # Heard of by a heartbeat, or not before the transaction that would publish.
    monkeypatch.setattr("indexer.holding.BEAT_SECONDS", beat_seconds)
    fill(database, "bank", 20)
    number = ask(database)

    class Late(type(hash_encoder())):
        def encode(self, texts, *, progress=None):
            with database.writing() as session:
                session.connection().exec_driver_sql("UPDATE job SET worker = 'other'")
            return super().encode(texts, progress=progress)

    with pytest.raises(LostError):
        run(database, home, take(database), Late())
    assert live(database) is None
    assert (jobs(database)[0].id, jobs(database)[0].worker) == (number, "other")
    assert jobs(database)[0].state is JobState.RUNNING


def test_a_worker_that_is_told_to_end_gives_its_job_back_and_the_next_goes_on(
    database, home, hash_encoder, fill
):
    fill(database, "bank", 100)
    ask(database)
    first, second = hash_encoder(), hash_encoder()
    ended = Worker(database, home, lambda name: Interrupting(first, lambda: ended.ending.set()))
    ended.run()
    assert jobs(database)[0].state is JobState.QUEUED
    Worker(database, home, lambda name: second).run(until_idle=True)
    (job,) = jobs(database)
    assert (job.state, job.attempts) == (JobState.DONE, 1)
    assert not set(first.seen) & set(second.seen)
    assert len(first.seen) + len(second.seen) == job.result["total"]


def test_a_job_is_taken_over_from_a_worker_that_hangs_with_the_lock(
    database, home, hash_encoder, fill
):
    fill(database, "bank", 10)
    ask(database)
    found = take(database, "new")
    with BuildFiles(home).lock(database, "hangs"):
        run(database, home, Claim(found.job, "hangs"), hash_encoder(), "new")
        # Who comes after it locks as ever, though the first still holds what it held.
        with (
            BuildFiles(home).lock(database),
            pytest.raises(IndexerError, match="another process"),
            BuildFiles(home).lock(database),
        ):
            pass
    assert jobs(database)[0].state is JobState.DONE


def test_the_lock_of_a_worker_that_hangs_is_taken_once_its_job_is_closed(
    database, home, hash_encoder, fill
):
    fill(database, "bank", 10)
    number = ask(database)
    take(database, "hangs")
    with BuildFiles(home).lock(database, "hangs"):
        with pytest.raises(IndexerError, match="another process"):
            reindex(database, home, hash_encoder())
        with database.writing() as session:
            request_cancel(session, number, silent_seconds=0)
        ask(database)
        run(database, home, take(database, "new"), hash_encoder(), "new")
    assert [job.state for job in jobs(database)] == [JobState.CANCELLED, JobState.DONE]


def test_who_reindexes_closes_the_same_job_of_a_worker_that_was_silent_for_long_enough(
    database, home, hash_encoder, fill
):
    fill(database, "bank", 5)
    with database.writing() as session:
        begin(session, REINDEX, ReindexRequest("hash").as_parameters(), "another-machine:1:x")
    for seconds, state in ((30.0, JobState.RUNNING), (0.0, JobState.FAILED)):
        run_inline(
            database,
            home,
            ReindexRequest("hash"),
            lambda name: hash_encoder(),
            silent_seconds=seconds,
        )
        assert jobs(database)[0].state is state


def test_two_workers_share_the_queue_and_do_each_job_once(database, home, hash_encoder, fill):
    fill(database, "bank", 20)
    for _ in range(6):
        ask(database)
    workers = [Worker(Database(database.url), home, lambda name: hash_encoder()) for _ in range(2)]
    threads = [threading.Thread(target=w.run, kwargs={"until_idle": True}) for w in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(job.state, job.attempts) for job in jobs(database)] == [(JobState.DONE, 1)] * 6
    assert {job.worker for job in jobs(database)} == {worker.name for worker in workers}


def test_what_a_job_fails_of_is_in_its_row_and_the_queue_goes_on(
    database, home, hash_encoder, fill
):
    fill(database, "bank", 5)
    ask(database, "juggle")
    ask(database, REINDEX, {"model": "hash", "collections": ["none"]})
    ask(database)
    told = []
    worker = Worker(
        database, home, lambda name: hash_encoder(), tell=lambda claim, done: told.append(done)
    )
    assert worker.run(until_idle=True) == 2
    strange, missing, done = jobs(database)
    assert [job.state for job in (strange, missing)] == [JobState.FAILED] * 2
    assert "kind 'juggle', which this version cannot do" in strange.error
    assert "no collection 'none'" in missing.error
    assert done.state is JobState.DONE
    assert [outcome.error for outcome in told if outcome] == [strange.error, missing.error, ""]


def test_the_delta_is_folded_in_once_it_passes_its_share(database, home, hash_encoder, fill):
    fill(database, "bank", 100)
    reindex(database, home, hash_encoder())
    with database.writing() as session:
        bank = ensure_collection(session, "bank")
        ids = [add_entry(session, bank, EntryDraft(f"新 {n}")) for n in range(10)]
    assert offer_fold(database, share=0.2) is None
    with database.writing() as session:
        delete_entries(session, ids[:2])
        bank = ensure_collection(session, "bank")
        ids += [add_entry(session, bank, EntryDraft(f"更新 {n}")) for n in range(60)]
    assert offer_fold(database, share=0.2).kind == FOLD
    assert offer_fold(database, share=0.2) is None  # it is asked for
    Worker(database, home, lambda name: hash_encoder(), fold_share=0.2).run(until_idle=True)
    (job,) = jobs(database)
    assert (job.kind, job.state) == (FOLD, JobState.DONE)
    assert live(database).id == 2
    assert offer_fold(database, share=0.001) is None  # nothing is left to fold


def test_a_fold_is_not_asked_for_again_right_after_it_failed(database, home, hash_encoder, fill):
    fill(database, "bank", 10)
    reindex(database, home, hash_encoder())
    fill(database, "bank", 10, seed=1)
    assert offer_fold(database)
    broken = Worker(database, home, lambda name: hash_encoder("other"))
    assert broken.run(until_idle=True) == 1
    (job,) = jobs(database)
    assert "has changed since build 1 was made" in job.error


def test_a_fold_does_not_undo_what_was_published_meanwhile(database, home, hash_encoder, fill):
    fill(database, "bank", 10)
    reindex(database, home, hash_encoder())
    reindex(database, home, hash_encoder())
    fill(database, "bank", 60, seed=1)

    def go_back() -> None:
        with database.writing() as session:
            publish(session, 1)

    ask(database, FOLD, {})
    outcome = run(database, home, take(database), Interrupting(hash_encoder(), go_back))
    assert (outcome.state, outcome.report) == (JobState.DONE, None)
    assert live(database).id == 1
    with database.reading() as session:
        assert {build.state for build in list_builds(session)} <= {
            BuildState.READY,
            BuildState.FAILED,
        }
        assert count_missing(session, find_model(session, "hash-1").id) == 0


def test_a_gate_refuses_a_worse_build_and_says_by_how_much(
    database, home, hash_encoder, fill, tmp_path
):
    fill(database, "bank", 20)
    encoder, worse = hash_encoder(), hash_encoder("hash-2")
    queries = tmp_path / "queries.jsonl"
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "bank"), EntryDraft("你好吗", "x", "e1"))
    # Found only because it is the very question, whatever the model.
    queries.write_text(
        '{"query": "你好吗", "expected": "e1"}\n{"query": "无", "expected": null}\n'
        '{"query": "完全另一句", "expected": "not there"}\n',
        encoding="utf-8",
    )
    load = {"a": encoder, "b": worse}.__getitem__
    run_inline(database, home, ReindexRequest("a"), load)
    strict = ReindexRequest("b", gates=("recall@1>=0.8",), queries=str(queries))
    with pytest.raises(RefusedError, match=r"recall@1 is 0\.5000, 0\.3000 under 0\.8; build 1 st"):
        run_inline(database, home, strict, load)
    assert live(database).id == 1
    job = jobs(database)[-1]
    assert (job.state, job.result["published"]) == (JobState.FAILED, False)
    assert job.result["figures"] == {
        "recall@1": 0.5, "recall@5": 0.5, "recall@10": 0.5, "mrr@10": 0.5, "queries": 2,
    }  # fmt: skip
    assert Searcher(database, home, lambda name: encoder).search("你好吗").build == 1
    lax = ReindexRequest("b", gates=("recall@1>=0.5", "mrr@10>=0.5"), queries=str(queries))
    assert run_inline(database, home, lax, load).report.published
    assert live(database).model.fingerprint == "hash-2"

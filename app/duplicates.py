"""Duplicates as people meet them: searched for, decided about, merged and taken apart."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from app.errors import OvertakenError
from app.home import Home, load_encoder
from indexer.duplicates.requests import DuplicateRequest
from indexer.requests import DUPLICATES
from store.browsing import EntryRecord, read_entries
from store.database import Session
from store.duplicate_runs import (
    DIFFERENT,
    LATER,
    MERGED,
    OPEN,
    ClusterRow,
    mark_clusters,
    reopen_merged,
    state_of_cluster,
)
from store.entry_merges import MergeRecord, undo_merge
from store.errors import NotFoundError, StoreError
from store.jobs import OPEN as OPEN_JOBS
from store.jobs import JobRecord, enqueue, list_jobs
from store.models import Judgement
from store.pair_decisions import Asked, decide, forget, pairs_by_key

if TYPE_CHECKING:
    from indexer.duplicates.report import DuplicatePair, DuplicateReport
    from indexer.duplicates.searching import Kept

_STATES = {Judgement.DIFFERENT: DIFFERENT, Judgement.LATER: LATER, Judgement.DUPLICATE: OPEN}


def search_here(
    home: Home, request: DuplicateRequest, progress: Callable[[int, int], None] | None = None
) -> Kept:
    """Search in this process, with a job row that everybody can watch."""
    from indexer.jobs import run_here

    parameters = request.as_parameters()
    done = run_here(
        home.database,
        home.folder,
        DUPLICATES,
        parameters,
        load_encoder,
        progress=progress,
        silent_seconds=home.silent_seconds,
    )
    assert done.found is not None
    return done.found


def search_later(home: Home, request: DuplicateRequest) -> JobRecord:
    """Ask some worker to search; one that waits for the same is taken instead."""
    from indexer.duplicates.finding import scope_of

    with home.database.reading() as session:
        scope_of(session, request)  # A collection that is not there is said now.
        waiting = list_jobs(session, kinds=(DUPLICATES,), states=OPEN_JOBS)
    for job in waiting:
        if job.parameters == request.as_parameters():
            return job
    with home.database.writing() as session:
        return enqueue(session, DUPLICATES, request.as_parameters())


def decide_entries(session: Session, entry_ids: Sequence[int], what: Judgement) -> int:
    """Remember the decision for every two of the entries; returns how many pairs that are."""
    from indexer.duplicates.clustering import MOST_IN_A_CLUSTER

    if len(set(entry_ids)) < 2:
        raise StoreError("a decision is about two entries and more; name another one")
    if len(entry_ids) > MOST_IN_A_CLUSTER:
        raise StoreError(
            f"{len(entry_ids):,} entries make too many pairs; decide about"
            f" {MOST_IN_A_CLUSTER} at a time"
        )
    stored = read_entries(session, entry_ids)
    missing = [number for number in entry_ids if number not in stored]
    if missing:
        raise NotFoundError(f"no entry {missing[0]}; it may have been merged or deleted meanwhile")
    return decide(session, _pairs(stored[number] for number in dict.fromkeys(entry_ids)), what)


def _pairs(entries: Iterable[EntryRecord]) -> Iterator[tuple[Asked, Asked]]:
    asked = [Asked(one.draft.standard, one.draft.answer) for one in entries]
    return itertools.combinations(asked, 2)


def decide_clusters(home: Home, clusters: Sequence[ClusterRow], what: Judgement, *, by: str) -> int:
    """Decide about every pair in the clusters, and note it in their run."""
    pairs = 0
    with home.database.writing(by=by) as session:
        for one in clusters:
            _check_state(session, one)
            known = _known(session, one)
            there = [number for number in one.entries if number in known]
            if len(there) > 1:
                pairs += decide_entries(session, there, what)
            mark_clusters(session, one.run_id, [one.number], _STATES[what])
    return pairs


def take_back(home: Home, cluster: ClusterRow, *, by: str) -> None:
    """Forget what was decided about every pair in the cluster, which is open again."""
    with home.database.writing(by=by) as session:
        _check_state(session, cluster)
        forget(session, list(pairs_by_key(_pairs(_known(session, cluster).values()))))
        mark_clusters(session, cluster.run_id, [cluster.number], OPEN)


def merge_cluster(
    home: Home, cluster: ClusterRow, kept_id: int, entry_ids: Sequence[int], *, by: str
) -> MergeRecord:
    """Merge the chosen entries of a cluster into one; it is open while others are left of it."""
    from indexer.duplicates.merging import merge_checked

    others = [number for number in entry_ids if number != kept_id]
    with home.database.writing(by=by) as session:
        _check_state(session, cluster)
        left = _known(session, cluster).keys() - {kept_id, *entry_ids}
        merged = merge_checked(session, kept_id, others)
        if not left:
            mark_clusters(session, cluster.run_id, [cluster.number], MERGED)
    return merged


def undo(home: Home, merge_id: int, *, by: str) -> MergeRecord:
    """Take a merge apart; its cluster is open again, if the last search found it."""
    with home.database.writing(by=by) as session:
        record = undo_merge(session, merge_id)
        reopen_merged(session, (record.kept_id, *record.absorbed))
    return record


def _check_state(session: Session, cluster: ClusterRow) -> None:
    """Raise if what was done about a cluster is no longer what its row says."""
    now = state_of_cluster(session, cluster.run_id, cluster.number)
    if now not in (None, cluster.state):
        raise OvertakenError(
            f"cluster {cluster.number} was decided about by somebody else meanwhile:"
            f" it is {now} now; look at it again"
        )


def _known(session: Session, cluster: ClusterRow) -> dict[int, EntryRecord]:
    return read_entries(session, cluster.entries)


def report_document(home: Home, kept: Kept) -> dict[str, Any]:
    """Return a report in the shape that `--json` promises."""
    report = kept.report
    wanted = {entry for one in report.clusters for entry in one.entries}
    wanted |= {end for pair in (*report.pairs, *report.opposites) for end in _ends(pair)}
    with home.database.reading() as session:
        entries = read_entries(session, sorted(wanted))
    return {
        "run": kept.run_id,
        **report.scope,
        "model": report.model,
        "threshold": report.threshold.value,
        "threshold_automatic": report.threshold.automatic,
        "threshold_fitted": report.threshold.fitted,
        "contrast": report.threshold.contrast,
        "entries": report.entries,
        "questions": report.questions,
        "counts": report.counts(),
        "seconds": report.seconds,
        "phases": report.phases,
        "clusters": _clusters(report, entries),
        "pairs": [_pair(pair, entries) for pair in report.pairs],
        "opposites": [_pair(pair, entries) for pair in report.opposites],
    }


def cluster_documents(home: Home, report: DuplicateReport, limit: int) -> list[dict[str, Any]]:
    """Return the first clusters alone, in that shape."""
    first = dataclasses.replace(report, clusters=report.clusters[:limit])
    wanted = {entry for one in first.clusters for entry in one.entries}
    with home.database.reading() as session:
        return _clusters(first, read_entries(session, sorted(wanted)))


def opposite_documents(home: Home, report: DuplicateReport, limit: int) -> list[dict[str, Any]]:
    """Return the first pairs that the guards object to alone, in that shape."""
    first = report.opposites[:limit]
    with home.database.reading() as session:
        entries = read_entries(session, sorted({end for pair in first for end in _ends(pair)}))
    return [_pair(pair, entries) for pair in first]


def _ends(pair: DuplicatePair) -> tuple[int, int]:
    return pair.first.entry_id, pair.second.entry_id


def _clusters(report: DuplicateReport, entries: dict[int, EntryRecord]) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "kind": str(one.kind),
            "score": one.score,
            "size": len(one.entries),
            "postponed": one.postponed,
            "representative": one.entries[0],
            "members": [
                {
                    **_entry(number, entries),
                    "answer": entries[number].draft.answer if number in entries else "",
                    "score": score,
                }
                for number, score in zip(one.entries, one.scores, strict=True)
            ],
        }
        for one in report.clusters
    ]


def _entry(number: int, entries: dict[int, EntryRecord]) -> dict[str, Any]:
    entry = entries.get(number)
    return {
        "entry_id": number,
        "external_id": entry.draft.external_id if entry else None,
        "collection": entry.collection if entry else None,
        "question": entry.draft.standard if entry else None,
    }


def _pair(pair: DuplicatePair, entries: dict[int, EntryRecord]) -> dict[str, Any]:
    def end(one: Any) -> dict[str, Any]:
        matched = {"question_id": one.question_id, "matched_question": one.question}
        return {**_entry(one.entry_id, entries), **matched}

    return {
        "first": end(pair.first),
        "second": end(pair.second),
        "score": pair.score,
        "match": str(pair.match),
        "cluster": pair.cluster,
        "decision": None if pair.decision is None else str(pair.decision),
        "conflicts": [
            {"kind": str(one.kind), "first": one.asked, "second": one.found}
            for one in pair.conflicts
        ],
    }

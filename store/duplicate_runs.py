"""The last search for duplicates as rows, so that a page can turn its leaves without repeating it.

A cluster's state is what somebody did about it since; it does not change what was found.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from store.inserting import insert_rows
from store.models import DuplicateCluster, DuplicateRun

OPEN, MERGED, DIFFERENT, LATER = "open", "merged", "different", "later"
MOST_KEPT = 100_000
_KEPT_RUNS = 5
_COLUMNS = ("run_id", "number", "kind", "state", "size", "score", "entries", "questions")


@dataclass(frozen=True)
class RunRecord:
    """A search that was done; `counts` is what it found of each kind."""

    id: int
    scope: Mapping[str, Any]
    model: str
    threshold: float
    counts: Mapping[str, Any]
    made_at: dt.datetime


@dataclass(frozen=True)
class ClusterRow:
    """A cluster of a run; `entries` begins with its representative.

    `questions` has for each entry a question of its own and the one of the representative's that
    looks like it, None where they were not compared; it may be empty.
    """

    run_id: int
    number: int
    kind: str
    state: str
    score: float
    entries: tuple[int, ...]
    questions: tuple[tuple[int, int] | None, ...] = ()


@dataclass(frozen=True)
class ClusterFilter:
    """Which clusters of a run are looked at."""

    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = (OPEN,)
    lowest_size: int = 2
    lowest_score: float = -1.0


def save_run(
    session: Session,
    *,
    scope: Mapping[str, Any],
    model: str,
    threshold: float,
    counts: Mapping[str, Any],
    clusters: Iterable[ClusterRow],
) -> int:
    """Keep a run, its first clusters, and the few runs before it; returns its number."""
    row = DuplicateRun(scope=dict(scope), model=model, threshold=threshold, counts=dict(counts))
    session.add(row)
    session.flush()
    rows = [
        (
            *(row.id, one.number, one.kind, one.state, len(one.entries), one.score),
            *(list(one.entries), list(one.questions)),
        )
        for one in itertools.islice(clusters, MOST_KEPT)
    ]
    insert_rows(session, DuplicateCluster, rows, _COLUMNS)
    kept = select(DuplicateRun.id).order_by(DuplicateRun.id.desc()).limit(_KEPT_RUNS)
    old = delete(DuplicateRun).where(DuplicateRun.id.not_in(kept.scalar_subquery()))
    session.execute(old.execution_options(synchronize_session=False))
    return row.id


def last_run(session: Session) -> RunRecord | None:
    """Return the newest run, None where nobody has searched yet."""
    row = session.scalar(select(DuplicateRun).order_by(DuplicateRun.id.desc()).limit(1))
    if row is None:
        return None
    return RunRecord(row.id, row.scope, row.model, row.threshold, row.counts, row.made_at)


def count_clusters(session: Session, run_id: int, wanted: ClusterFilter) -> int:
    """Return how many clusters of the run the filter lets through."""
    query = _filtered(select(func.count()).select_from(DuplicateCluster), run_id, wanted)
    return session.scalar(query) or 0


def page_of_clusters(
    session: Session, run_id: int, wanted: ClusterFilter, *, after: int = 0, limit: int = 20
) -> list[ClusterRow]:
    """Return clusters in the run's order, behind the one numbered `after`."""
    query = _filtered(select(DuplicateCluster), run_id, wanted)
    query = query.where(DuplicateCluster.number > after).order_by(DuplicateCluster.number)
    return [
        ClusterRow(
            *(row.run_id, row.number, row.kind, row.state, row.score, tuple(row.entries)),
            tuple(None if pair is None else (pair[0], pair[1]) for pair in row.questions or ()),
        )
        for row in session.scalars(query.limit(limit))
    ]


def state_of_cluster(session: Session, run_id: int, number: int) -> str | None:
    """Return what was done about a cluster; None if its run is kept no longer."""
    return session.scalar(
        select(DuplicateCluster.state).where(
            DuplicateCluster.run_id == run_id, DuplicateCluster.number == number
        )
    )


def mark_clusters(session: Session, run_id: int, numbers: Sequence[int], state: str) -> None:
    """Note what somebody did about clusters."""
    for number in numbers:
        marked = update(DuplicateCluster).where(
            DuplicateCluster.run_id == run_id, DuplicateCluster.number == number
        )
        session.execute(marked.values(state=state).execution_options(synchronize_session=False))


def reopen_merged(session: Session, entry_ids: Sequence[int]) -> None:
    """Note that merged clusters of the last run which hold all the entries are open again."""
    run = last_run(session)
    if run is None:
        return
    merged = page_of_clusters(session, run.id, ClusterFilter(states=(MERGED,)), limit=MOST_KEPT)
    theirs = [one.number for one in merged if set(entry_ids) <= set(one.entries)]
    mark_clusters(session, run.id, theirs, OPEN)


def _filtered(query: Select[Any], run_id: int, wanted: ClusterFilter) -> Select[Any]:
    query = query.where(DuplicateCluster.run_id == run_id)
    if wanted.kinds:
        query = query.where(DuplicateCluster.kind.in_(wanted.kinds))
    if wanted.states:
        query = query.where(DuplicateCluster.state.in_(wanted.states))
    return query.where(
        DuplicateCluster.size >= wanted.lowest_size, DuplicateCluster.score >= wanted.lowest_score
    )

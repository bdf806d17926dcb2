"""Search by meaning: one question in, the entries that answer it out, best first.

`score` is the cosine similarity of the asked question and the entry's nearest question. An
edit is found by the next search of every process. One search reads one state of the base:
its hits never mix two builds, nor an old text with a new answer.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.embedding import embed_pending
from indexer.encoder import Encoder, Vectors
from indexer.errors import DamagedBuildError, IndexerError
from indexer.guards import Conflict
from indexer.judging import Judge
from indexer.models import DEFAULT_MODEL
from indexer.rows import RowFilter
from indexer.segment import Found, merge
from indexer.snapshot import Snapshot, Snapshots
from indexer.verdicts import Thresholds, Verdict
from store.collections import find_collection
from store.database import Database, Session
from store.entries import read_entries
from store.models import Kind, Status
from store.questions import read_texts

__all__ = ["Filters", "Hit", "SearchResult", "Searcher", "Took", "embed_pending"]

MODES = ("dense",)
# How often a search begins again: another thread is ahead, or the build is another one now.
_ATTEMPTS = 100


@dataclass(frozen=True)
class Filters:
    """Which entries may be found: of any of the collections, with every one of the tags.

    Validity is that of `at`, None for now, unless `any_validity`.
    """

    collections: tuple[str, ...] = ()
    category: str | None = None
    tags: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = (Status.ACTIVE,)
    at: dt.datetime | None = None
    any_validity: bool = False


@dataclass(frozen=True)
class Hit:
    """An entry, with its standard question and the one of its questions that matched.

    `vetoed_by` is the negative question that is nearer than any other of the entry.
    """

    rank: int
    entry_id: int
    external_id: str | None
    collection: str
    category: str
    tags: tuple[str, ...]
    question: str
    matched_question: str
    kind: Kind
    answer: str
    score: float
    negative: tuple[str, ...] = ()
    vetoed_by: str | None = None


@dataclass(frozen=True)
class Took:
    """Where the time went, in milliseconds; `search_ms` is everything but encoding."""

    encode_ms: float
    search_ms: float
    total_ms: float


@dataclass(frozen=True)
class SearchResult:
    """The hits; `build` is 0 where none is published yet.

    `pending` questions cannot be found yet, because they have no vector. The verdict is on
    the first hit, by the thresholds; `conflicts` is what the guards found against it.
    """

    query: str
    model: str
    build: int
    took: Took
    hits: tuple[Hit, ...]
    pending: int
    verdict: Verdict
    thresholds: Thresholds
    conflicts: tuple[Conflict, ...] = ()


NO_FILTERS = Filters()


class Searcher:
    """Searches one home; any number of threads may share it.

    `load_encoder` gets the name of the live build's model, or `default_model` before there
    is a build.
    """

    def __init__(
        self,
        database: Database,
        home: Path,
        load_encoder: Callable[[str], Encoder],
        *,
        default_model: str = DEFAULT_MODEL,
    ) -> None:
        self._database = database
        self._default_model = default_model
        self._judge = Judge()
        self._snapshots = Snapshots(database, home, load_encoder, default_model)

    def search(
        self, text: str, *, k: int = 5, filters: Filters = NO_FILTERS, mode: str = "dense"
    ) -> SearchResult:
        """Return the k entries nearest in meaning, fewer only where fewer pass the filters."""
        _check(text, k, mode)
        started = time.perf_counter()
        encode_seconds = 0.0
        known = self._snapshots.last or self._look()
        vector: Vectors | None = None
        encoded_by: Encoder | None = None
        for _ in range(_ATTEMPTS):
            if known.encoder is not None and known.encoder is not encoded_by:
                before = time.perf_counter()
                vector = known.encoder.encode([text]).vectors[0]
                encoded_by = known.encoder
                encode_seconds += time.perf_counter() - before
            with self._database.reading() as session:
                now = self._snapshots.current(session)
                if now is None:
                    continue
                if now.encoder is encoded_by:
                    now = self._snapshots.completed(session, now)
                    try:
                        hits = _read_hits(session, _find(session, now, vector, k, filters))
                        judged = self._judge.judged(
                            session, now.encoder, text, vector, hits, filters.collections
                        )
                        break
                    except DamagedBuildError:  # cut short this very moment
                        self._snapshots.forget(now)
            known = now
        else:
            raise IndexerError("the index is replaced faster than it can be read; try again")
        total = time.perf_counter() - started
        return SearchResult(
            query=text,
            model=now.encoder.name if now.encoder else self._default_model,
            build=now.build.id if now.build else 0,
            took=Took(1000 * encode_seconds, 1000 * (total - encode_seconds), 1000 * total),
            hits=judged.hits,
            pending=now.delta.waiting,
            verdict=judged.verdict,
            thresholds=judged.thresholds,
            conflicts=judged.conflicts,
        )

    def prepare(self) -> None:
        """Open the index and load its encoder now, so that the first search is like the next."""
        encoder = self._look().encoder
        if encoder is not None:
            encoder.encode(["?"])

    def _look(self) -> Snapshot:
        while True:
            with self._database.reading() as session:
                found = self._snapshots.current(session)
            if found is not None:
                return found


def _check(text: str, k: int, mode: str) -> None:
    if not text.strip():
        raise IndexerError("the query is empty; type a question")
    if k < 1:
        raise IndexerError(f"cannot return {k} entries; ask for 1 or more")
    if mode not in MODES:
        raise IndexerError(f"no search mode '{mode}'; choose {', '.join(MODES)}")


def _find(
    session: Session, snapshot: Snapshot, vector: Vectors | None, k: int, filters: Filters
) -> list[Found]:
    wanted = _row_filter(session, filters)
    if vector is None:
        return []
    best = [segment.best(vector, k, wanted) for segment in snapshot.delta.segments]
    return merge((found for part in best for found in part), k)


def _row_filter(session: Session, filters: Filters) -> RowFilter:
    names = filters.collections
    return RowFilter(
        collection_ids=frozenset(find_collection(session, n).id for n in names) if names else None,
        category=filters.category,
        tags=filters.tags,
        statuses=filters.statuses,
        at=None if filters.any_validity else filters.at or dt.datetime.now(dt.UTC),
    )


def _read_hits(session: Session, found: Sequence[Found]) -> tuple[Hit, ...]:
    entries = read_entries(session, [one.entry_id for one in found])
    texts = read_texts(session, [one.question_id for one in found])
    # A collection that was removed as a whole leaves no tombstones.
    found = [one for one in found if one.entry_id in entries and one.question_id in texts]
    return tuple(
        Hit(
            rank=rank,
            entry_id=one.entry_id,
            external_id=entries[one.entry_id].draft.external_id,
            collection=entries[one.entry_id].collection,
            category=entries[one.entry_id].draft.category,
            tags=entries[one.entry_id].draft.tags,
            question=entries[one.entry_id].draft.standard,
            matched_question=texts[one.question_id],
            kind=one.kind,
            answer=entries[one.entry_id].draft.answer,
            score=one.score,
            negative=entries[one.entry_id].draft.negative,
        )
        for rank, one in enumerate(found, 1)
    )

"""Search by meaning and by words: one question in, the entries that answer it out, best first.

`score` is the cosine similarity of the asked question and the entry's nearest question; what
the words say is `lexical`, and the two together, which decide the order, are `fused`. An edit
is found by the next search of every process. One search reads one state of the base: its hits
never mix two builds, nor an old text with a new answer.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from indexer.embedding import embed_pending
from indexer.encoder import Encoder, Vectors
from indexer.errors import DamagedBuildError, IndexerError, ModelError
from indexer.guards import conflicts
from indexer.judging import Judge, Judged
from indexer.models import DEFAULT_MODEL
from indexer.ranking import Mode, Query, Ranked, rank
from indexer.requests import LONGEST_QUERY
from indexer.results import NO_FILTERS, Filters, Hit, SearchResult, Took, read_hits
from indexer.rows import RowFilter
from indexer.snapshot import Snapshot, Snapshots
from indexer.word_tail import Tail
from store.collections import find_collection
from store.database import Database, Session

__all__ = ["Filters", "Hit", "Mode", "SearchResult", "Searcher", "Took", "embed_pending"]

# However few entries are asked for, so many are looked at for the verdict on the first.
JUDGED = 10
MODES = tuple(str(mode) for mode in Mode)
# How often a search begins again: another thread is ahead, or the build is another one now.
_ATTEMPTS = 100

_log = logging.getLogger(__name__)


class _Asked(NamedTuple):
    text: str
    k: int
    mode: Mode
    filters: Filters


class _Encoded(NamedTuple):
    """The vector of the asked text, by which encoder, and what it took; none without a model.

    `gone` says why an encoder could make none.
    """

    encoder: Encoder | None = None
    vector: Vectors | None = None
    seconds: float = 0.0
    gone: ModelError | None = None

    def by(self, encoder: Encoder | None, text: str) -> _Encoded:
        """Return the text encoded, as far as its model is there."""
        if encoder is None or encoder is self.encoder:
            return self
        before = time.perf_counter()
        try:
            vector = encoder.encode([text]).vectors[0]
        except ModelError as error:
            return _Encoded(encoder, gone=error)
        return _Encoded(encoder, vector, self.seconds + time.perf_counter() - before)

    def check(self, mode: Mode) -> None:
        """Raise ModelError where the search needs a model that is gone."""
        if self.gone is None:
            return
        if mode is not Mode.LEXICAL:
            raise self.gone
        _log.warning("%s; searched by words alone, without scores", self.gone)


class _Found(NamedTuple):
    judged: Judged
    pending_words: int


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
        self._tail = Tail()

    def search(
        self, text: str, *, k: int = 5, filters: Filters = NO_FILTERS, mode: str = Mode.HYBRID
    ) -> SearchResult:
        """Return the k best entries, fewer only where fewer pass the filters.

        By words alone (`lexical`), only entries that share one are found, without the model too.
        """
        text = _readable(text)
        asked = _Asked(text, k, _check(text, k, mode), filters)
        started = time.perf_counter()
        known = self._snapshots.last or self._look()
        encoded = _Encoded()
        for _ in range(_ATTEMPTS):
            encoded = encoded.by(known.encoder, asked.text)
            with self._database.reading() as session:
                now = self._snapshots.current(session)
                if now is None:
                    continue
                if now.encoder is encoded.encoder:
                    # Not before: a reindex may have found the model in another place.
                    encoded.check(asked.mode)
                    if encoded.vector is not None:
                        now = self._snapshots.completed(session, now)
                    try:
                        found = self._find(session, now, asked, encoded.vector)
                        break
                    except DamagedBuildError:  # cut short this very moment
                        self._snapshots.forget(now)
            known = now
        else:
            raise IndexerError("the index is replaced faster than it can be read; try again")
        total = time.perf_counter() - started
        took = Took(1000 * encoded.seconds, 1000 * (total - encoded.seconds), 1000 * total)
        return self._result(asked, now, found, took)

    def _find(
        self, session: Session, now: Snapshot, asked: _Asked, vector: Vectors | None
    ) -> _Found:
        """Return the hits in the snapshot and the verdict; raises DamagedBuildError."""
        tail = self._tail = self._tail.advanced(session, now.state.change)
        wanted = _row_filter(session, asked.filters)
        ranked: list[Ranked] = []
        if now.encoder is not None:
            depth = max(asked.k, JUDGED)
            query = Query(asked.text, vector, depth, wanted, asked.mode)
            ranked = rank(session, now.delta.segments, tail, query)
        hits = read_hits(session, ranked, by_words_alone=vector is None)
        within = asked.filters.collections
        judged = self._judge.judged(session, now.encoder, asked.text, vector, hits, within, asked.k)
        return _Found(judged, tail.waiting)

    def _result(self, asked: _Asked, now: Snapshot, found: _Found, took: Took) -> SearchResult:
        judged = found.judged
        return SearchResult(
            query=asked.text,
            model=now.encoder.name if now.encoder else self._default_model,
            build=now.build.id if now.build else 0,
            took=took,
            hits=judged.hits,
            pending=now.delta.waiting,
            pending_words=found.pending_words,
            mode=asked.mode,
            verdict=judged.verdict,
            confidence=judged.confidence,
            thresholds=judged.thresholds,
            conflicts=judged.conflicts,
            topic=judged.topic,
        )

    def prepare(self, mode: str = Mode.HYBRID) -> None:
        """Open the index and load what a search needs, so that the first is like the next."""
        # The words that guards go by, and what reads a second time: half a second.
        conflicts("退款", "换货")
        encoder = self._look().encoder
        try:
            if encoder is not None:
                encoder.encode(["?"])
        except ModelError:
            if mode != Mode.LEXICAL:  # By words alone the search itself says that it is gone.
                raise

    def _look(self) -> Snapshot:
        while True:
            with self._database.reading() as session:
                found = self._snapshots.current(session)
            if found is not None:
                return found


def _readable(text: str) -> str:
    """Return the text without what no file and no model can hold: NUL, halves of characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", " ")


def _check(text: str, k: int, mode: str) -> Mode:
    if not text.strip():
        raise IndexerError("the query is empty; type a question")
    if len(text) > LONGEST_QUERY:
        raise IndexerError(
            f"the query has {len(text):,} characters; ask with {LONGEST_QUERY:,} or fewer"
        )
    if k < 1:
        raise IndexerError(f"cannot return {k} entries; ask for 1 or more")
    if mode not in set(Mode):
        raise IndexerError(f"no search mode '{mode}'; choose {', '.join(Mode)}")
    return Mode(mode)


def _row_filter(session: Session, filters: Filters) -> RowFilter:
    names = filters.collections
    return RowFilter(
        collection_ids=frozenset(find_collection(session, n).id for n in names) if names else None,
        category=filters.category,
        tags=filters.tags,
        statuses=filters.statuses,
        at=None if filters.any_validity else filters.at or dt.datetime.now(dt.UTC),
    )

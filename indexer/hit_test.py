"""A hit test: labelled queries put to the very search that people use.

The queries are encoded in batches beforehand, which gives the same vectors in less time; what a
search takes is therefore measured on a sample that is encoded one by one, as people ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from indexer.encoder import Encoded, Encoder, Progress, Vectors
from indexer.errors import IndexerError
from indexer.hit_figures import DEPTH, QueryOutcome
from indexer.labelled import Expectation, Labelled, resolve
from indexer.search import Filters, Searcher, SearchResult
from indexer.verdicts import Thresholds
from indexer.watching import UNWATCHED, Watch
from store.collections import find_collection
from store.database import Database

_TIMED = 200
_LOOKS_EVERY = 50


@dataclass(frozen=True)
class HitTestResult:
    """The queries with what came of each, and what they were put to."""

    tested: tuple[QueryOutcome, ...]
    model: str
    fingerprint: str
    build_id: int
    settings: Mapping[str, Any] = field(default_factory=dict)


class Prepared:
    """An encoder that has encoded some texts already; in all else it is the one it wraps.

    While `live` is set it encodes what it is given, as if it had not.
    """

    def __init__(self, encoder: Encoder, texts: Sequence[str]) -> None:
        self.live = False
        self._encoder = encoder
        vectors = encoder.encode(texts).vectors
        self._known: dict[str, Vectors] = dict(zip(texts, vectors, strict=True))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoded:
        """Return a unit vector for each text."""
        known = [] if self.live else [self._known.get(text) for text in texts]
        if not known or any(vector is None for vector in known):
            return self._encoder.encode(texts, progress=progress)
        return Encoded(np.array(known, dtype=np.float32), 0)


class Ready(NamedTuple):
    """A searcher that has its index open, and the encoders it loaded, the newest last."""

    searcher: Searcher
    prepared: list[Prepared]


def ready(
    database: Database, home: Path, load_encoder: Callable[[str], Encoder], texts: Sequence[str]
) -> Ready:
    """Return a searcher whose encoders have encoded the texts; IndexerError without an index."""
    prepared: list[Prepared] = []

    def load(name: str) -> Encoder:
        prepared.append(Prepared(load_encoder(name), texts))
        return cast(Encoder, prepared[-1])

    searcher = Searcher(database, home, load)
    searcher.prepare()
    if not prepared:
        raise IndexerError("nothing to search; import entries and run `tongwen reindex`")
    return Ready(searcher, prepared)


def run_hit_test(
    database: Database,
    home: Path,
    load_encoder: Callable[[str], Encoder],
    queries: Sequence[Labelled],
    *,
    collections: Sequence[str] = (),
    mode: str | None = None,
    progress: Progress | None = None,
    watch: Watch = UNWATCHED,
) -> HitTestResult:
    """Ask every query and return what came of it; the mode is that of a search, None its own."""
    if not queries:
        raise IndexerError("no labelled queries to ask")
    with database.reading() as session:
        within = [find_collection(session, name).id for name in collections] or None
        expected = resolve(session, queries, within)
    texts = list(dict.fromkeys(query.query for query in queries))
    watch.phase("load")
    searcher, prepared = ready(database, home, load_encoder, texts)
    filters = Filters(collections=tuple(collections))
    chosen = {} if mode is None else {"mode": mode}
    every = max(len(queries) // _TIMED, 1)
    watch.phase("measure")
    tested: list[QueryOutcome] = []
    result = None
    thresholds: set[Thresholds] = set()
    for number, (query, wanted) in enumerate(zip(queries, expected, strict=True)):
        if number % _LOOKS_EVERY == 0:
            watch.checkpoint()
            if progress:
                progress(number, len(queries))
        prepared[-1].live = timed = number % every == 0
        result = searcher.search(query.query, k=DEPTH, filters=filters, **chosen)
        thresholds.add(result.thresholds)
        tested.append(_tested(query, wanted, result, timed=timed))
    assert result is not None
    if progress:
        progress(len(queries), len(queries))
    return HitTestResult(
        tuple(tested),
        result.model,
        prepared[-1].fingerprint,
        result.build,
        {
            "mode": str(result.mode),
            "collections": list(collections),
            # Of several collections each may have its own.
            "thresholds": asdict(result.thresholds) if len(thresholds) == 1 else {},
        },
    )


def _tested(
    query: Labelled, wanted: Expectation, result: SearchResult, *, timed: bool
) -> QueryOutcome:
    best = result.hits[0] if result.hits else None
    ranks = [hit.rank for hit in result.hits if hit.entry_id in wanted.entry_ids]
    return QueryOutcome(
        query=query.query,
        expected=_names(query),
        answerable=query.answerable,
        missing=wanted.missing,
        rank=ranks[0] if ranks else None,
        score=best.score if best else None,
        confidence=result.confidence if best else None,
        verdict=str(result.verdict),
        entry_id=best.entry_id if best else None,
        external_id=best.external_id if best else None,
        question=best.question if best else "",
        took_ms=result.took.total_ms if timed else None,
    )


def _names(query: Labelled) -> tuple[str, ...]:
    """Return what a query expects, as a person would name it."""
    if query.expected:
        return query.expected
    if query.question:
        return (query.question,)
    return () if query.entry_id is None else (f"#{query.entry_id}",)

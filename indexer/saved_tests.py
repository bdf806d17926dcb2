"""Hit tests that are kept: from a request to the row that says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from indexer.encoder import Encoder, Progress
from indexer.errors import IndexerError
from indexer.hit_figures import QueryOutcome, figures_of
from indexer.hit_test import HitTestResult, run_hit_test
from indexer.labelled import Fault, LabelledFile, decided_queries, read_labelled
from indexer.requests import HitTestRequest
from indexer.watching import UNWATCHED, Watch
from store.database import Database, Session
from store.hit_tests import HitTestRecord, HitTestRow, save_hit_test


@dataclass(frozen=True)
class Kept:
    """A run that is done and kept, its queries, and the rows of the file that were no use."""

    record: HitTestRecord
    tested: tuple[QueryOutcome, ...]
    faults: tuple[Fault, ...]


def run_and_keep(
    database: Database,
    home: Path,
    load_encoder: Callable[[str], Encoder],
    request: HitTestRequest,
    *,
    progress: Progress | None = None,
    watch: Watch = UNWATCHED,
) -> Kept:
    """Run the hit test that is asked for, and keep it."""
    with database.reading() as session:
        read = read_queries(session, request)
    result = run_hit_test(
        database,
        home,
        load_encoder,
        read.queries,
        collections=request.collections,
        mode=request.mode,
        progress=progress,
        watch=watch,
    )
    name = request.name or ", ".join(Path(path).name for path in request.queries) or "labelled"
    with database.writing() as session:
        watch.confirm(session)
        record = _save(session, name, result, read)
    return Kept(record, result.tested, read.faults)


def read_queries(session: Session, request: HitTestRequest) -> LabelledFile:
    """Return the labelled queries that the request names."""
    files = [read_labelled(Path(path)) for path in request.queries]
    if request.labelled:
        files.append(decided_queries(session, request.collections))
    if not any(file.queries for file in files):
        raise IndexerError("nothing to test with; give a file, or decide about unanswered queries")
    return LabelledFile(
        tuple(query for file in files for query in file.queries),
        tuple(fault for file in files for fault in file.faults),
    )


def _save(session: Session, name: str, result: HitTestResult, read: LabelledFile) -> HitTestRecord:
    figures = {**figures_of(result.tested), "unread": len(read.faults)}
    return save_hit_test(
        session,
        map(_row, result.tested),
        name=name,
        settings=result.settings,
        model=result.model,
        fingerprint=result.fingerprint,
        build_id=result.build_id,
        figures=figures,
    )


def _row(one: QueryOutcome) -> HitTestRow:
    return HitTestRow(
        query=one.query,
        expected={
            "ids": list(one.expected),
            "missing": list(one.missing),
            "answerable": one.answerable,
        },
        rank=one.rank,
        score=one.score,
        confidence=one.confidence,
        verdict=one.verdict,
        entry_id=one.entry_id,
        external_id=one.external_id,
        question=one.question,
        took_ms=one.took_ms,
    )


def tested_of(row: HitTestRow) -> QueryOutcome:
    """Return the query that a row keeps."""
    return QueryOutcome(
        query=row.query,
        expected=tuple(row.expected.get("ids", ())),
        answerable=bool(row.expected.get("answerable", row.expected.get("ids"))),
        missing=tuple(row.expected.get("missing", ())),
        rank=row.rank,
        score=row.score,
        confidence=row.confidence,
        verdict=row.verdict,
        entry_id=row.entry_id,
        external_id=row.external_id,
        question=row.question,
        took_ms=row.took_ms,
    )

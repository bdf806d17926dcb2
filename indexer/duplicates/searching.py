"""The job: what has no vector is embedded, duplicates are found, kept as rows, and written out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.duplicates.finding import find_duplicates, scope_of
from indexer.duplicates.report import DuplicateReport
from indexer.duplicates.requests import DuplicateRequest
from indexer.embedding import embed_missing, register
from indexer.encoder import Encoder, Progress
from indexer.loading import describe
from indexer.watching import UNWATCHED, Watch
from store.browsing import read_entries
from store.chunks import chunks
from store.database import Database
from store.duplicate_runs import LATER, OPEN, ClusterRow, save_run
from store.files.aside import check_out
from store.garbage import rare_collections
from store.tables_out import TABLES, write_table
from store.vectors import count_missing, find_model

HEADERS = (
    *("cluster", "kind", "score", "size", "role", "entry", "id", "collection", "category"),
    *("status", "question", "answer", "tags", "similar_questions", "score_with_first"),
    *("matched_question", "question_of_first"),
)


@dataclass(frozen=True)
class Kept:
    """A search that is done: its number and all that it found."""

    run_id: int
    report: DuplicateReport


def search_and_keep(
    database: Database,
    home: Path,
    load_encoder: Callable[[str], Encoder],
    request: DuplicateRequest,
    *,
    progress: Progress | None = None,
    watch: Watch = UNWATCHED,
) -> Kept:
    """Search for duplicates and keep what was found as the last run."""
    if request.out:
        check_out(Path(request.out), TABLES)
    fingerprint = _embedded(database, load_encoder, request, progress, watch)
    with rare_collections():
        report = find_duplicates(
            database, home, fingerprint, request, progress=progress, watch=watch
        )
    if request.out:
        rows = member_rows(database, report)
        write_table(Path(request.out), HEADERS, rows, title="duplicates")
    counts = {
        **report.counts(),
        "entries": report.entries,
        "questions": report.questions,
        "automatic": report.threshold.automatic,
        "seconds": report.seconds,
    }
    with database.writing() as session:
        watch.confirm(session)
        run_id = save_run(
            session,
            scope=report.scope,
            model=report.model,
            threshold=report.threshold.value,
            counts=counts,
            clusters=_rows(report),
        )
    return Kept(run_id, report)


def _embedded(
    database: Database,
    load_encoder: Callable[[str], Encoder],
    request: DuplicateRequest,
    progress: Progress | None,
    watch: Watch,
) -> str:
    """Give every question of the scope its vector; returns the model's fingerprint.

    The model is loaded only where something is missing.
    """
    fingerprint = describe(request.model).fingerprint
    with database.reading() as session:
        scope = scope_of(session, request).all
        model = find_model(session, fingerprint)
        if model is not None and not count_missing(session, model.id, scope):
            return fingerprint
    watch.phase("load")
    encoder = load_encoder(request.model)
    with database.writing() as session:
        model = register(session, encoder)
    watch.phase("embed")
    embed_missing(database, encoder, model, collection_ids=scope, progress=progress, watch=watch)
    return encoder.fingerprint


def _rows(report: DuplicateReport) -> Iterator[ClusterRow]:
    for one in report.clusters:
        state = LATER if one.postponed else OPEN
        alike = tuple(pair and (pair[0].question_id, pair[1].question_id) for pair in one.matches)
        yield ClusterRow(0, one.number, str(one.kind), state, one.score, one.entries, alike)
    after = len(report.clusters)
    for number, pair in enumerate(report.opposites, after + 1):
        entries = (pair.first.entry_id, pair.second.entry_id)
        ends = (None, (pair.second.question_id, pair.first.question_id))
        yield ClusterRow(0, number, "opposite", OPEN, pair.score, entries, ends)


def member_rows(database: Database, report: DuplicateReport) -> Iterator[list[str]]:
    """Yield a row of texts for each member of each cluster, and for each side of an opposite."""
    with database.reading() as session:
        for part in chunks(report.clusters, 200):
            known = read_entries(session, [entry for one in part for entry in one.entries])
            for one in part:
                columns = zip(one.entries, one.scores, one.matches, strict=True)
                for place, (number, score, alike) in enumerate(columns):
                    if number not in known:
                        continue
                    entry, draft = known[number], known[number].draft
                    yield [
                        str(one.number),
                        str(one.kind),
                        f"{one.score:.4f}",
                        str(len(one.entries)),
                        "first" if place == 0 else "member",
                        str(number),
                        draft.external_id or "",
                        entry.collection,
                        draft.category,
                        str(draft.status),
                        draft.standard,
                        draft.answer,
                        "，".join(draft.tags),
                        str(len(draft.similar)),
                        "" if score is None else f"{score:.4f}",
                        *(("", "") if alike is None else (alike[0].question, alike[1].question)),
                    ]

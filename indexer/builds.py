"""Builds: made aside from rows and vectors, then published by one committed row.

Until that row is there the last published build answers, and a process that is killed at any
moment leaves nothing that a reader would look at. A build is never changed: a damaged one is
replaced by a new one, made from the stored vectors without the model.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indexer.build_content import Content, collect
from indexer.build_files import BuildFiles, DamagedBuildError
from indexer.embedding import embed_missing, register
from indexer.encoder import Encoder, Progress
from indexer.errors import IndexerError
from store.builds import (
    BuildRecord,
    create_build,
    delete_build,
    fail_build,
    finish_build,
    list_builds,
    live_build,
    publish,
)
from store.changes import last_change
from store.collections import find_collection
from store.database import Database, Session
from store.errors import StoreError
from store.models import BuildState
from store.vectors import ModelRecord

KEPT_BUILDS = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReindexReport:
    """What a reindex did; total = reused + embedded, in questions of every kind."""

    build_id: int
    reused: int
    embedded: int
    total: int
    seconds: float
    truncated: int


def reindex(
    database: Database,
    home: Path,
    encoder: Encoder,
    *,
    collections: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> ReindexReport:
    """Embed what has no vector, write a build and publish it.

    With `collections`, only theirs is embedded and taken in; the others stay as they are in
    the live build, which must be of the same model.
    """
    started = time.monotonic()
    files = BuildFiles(home)
    with files.lock():
        with database.reading() as session:
            names = collections or ()
            folded = [find_collection(session, name).id for name in names] or None
            live = live_build(session)
        if folded and live and live.model.fingerprint != encoder.fingerprint:
            raise IndexerError(
                f"the live build is of model {live.model.name}, and one build has one model;"
                " run `tongwen reindex` without --collection to change it"
            )
        _remove_leftovers(database, files)
        with database.writing() as session:
            model = register(session, encoder)
        done = embed_missing(database, encoder, model, collection_ids=folded, progress=progress)
        build_id, content = _build(database, files, model, folded)
        _prune(database, files)
    return ReindexReport(
        build_id=build_id,
        reused=max(content.questions - done.texts, 0),
        embedded=done.texts,
        total=max(content.questions, done.texts),
        seconds=round(time.monotonic() - started, 3),
        truncated=done.truncated,
    )


def open_build(database: Database, home: Path, record: BuildRecord, session: Session) -> Content:
    """Return a published build, true to the state that the session reads.

    A damaged one is replaced by a new one, made from the stored vectors without the model.
    Its `covered` may be less than the record's, where a vector is lost too.
    """
    files = BuildFiles(home)
    try:
        return Content(files.read(record), record.covered, record.questions, last_change(session))
    except DamagedBuildError as error:
        made = _replace(database, files, record, error)
    if made is not None and made.change == last_change(session):
        return made
    # The new build may already lack a question that this session still sees unchanged.
    return collect(session, record.model, like=record)


def _replace(
    database: Database, files: BuildFiles, record: BuildRecord, fault: DamagedBuildError
) -> Content | None:
    """Publish the same content anew; None where somebody else does, or nobody can."""
    try:
        if not _is_live(database, record):
            return None  # Another build was published and this one removed meanwhile.
        _log.warning("%s; making it again from the stored vectors", fault)
        with files.lock():
            if not _is_live(database, record):
                return None
            _, content = _build(database, files, record.model, None, like=record)
            _prune(database, files)
            return content
    except (IndexerError, StoreError) as error:
        _log.warning("the new build is kept in memory only: %s", error)
        return None


def _is_live(database: Database, record: BuildRecord) -> bool:
    with database.reading() as session:
        live = live_build(session)
    return live is not None and live.id == record.id


def _build(
    database: Database,
    files: BuildFiles,
    model: ModelRecord,
    folded: Sequence[int] | None,
    *,
    like: BuildRecord | None = None,
) -> tuple[int, Content]:
    """Write and publish a build of the folded collections, or of what `like` covers."""
    with _new_build(database, files, model) as build_id:
        started = time.monotonic()
        with database.reading() as session:
            live = like or live_build(session)
            content = collect(session, model, folded=folded, live=live, like=like)
        checksums = files.write(build_id, content.segment)
        with database.writing() as session:
            finish_build(
                session,
                build_id,
                index_kind=content.segment.index.kind,
                questions=len(content.segment.rows),
                covered=content.covered,
                checksums=checksums,
                measures={"build_seconds": round(time.monotonic() - started, 3)},
            )
            publish(session, build_id)
    return build_id, content


@contextmanager
def _new_build(database: Database, files: BuildFiles, model: ModelRecord) -> Iterator[int]:
    """Yield the id of a new build; if the block fails, leave no file and mark it failed."""
    with database.writing() as session:
        build_id = create_build(session, model.id)
    finished = False
    try:
        yield build_id
        finished = True
    finally:
        if not finished:
            files.remove(build_id)
            # The first error says what is wrong; this one would only hide it.
            with contextlib.suppress(StoreError), database.writing() as session:
                fail_build(session, build_id)


def _remove_leftovers(database: Database, files: BuildFiles) -> None:
    """Remove what failed or killed runs left; the lock says that none of them lives."""
    with database.reading() as session:
        records = {record.id: record for record in list_builds(session)}
    dead = [r.id for r in records.values() if r.state is not BuildState.READY]
    files.remove_except({number: r for number, r in records.items() if number not in dead})
    _forget(database, dead)


def _prune(database: Database, files: BuildFiles) -> None:
    """Remove all but the live and the newest few builds."""
    with database.reading() as session:
        live = live_build(session)
        ready = [r.id for r in list_builds(session) if r.state is BuildState.READY]
    old = [number for number in ready[:-KEPT_BUILDS] if live is None or number != live.id]
    for number in old:
        files.remove(number)
    _forget(database, old)


def _forget(database: Database, build_ids: Sequence[int]) -> None:
    if build_ids:
        with database.writing() as session:
            for number in build_ids:
                delete_build(session, number)

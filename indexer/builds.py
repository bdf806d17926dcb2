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
from indexer.build_files import BuildFiles
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
from store.collections import find_collection
from store.database import Database
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
        build_id, content = make_build(database, files, model, folded)
        prune(database, files)
    return ReindexReport(
        build_id=build_id,
        reused=max(content.questions - done.texts, 0),
        embedded=done.texts,
        total=max(content.questions, done.texts),
        seconds=round(time.monotonic() - started, 3),
        truncated=done.truncated,
    )


def make_build(
    database: Database,
    files: BuildFiles,
    model: ModelRecord,
    folded: Sequence[int] | None,
    *,
    kind: str = "auto",
    like: BuildRecord | None = None,
) -> tuple[int, Content]:
    """Write and publish a build of the folded collections, or of what `like` covers."""
    with new_build(database, files, model) as build_id:
        started = time.monotonic()
        with files.draft(build_id) as file, database.reading() as session:
            live = like or live_build(session)
            made = collect(session, model, into=file, folded=folded, live=live, like=like)
        content = made.indexed(kind)
        checksums = files.write(build_id, made, content)
        with database.writing() as session:
            finish_build(
                session,
                build_id,
                index_kind=content.segment.index.kind,
                questions=len(content.segment.rows),
                covered=content.covered,
                checksums=checksums,
                measures={
                    **content.measures,
                    "build_seconds": round(time.monotonic() - started, 3),
                },
            )
            publish(session, build_id)
    return build_id, content


@contextmanager
def new_build(database: Database, files: BuildFiles, model: ModelRecord) -> Iterator[int]:
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


def prune(database: Database, files: BuildFiles) -> None:
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

"""Builds: made aside from rows and vectors, then published by one committed row.

Until that row is there the last published build answers, and a process that is killed at any
moment leaves nothing that a reader would look at. A build is never changed: a damaged one is
replaced by a new one, made from the stored vectors without the model.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from indexer import gates
from indexer.build_content import Content, collect
from indexer.build_files import BuildFiles, BusyError, DamagedBuildError
from indexer.embedding import embed_missing, register
from indexer.encoder import Encoder, Progress
from indexer.errors import IndexerError
from indexer.gates import Gate
from indexer.upkeep import prune, remove_leftovers
from indexer.watching import UNWATCHED, Watch
from store.builds import (
    BuildRecord,
    create_build,
    delete_build,
    fail_build,
    finish_build,
    live_build,
    live_build_id,
    publish,
)
from store.changes import last_change
from store.collections import find_collection
from store.database import Database, Session
from store.errors import StoreError
from store.vectors import ModelRecord

_LOOKS_EVERY_SECONDS = 0.2

_log = logging.getLogger(__name__)


class SupersededError(IndexerError):
    """Another build was published while this one was made."""


@dataclass(frozen=True)
class ReindexReport:
    """What a reindex did; total = reused + embedded, in questions of every kind.

    `refusal` says by how much the build missed its gate; then it is there but not published.
    """

    build_id: int
    model: str
    reused: int
    embedded: int
    total: int
    seconds: float
    truncated: int
    published: bool = True
    refusal: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Plan:
    """Of what a build is made, and when it is published.

    `folded`: the collections taken in anew (None: all). `like`: exactly what that build covers.
    `over`: only while that build is live. `gate`: only if it is good enough.
    """

    model: ModelRecord
    folded: Sequence[int] | None = None
    like: BuildRecord | None = None
    over: int | None = None
    gate: Gate | None = None
    watch: Watch = UNWATCHED


@dataclass(frozen=True)
class _Made:
    """A build that is on the disk."""

    id: int
    content: Content
    refusal: str
    figures: Mapping[str, float]


def reindex(
    database: Database,
    home: Path,
    encoder: Encoder,
    *,
    collections: Sequence[str] | None = None,
    gate: Gate | None = None,
    over: int | None = None,
    progress: Progress | None = None,
    watch: Watch = UNWATCHED,
    patient: bool = False,
) -> ReindexReport:
    """Embed what has no vector, write a build and publish it; the live one answers until then.

    With `collections`, only theirs is embedded and taken in; the others stay as they are in
    the live build, which must be of the same model. `over` publishes only while that build
    is live. `patient` waits for another process that is making a build.
    """
    started = time.monotonic()
    files = BuildFiles(home)
    with _lock(files, watch, patient=patient):
        with database.reading() as session:
            folded = [find_collection(session, name).id for name in collections or ()] or None
            live = live_build(session)
            if gate:  # Before hours of work, not after.
                gates.expected_entries(session, gate)
        if folded and live and live.model.fingerprint != encoder.fingerprint:
            raise IndexerError(
                f"the live build is of model {live.model.name}, and one build has one model;"
                " run `tongwen reindex` without --collection to change it"
            )
        if folded and live:
            over = live.id
        remove_leftovers(database, files)
        with database.writing() as session:
            model = register(session, encoder)
        watch.phase("embed")
        done = embed_missing(
            database, encoder, model, collection_ids=folded, progress=progress, watch=watch
        )
        plan = _Plan(model, folded, over=over, gate=gate, watch=watch)
        made = _build(database, files, plan, encoder)
        prune(database, files)
    return ReindexReport(
        build_id=made.id,
        model=encoder.name,
        reused=max(made.content.questions - done.texts, 0),
        embedded=done.texts,
        total=max(made.content.questions, done.texts),
        seconds=round(time.monotonic() - started, 3),
        truncated=done.truncated,
        published=not made.refusal,
        refusal=made.refusal,
        figures=made.figures,
    )


@contextmanager
def _lock(files: BuildFiles, watch: Watch, *, patient: bool) -> Iterator[None]:
    while True:
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(files.lock(watch.holder))
            except BusyError:
                if not patient:
                    raise
                watch.phase("wait")
                watch.checkpoint()
                time.sleep(_LOOKS_EVERY_SECONDS)
                continue
            yield
            return


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
            made = _build(database, files, _Plan(record.model, like=record, over=record.id))
            # Nobody should go back to what is damaged.
            with database.writing() as session:
                delete_build(session, record.id)
            files.remove(record.id)
            return made.content
    except (IndexerError, StoreError) as error:
        _log.warning("the new build is kept in memory only: %s", error)
        return None


def _is_live(database: Database, record: BuildRecord) -> bool:
    with database.reading() as session:
        return live_build_id(session) == record.id


def _build(
    database: Database, files: BuildFiles, plan: _Plan, encoder: Encoder | None = None
) -> _Made:
    """Write a build as planned, and publish it unless its gate refuses it."""
    with _new_build(database, files, plan.model) as build_id:
        started = time.monotonic()
        plan.watch.phase("build")
        with database.reading() as session:
            live = plan.like or live_build(session)
            content = collect(session, plan.model, folded=plan.folded, live=live, like=plan.like)
            expected = gates.expected_entries(session, plan.gate) if plan.gate else []
        plan.watch.checkpoint()
        checksums = files.write(build_id, content.segment)
        measures: dict[str, object] = {"build_seconds": round(time.monotonic() - started, 3)}
        figures: Mapping[str, float] = {}
        refusal = ""
        if plan.gate and encoder:
            plan.watch.phase("measure")
            figures = gates.measure(content, encoder, plan.gate, expected, plan.watch)
            refusal = plan.gate.refusal(figures)
            measures |= {"gate": [str(one) for one in plan.gate.conditions], **figures}
        plan.watch.phase("publish")
        with database.writing() as session:
            finish_build(
                session,
                build_id,
                index_kind=content.segment.index.kind,
                questions=len(content.segment.rows),
                covered=content.covered,
                checksums=checksums,
                measures=measures,
            )
            if not refusal:
                _publish(session, build_id, plan)
    return _Made(build_id, content, refusal, figures)


def _publish(session: Session, build_id: int, plan: _Plan) -> None:
    plan.watch.confirm(session)
    if plan.over is not None and live_build_id(session) != plan.over:
        raise SupersededError(
            f"build {plan.over} was replaced while build {build_id} was made to follow it"
        )
    publish(session, build_id)


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

"""Making one build: written aside, measured, then published by one committed row.

Until that row is there the last published build answers, and a process that is killed at any
moment leaves nothing that a reader would look at. A build is never changed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from indexer import gates
from indexer.build_content import Content, collect
from indexer.build_files import BuildFiles
from indexer.encoder import Encoder
from indexer.errors import IndexerError
from indexer.gates import Gate
from indexer.watching import UNWATCHED, Watch
from store.builds import (
    BuildRecord,
    create_build,
    fail_build,
    finish_build,
    live_build,
    live_build_id,
    publish,
)
from store.changes import last_change
from store.collections import collection_ids
from store.database import Database, Session
from store.errors import StoreError
from store.vectors import ModelRecord


class SupersededError(IndexerError):
    """Another build was published while this one was made."""


@dataclass(frozen=True)
class Plan:
    """Of what a build is made, and when it is published.

    `folded`: the collections taken in anew (None: all). `like`: exactly what that build covers.
    `over`: only while that build is live. `gate`: only if it is good enough. `index`: the kind
    that is asked for.
    """

    model: ModelRecord
    folded: Sequence[int] | None = None
    like: BuildRecord | None = None
    over: int | None = None
    gate: Gate | None = None
    watch: Watch = UNWATCHED
    index: str = "auto"


@dataclass(frozen=True)
class Made:
    """A build that is on the disk; `content` is None where it shares another one's files."""

    id: int
    index_kind: str
    questions: int
    measures: Mapping[str, object]
    content: Content | None = None
    refusal: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


def make_build(
    database: Database, files: BuildFiles, plan: Plan, encoder: Encoder | None = None
) -> Made:
    """Write a build as planned, and publish it unless its gate refuses it."""
    with _new_build(database, files, plan.model) as build_id:
        started = time.monotonic()
        plan.watch.phase("build")
        with files.draft(build_id) as file, database.reading() as session:
            live = plan.like or live_build(session)
            made = collect(
                session, plan.model, into=file, folded=plan.folded, live=live, like=plan.like
            )
            expected = gates.expected_entries(session, plan.gate) if plan.gate else []
        plan.watch.checkpoint()
        content = made.indexed(plan.index)
        checksums = files.write(build_id, made, content)
        measures: dict[str, object] = {
            **content.measures,
            "build_seconds": round(time.monotonic() - started, 3),
        }
        figures: Mapping[str, float] = {}
        refusal = ""
        if plan.gate and encoder:
            plan.watch.phase("measure")
            figures = gates.measure(content, encoder, plan.gate, expected, plan.watch)
            refusal = plan.gate.refusal(figures)
            measures |= {"gate": [str(one) for one in plan.gate.conditions], **figures}
        plan.watch.phase("publish")
        kind = content.segment.index.kind
        with database.writing() as session:
            finish_build(
                session,
                build_id,
                index_kind=kind,
                questions=len(content.segment.rows),
                covered=content.covered,
                checksums=checksums,
                measures=measures,
            )
            if not refusal:
                _publish(session, build_id, plan)
    return Made(build_id, kind, content.questions, measures, content, refusal, figures)


def make_same(database: Database, files: BuildFiles, plan: Plan) -> Made | None:
    """Publish a build of the live one's files where nothing has changed since, else None."""
    with database.reading() as session:
        live = live_build(session)
        if live is None or live.model.id != plan.model.id or not _covers_all(session, live):
            return None
    if live.measures.get("asked") != plan.index or files.faults(live):
        return None
    measures = {**live.measures, "files_of": live.id}
    with _new_build(database, files, plan.model) as build_id:
        files.link(live, build_id)
        with database.writing() as session:
            finish_build(
                session,
                build_id,
                index_kind=live.index_kind,
                questions=live.questions,
                covered=live.covered,
                checksums=live.checksums,
                measures=measures,
            )
            _publish(session, build_id, plan)
    return Made(build_id, live.index_kind, live.questions_of_every_kind, measures)


def _covers_all(session: Session, build: BuildRecord) -> bool:
    now = last_change(session)
    return all(build.covered.get(number, -1) >= now for number in collection_ids(session))


def _publish(session: Session, build_id: int, plan: Plan) -> None:
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

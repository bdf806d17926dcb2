"""Looks at everything that must agree (rows, vectors, builds, jobs, model) and changes nothing.

A `problem` is something a person must act on, or that a search would have to mend first; a
`warning` is worth knowing; with neither the home is sound.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from indexer.build_files import BuildFiles
from indexer.build_lock import BusyError
from indexer.errors import IndexerError, ModelError
from indexer.guarding.second_reading import load_shipped
from indexer.loading import describe, name_now
from indexer.placement import placement
from indexer.word_tail import MOST_ROWS
from store.builds import BuildRecord, list_builds, live_build
from store.database import Database, Session
from store.errors import StoreError
from store.health import count_damaged_vectors, count_unused_vectors, integrity_faults
from store.job_claims import SILENT_SECONDS, is_silent
from store.jobs import list_jobs
from store.lexical import (
    count_lost,
    count_stale,
    count_unindexed,
    has_index,
    indexed,
    is_readable,
)
from store.models import BuildState, JobState
from store.questions import changed_since, count_changed, deleted_since
from store.vectors import count_missing

Level = Literal["ok", "warning", "problem"]

_LITTLE_SPACE_BYTES = 1 << 30
_NO_SPACE_BYTES = 50 << 20


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` is empty where nothing needs doing."""

    level: Level
    subject: str
    text: str
    remedy: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


def examine(
    database: Database, home: Path, *, silent_seconds: float = SILENT_SECONDS
) -> list[Finding]:
    """Return what was found, in the order in which it should be mended."""
    found = [_schema(database)]
    if found[0].level != "problem":
        try:
            with database.reading() as session:
                found += [*_rows(database, session, home), *_jobs(session, silent_seconds)]
        except StoreError as error:
            found.append(Finding("problem", "database", str(error), "restore a backup"))
    return [*found, _guards(), Finding("ok", "device", placement()), _space(home)]


def _schema(database: Database) -> Finding:
    try:
        database.check()
        version = database.version()
    except StoreError as error:
        fault, _, remedy = str(error).partition("; ")
        return Finding("problem", "database", fault, remedy)
    return Finding("ok", "database", f"schema {version}")


def _rows(database: Database, session: Session, home: Path) -> Iterator[Finding]:
    faults = integrity_faults(session)
    for fault in faults[:5]:
        yield Finding("problem", "database", fault, "restore a backup: `tongwen restore FILE`")
    if not faults:
        yield Finding("ok", "integrity", "every page and every reference is sound")
    damaged = count_damaged_vectors(session)
    if damaged:
        text = f"{damaged:,} stored vectors have a wrong length"
        yield Finding(
            "problem", "vectors", text, "run `tongwen doctor --fix`, then `tongwen reindex`"
        )
    if has_index(session):
        yield _words(session)
    live, files = live_build(session), BuildFiles(home)
    if live is None:
        count = count_changed(session, {})
        text = f"no index yet; {count:,} questions"
        yield Finding("warning" if count else "ok", "index", text, "run `tongwen reindex`")
    else:
        yield from _index(session, files, live)
        yield _model(live)
    yield from _other_builds(database, session, files, live)


def _words(session: Session) -> Finding:
    now, lost, stale = indexed(session), count_lost(session), count_stale(session)
    waiting = count_unindexed(session)
    counts = {"words": now.documents, "words_waiting": waiting, "words_stale": max(stale, 0)}
    if lost or stale < 0:
        text = f"{max(lost, -stale):,} questions are missing from the index of words"
        return Finding("problem", "words", text, "run `tongwen doctor --fix`", counts)
    if not is_readable(session):
        text = "the index of words is damaged"
        return Finding("problem", "words", text, "run `tongwen doctor --fix`", counts)
    text = f"{now.documents:,} questions, {stale:,} of them deleted since, {waiting:,} waiting"
    if waiting > MOST_ROWS:
        return Finding("warning", "words", text, "run `tongwen reindex`", counts)
    return Finding("ok", "words", text, counts=counts)


def _index(session: Session, files: BuildFiles, live: BuildRecord) -> Iterator[Finding]:
    faults = files.faults(live)
    for fault in faults:
        remedy = "the next search makes it again from the stored vectors, or `tongwen doctor --fix`"
        yield Finding("problem", "index", fault, remedy)
    if not faults:
        recall = live.measures.get("recall_at_10", 1.0)
        count = live.questions_of_every_kind
        text = f"build {live.id}, {live.index_kind}, {count:,} questions"
        if count > live.questions:
            text += f", {count - live.questions:,} of them negative"
        if live.index_kind != "flat":
            depth = live.measures.get("depth")
            text += f", depth {depth}, recall@10 against exact search {recall:.4f}"
        yield Finding("ok", "index", text)
        yield _delta(session, files, live)
    missing = count_missing(session, live.model.id)
    if missing:
        text = f"{missing:,} question texts have no vector under the live model"
        yield Finding("warning", "vectors", text, "run `tongwen reindex`")
    else:
        yield Finding("ok", "vectors", "every question has its vector")
    unused = count_unused_vectors(session, live.model.id)
    if unused:
        text = f"{unused:,} vectors of texts that are no longer used"
        yield Finding("ok", "vectors", text, "`tongwen doctor --fix` removes them")


def _delta(session: Session, files: BuildFiles, live: BuildRecord) -> Finding:
    """Count what is found in the build, what beside it, and what of it is hidden."""
    rows = files.read_rows(live)
    changed = changed_since(session, live.covered, live.model.id)
    known = rows.find(changed.ids) >= 0
    newer = ~known & ~changed.negative
    masked = rows.find(deleted_since(session, live.covered)) >= 0
    counts = {
        "base": len(rows),
        "delta": int(newer.sum()),
        "masked": int(masked.sum() + (known & changed.negative).sum()),
        "updated": int((known & ~changed.negative).sum()),
        "without_vector": int((newer & ~changed.stored).sum()),
    }
    text = (
        f"base {counts['base']:,}, delta {counts['delta']:,}"
        f" ({counts['without_vector']:,} without vector), masked {counts['masked']:,},"
        f" updated in place {counts['updated']:,}"
    )
    return Finding("ok", "delta", text, counts=counts)


def _model(live: BuildRecord) -> Finding:
    name = name_now(live.model)
    try:
        found = describe(name)
    except ModelError as error:
        fault, _, remedy = str(error).partition("; ")
        return Finding("problem", "model", fault, remedy)
    if found.fingerprint != live.model.fingerprint:
        text = f"{name} has changed since build {live.id} was made"
        return Finding("problem", "model", text, "run `tongwen reindex`")
    return Finding("ok", "model", f"{name}, {found.layers} layers, {found.fingerprint[:12]}")


def _other_builds(
    database: Database, session: Session, files: BuildFiles, live: BuildRecord | None
) -> Iterator[Finding]:
    builds = list_builds(session)
    for old in builds:
        if old.state is BuildState.READY and (live is None or old.id != live.id):
            for fault in files.faults(old):
                remedy = "`tongwen doctor --fix` removes it"
                if live and old.model.fingerprint != live.model.fingerprint:
                    remedy = "nothing to do: once it answers, it is made again from stored vectors"
                yield Finding("warning", "builds", fault, remedy)
    dead = [r.id for r in builds if r.state is not BuildState.READY]
    if not dead:
        return
    named = ", ".join(map(str, dead))
    try:
        with files.lock(database):
            text = f"unfinished build {named} of a run that failed or was killed"
            yield Finding("warning", "builds", text, "the next `tongwen reindex` removes it")
    except BusyError:
        yield Finding("ok", "builds", f"build {named} is being made")
    except IndexerError as error:
        fault, _, remedy = str(error).partition("; ")
        yield Finding("problem", "builds", fault, remedy)


def _jobs(session: Session, silent_seconds: float) -> Iterator[Finding]:
    running = list_jobs(session, states=(JobState.RUNNING,))
    silent = [job for job in running if is_silent(job, silent_seconds)]
    for job in silent:
        text = f"job {job.id} ({job.kind}) is silent since {job.heartbeat_at}"
        yield Finding("warning", "jobs", text, "`tongwen worker` takes it over")
    if not silent:
        yield Finding("ok", "jobs", f"{len(running)} running, none of them stuck")


def _guards() -> Finding:
    try:
        load_shipped()
    except ModelError as error:
        fault, _, remedy = str(error).partition("; ")
        return Finding("warning", "guards", f"by rules alone, as {fault}", remedy)
    return Finding("ok", "guards", "rules, and a second reading of what is nearly alike")


def _space(home: Path) -> Finding:
    folder = home
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):,.1f} GiB free for {home}"
    if free < _NO_SPACE_BYTES:
        return Finding("problem", "disk", text, "free some space")
    return Finding("warning" if free < _LITTLE_SPACE_BYTES else "ok", "disk", text)

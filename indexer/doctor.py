"""Looks at everything that must agree (rows, vectors, build files, model) and changes nothing.

A `problem` is something a person must act on, or that a search would have to mend first; a
`warning` is worth knowing; with neither the home is sound.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from indexer.build_files import BuildFiles
from indexer.build_lock import BusyError
from indexer.errors import IndexerError, ModelError
from indexer.model_files import read_model_files
from indexer.models import locate, resolve
from store.builds import BuildRecord, list_builds, live_build
from store.database import Database, Session
from store.errors import StoreError
from store.health import count_unused_vectors, integrity_faults
from store.models import BuildState
from store.questions import count_changed, deleted_since
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


def examine(database: Database, home: Path) -> list[Finding]:
    """Return what was found, in the order in which it should be mended."""
    found = [_schema(database)]
    if found[0].level != "problem":
        try:
            with database.reading() as session:
                found += _rows(session, home)
        except StoreError as error:
            found.append(Finding("problem", "database", str(error), "restore a backup"))
    return [*found, _space(home)]


def _schema(database: Database) -> Finding:
    try:
        database.check()
        version = database.version()
    except StoreError as error:
        fault, _, remedy = str(error).partition("; ")
        return Finding("problem", "database", fault, remedy)
    return Finding("ok", "database", f"schema {version}")


def _rows(session: Session, home: Path) -> Iterator[Finding]:
    faults = integrity_faults(session)
    for fault in faults[:5]:
        yield Finding("problem", "database", fault, "restore a backup")
    if not faults:
        yield Finding("ok", "integrity", "every page and every reference is sound")
    live = live_build(session)
    if live is None:
        count = count_changed(session, {})
        text = f"no index yet; {count:,} questions"
        yield Finding("warning" if count else "ok", "index", text, "run `tongwen reindex`")
    else:
        yield from _index(session, home, live)
        yield _model(live)
    yield from _unfinished(session, home)


def _index(session: Session, home: Path, live: BuildRecord) -> Iterator[Finding]:
    faults = BuildFiles(home).faults(live)
    for fault in faults:
        remedy = "the next search makes it again from the stored vectors"
        yield Finding("problem", "index", fault, remedy)
    if not faults:
        yield Finding(
            "ok", "index", f"build {live.id}, {live.index_kind}, {live.questions:,} questions"
        )
    changed = count_changed(session, live.covered)
    gone = len(deleted_since(session, live.covered))
    yield Finding("ok", "delta", f"{changed:,} questions changed and {gone:,} deleted since")
    missing = count_missing(session, live.model.id)
    if missing:
        text = f"{missing:,} question texts have no vector under the live model"
        yield Finding("warning", "vectors", text, "run `tongwen reindex`")
    else:
        yield Finding("ok", "vectors", "every question has its vector")
    unused = count_unused_vectors(session, live.model.id)
    if unused:
        yield Finding("ok", "vectors", f"{unused:,} vectors of texts that are no longer used")


def _model(live: BuildRecord) -> Finding:
    name = live.model.name
    try:
        files = read_model_files(locate(resolve(name), offline=True))
    except ModelError as error:
        fault, _, remedy = str(error).partition("; ")
        return Finding("problem", "model", fault, remedy)
    if files.fingerprint != live.model.fingerprint:
        text = f"{name} has changed since build {live.id} was made"
        return Finding("problem", "model", text, "run `tongwen reindex`")
    return Finding("ok", "model", f"{name}, {files.layers} layers, {files.fingerprint[:12]}")


def _unfinished(session: Session, home: Path) -> Iterator[Finding]:
    dead = [r.id for r in list_builds(session) if r.state is not BuildState.READY]
    if not dead:
        return
    named = ", ".join(map(str, dead))
    try:
        with BuildFiles(home).lock():
            text = f"unfinished build {named} of a run that failed or was killed"
            yield Finding("warning", "builds", text, "the next `tongwen reindex` removes it")
    except BusyError:
        yield Finding("ok", "builds", f"build {named} is being made")
    except IndexerError as error:
        yield Finding("problem", "builds", str(error), "make the folder writable")


def _space(home: Path) -> Finding:
    folder = home
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):,.1f} GiB free for {home}"
    if free < _NO_SPACE_BYTES:
        return Finding("problem", "disk", text, "free some space")
    return Finding("warning" if free < _LITTLE_SPACE_BYTES else "ok", "disk", text)

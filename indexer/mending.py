"""Mending what the doctor finds and a program can mend, without the model and without loss.

What needs a decision or hours of work (a restore, a reindex) is left to the person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from indexer.build_files import BuildFiles
from indexer.errors import IndexerError
from indexer.opening import open_build
from indexer.upkeep import remove_leftovers
from indexer.word_upkeep import make_anew
from store.builds import delete_build, list_builds, live_build, live_build_id
from store.database import Database, Session
from store.errors import StoreError
from store.health import delete_damaged_vectors, delete_unused_vectors
from store.lexical import count_lost, count_stale, has_index, is_readable
from store.models import BuildState


def mend(database: Database, home: Path) -> Iterator[str]:
    """Mend what can be mended; yields a line about each thing that was.

    What cannot be does not keep the rest from it; IndexerError says it in the end.
    """
    if database.version() is not None and not database.is_newer() and not database.is_current():
        database.upgrade()
        yield "the database was brought up to this version"
    files, faults = BuildFiles(home), []
    for step in (
        _mend_vectors(database),
        _mend_words(database),
        _mend_live(database, files),
        _mend_others(database, files),
        _remove_unused(database),
    ):
        try:
            yield from step
        except (IndexerError, StoreError, OSError) as error:
            faults.append(str(error))
    if faults:
        raise IndexerError("; ".join(dict.fromkeys(faults)))


def _mend_vectors(database: Database) -> Iterator[str]:
    removed = _emptied(database, delete_damaged_vectors)
    if removed:
        yield f"{removed:,} damaged vectors were removed; `tongwen reindex` makes them again"


def _remove_unused(database: Database) -> Iterator[str]:
    with database.reading() as session:
        live = live_build(session)
    if live is not None:
        model = live.model.id
        removed = _emptied(database, lambda session: delete_unused_vectors(session, model))
        if removed:
            yield f"{removed:,} vectors that no question uses were removed"


def _mend_words(database: Database) -> Iterator[str]:
    with database.reading() as session:
        sound = not has_index(session) or (
            count_lost(session) == 0 <= count_stale(session) and is_readable(session)
        )
    if not sound:
        count = make_anew(database)
        yield f"the index of words was made again, of {count:,} questions"


def _mend_live(database: Database, files: BuildFiles) -> Iterator[str]:
    with database.reading() as session:
        live = live_build(session)
        if live is None or not files.faults(live):
            return
        files.check_owner(database)
        open_build(database, files, live, session)
    with database.reading() as session:
        now = live_build_id(session)
    if now == live.id:
        raise IndexerError(
            f"build {live.id} is damaged and could not be made again; see the log, free space or"
            " wait until nobody else makes a build"
        )
    yield f"build {live.id} was damaged; build {now} was made from the stored vectors"


def _mend_others(database: Database, files: BuildFiles) -> Iterator[str]:
    with files.lock(database):
        with database.reading() as session:
            builds, live = list_builds(session), live_build(session)
        dead = [build for build in builds if build.state is not BuildState.READY]
        if dead:
            remove_leftovers(database, files)
            yield f"unfinished build {', '.join(str(build.id) for build in dead)} was removed"
        for build in builds:
            # What is of another model is the way back to that model: it is made again, from the
            # vectors stored for it, once it answers.
            if live and (build.id == live.id or build.model.id != live.model.id):
                continue
            if build not in dead and files.faults(build):
                with database.writing() as session:
                    delete_build(session, build.id)
                files.remove(build.id)
                yield f"build {build.id}, which was damaged and did not answer, was removed"


def _emptied(database: Database, delete: Callable[[Session], int]) -> int:
    total = 0
    while True:
        with database.writing() as session:
            some = delete(session)
        total += some
        if not some:
            return total

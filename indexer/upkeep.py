"""Which builds stay: those that answer, those that one would go back to, and the newest.

Rows go before files: a build whose row is gone can't be published any more, while one whose
files are gone would have to be healed by the next search.
"""

from __future__ import annotations

from collections.abc import Sequence

from indexer.build_files import BuildFiles
from store.builds import BuildRecord, answered_before, delete_build, list_builds, live_build
from store.database import Database, Session
from store.models import BuildState

KEPT_BUILDS = 3


def remove_leftovers(database: Database, files: BuildFiles) -> None:
    """Remove what failed or killed runs left; the lock says that none of them lives."""
    with database.reading() as session:
        records = {record.id: record for record in list_builds(session)}
    dead = [r.id for r in records.values() if r.state is not BuildState.READY]
    _forget(database, dead)
    files.remove_except({number: r for number, r in records.items() if number not in dead})


def prune(database: Database, files: BuildFiles, *, keep: int = KEPT_BUILDS) -> list[int]:
    """Remove old builds and return their numbers.

    The live build stays, the newest `keep`, the one that a rollback would bring back, and the
    last one of the model that answered before the one of now.
    """
    with database.writing() as session:
        ready = [r for r in list_builds(session) if r.state is BuildState.READY]
        old = sorted({record.id for record in ready} - _wanted(session, ready, keep))
        for number in old:
            delete_build(session, number)
    for number in old:
        files.remove(number)
    return old


def _wanted(session: Session, ready: Sequence[BuildRecord], keep: int) -> set[int]:
    wanted = {record.id for record in ready[max(len(ready) - keep, 0) :]}
    live = live_build(session)
    if live is not None:
        wanted.add(live.id)
        before = answered_before(session)
        wanted.update(record.id for record in before[:1])
        other = [r.id for r in before if r.model.fingerprint != live.model.fingerprint]
        wanted.update(other[:1])
    return wanted


def _forget(database: Database, build_ids: Sequence[int]) -> None:
    if build_ids:
        with database.writing() as session:
            for number in build_ids:
                delete_build(session, number)

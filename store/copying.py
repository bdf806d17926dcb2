"""A whole database as one file: copied while others write, checked before it is trusted.

The copy is made by the database itself (VACUUM INTO), never from the live file, which without
its log would be half of the truth.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from store.builds import delete_build, list_builds, live_build_id
from store.database import Database
from store.errors import StoreError
from store.health import integrity_faults


def copy_database(database: Database, target: Path) -> None:
    """Write what the database holds now, as one file; others may go on writing."""
    source = database.path
    if source is None:
        raise StoreError(f"{database.name} is not a SQLite file; use the backup of its server")
    database.check()
    try:
        with contextlib.closing(sqlite3.connect(source, isolation_level=None)) as connection:
            connection.execute("PRAGMA busy_timeout = 30000")
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise StoreError(
            f"cannot copy database {source} to {target.parent} ({error}); free some space or name"
            " another place"
        ) from error


def keep_live_build_only(copy: Path) -> None:
    """Forget in a copy every build but the live one, whose files alone go with it."""
    database = Database.at(copy)
    try:
        with database.writing() as session:
            live = live_build_id(session)
            for build in list_builds(session):
                if build.id != live:
                    delete_build(session, build.id)
    finally:
        database.close()


def check_copy(copy: Path, name: str) -> None:
    """Raise StoreError, which names the backup, unless the copy is whole and not too new."""
    database = Database.at(copy)
    try:
        if database.version() is None:
            raise StoreError(f"{name} holds no database of Tongwen; take another backup")
        if database.is_newer():
            raise StoreError(f"{name} was made by a newer Tongwen; upgrade Tongwen to restore it")
        with database.reading() as session:
            faults = integrity_faults(session)
        if faults:
            raise StoreError(f"{name} holds a damaged database ({faults[0]}); take another backup")
    finally:
        database.close()

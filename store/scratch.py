"""Where a dry run writes: a base of its own, thrown away at the end.

The base is read in the one state that the dry run found, and is never locked, however long the
rows take to be compared. An entry is taken over once a row is to change it; until then it is
found where it is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.browsing import read_entries
from store.changes import next_change, reserve_entry_ids
from store.database import Database
from store.drafts import digest
from store.import_memory import Seen
from store.models import Collection, Entry
from store.writing import place_entries


class Scratch:
    """A database to write, a session that reads the base, and which entries were taken over."""

    def __init__(self, database: Database, base: Session) -> None:
        self.database = database
        self.base = base
        self.taken = Seen()

    def take(self, session: Session, collection_id: int, entry_ids: Iterable[int]) -> None:
        """Take over those entries of the base that were not yet, each under its own id."""
        found = read_entries(self.base, [one for one in entry_ids if one not in self.taken])
        if not found:
            return
        drafts = [one.draft for one in found.values()]
        digests = [digest(draft) for draft in drafts]
        stamps = [(one.created_at, one.updated_at, one.revision) for one in found.values()]
        change = next_change(session)
        place_entries(session, collection_id, list(found), drafts, digests, stamps, change)
        for entry_id in found:
            self.taken.add(entry_id)


@contextmanager
def open_scratch(database: Database) -> Iterator[Scratch]:
    """Make a scratch base beside a database, with its collections, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="tongwen-") as folder, database.reading() as base:
        made = Database.at(Path(folder) / "scratch.db")
        made.upgrade()
        try:
            with made.writing() as session:
                named = base.execute(select(Collection.id, Collection.name))
                session.add_all(Collection(id=number, name=name) for number, name in named)
                # An id of the base is never a new entry's.
                reserve_entry_ids(session, base.scalar(select(func.max(Entry.id))) or 0)
            yield Scratch(made, base)
        finally:
            made.close()

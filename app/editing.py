"""Writing one entry: what a person typed becomes a draft, and never overwrites another's edit."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from app.errors import AppError, OvertakenError
from store.collections import ensure_collection
from store.database import Database, Session
from store.entries import (
    EntryDraft,
    EntryRecord,
    add_entry,
    read_entries,
    set_status,
    update_entry,
)
from store.models import Status
from store.restoring import status_before_archive

_TAG_MARKS = re.compile(r"[,，;；、\n]")
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Saved:
    """What saving did; `changed` is False where the entry already said the same."""

    entry_id: int
    changed: bool


def save_entry(
    database: Database,
    draft: EntryDraft,
    *,
    collection: str,
    entry_id: int | None = None,
    revision: int | None = None,
    by: str = "",
) -> Saved:
    """Add an entry, or change the one that was read at `revision`."""
    with database.writing(by=by) as session:
        if entry_id is None:
            if not collection.strip():
                raise AppError("the entry has no collection; choose one or type a new name")
            home = ensure_collection(session, collection.strip())
            return Saved(add_entry(session, home, draft), changed=True)
        found = _read(session, entry_id)
        if found.draft == draft:  # saved already, as by a second click
            return Saved(entry_id, changed=False)
        if revision is not None and found.revision != revision:
            raise OvertakenError(
                f"entry {entry_id} was changed by somebody else meanwhile;"
                " go back, open it again and repeat your change"
            )
        return Saved(entry_id, update_entry(session, entry_id, draft))


def archive_entry(database: Database, entry_id: int, *, by: str = "") -> None:
    """Keep an entry from answering."""
    with database.writing(by=by) as session:
        set_status(session, [entry_id], Status.ARCHIVED)


def unarchive_entry(database: Database, entry_id: int, *, by: str = "") -> EntryDraft:
    """Give an entry the status back that it had before it was archived; return what it says."""
    with database.writing(by=by) as session:
        set_status(session, [entry_id], status_before_archive(session, entry_id))
        return _read(session, entry_id).draft


def _read(session: Session, entry_id: int) -> EntryRecord:
    found = read_entries(session, [entry_id]).get(entry_id)
    if found is None:
        raise AppError(f"entry {entry_id} was deleted meanwhile; add it as a new one")
    return found


def split_lines(text: str) -> tuple[str, ...]:
    """Return the filled lines, each once, in order."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def split_tags(text: str) -> tuple[str, ...]:
    """Return the tags between Chinese or Western commas and semicolons, each once."""
    return tuple(dict.fromkeys(tag.strip() for tag in _TAG_MARKS.split(text) if tag.strip()))


def first_day(start: dt.datetime | None) -> dt.date | None:
    """Return the day on which validity starts."""
    return start.date() if start else None


def last_day(end: dt.datetime | None) -> dt.date | None:
    """Return the last day with validity: the end itself is the first moment without."""
    return (end - dt.timedelta(microseconds=1)).date() if end else None


def start_of(day: dt.date | None, before: dt.datetime | None) -> dt.datetime | None:
    """Return the start of a day in UTC; an unchanged day keeps the time that it had."""
    if day is None or day == first_day(before):
        return before if day else None
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def end_of(day: dt.date | None, before: dt.datetime | None) -> dt.datetime | None:
    """Return the end of a day in UTC; an unchanged day keeps the time that it had."""
    if day is None or day == last_day(before):
        return before if day else None
    return dt.datetime.combine(day + _DAY, dt.time(), dt.UTC)

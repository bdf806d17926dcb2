"""The history of entries: what each change found and left, by whom and when.

Who changes is a property of the writing session (`Database.writing(by=...)`). A new row of an
import leaves no record, so that a million of them cost nothing: what it said is the `before` of
its first change, or what it says still.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.browsing import EntryRecord
from store.drafts import EntryDraft
from store.inserting import insert_rows
from store.models import Action, Collection, EntryRevision, Status, utc_now
from store.snapshots import draft_from_json, draft_to_json

_COLUMNS = ("entry_id", "collection", "action", "by", "changed_at", "before", "after")


@dataclass(frozen=True)
class Change:
    """A change to be recorded; `before` is None for a new entry, `after` for one that went."""

    entry_id: int
    collection: str
    action: Action
    before: EntryDraft | None
    after: EntryDraft | None


@dataclass(frozen=True)
class RevisionRecord:
    """A change that was made; `id` names it for good."""

    id: int
    entry_id: int
    collection: str
    action: Action
    by: str
    changed_at: dt.datetime
    before: EntryDraft | None
    after: EntryDraft | None


def record(session: Session, changes: Iterable[Change]) -> None:
    """Write changes into the history, all at once."""
    now, by = utc_now(), str(session.info.get("by", ""))
    rows = [
        (
            change.entry_id,
            change.collection,
            change.action,
            by,
            now,
            None if change.before is None else draft_to_json(change.before),
            None if change.after is None else draft_to_json(change.after),
        )
        for change in changes
    ]
    insert_rows(session, EntryRevision, rows, _COLUMNS)


def history(session: Session, entry_id: int, *, limit: int = 1000) -> list[RevisionRecord]:
    """Return what was done to an entry, the newest first; also of one that is gone."""
    query = select(EntryRevision).where(EntryRevision.entry_id == entry_id)
    rows = session.scalars(query.order_by(EntryRevision.id.desc()).limit(limit))
    return [_record(row) for row in rows]


def count_history(session: Session, entry_id: int) -> int:
    """Return how many changes of the entry are recorded."""
    query = select(func.count()).select_from(EntryRevision)
    return session.scalar(query.where(EntryRevision.entry_id == entry_id)) or 0


def find_revision(session: Session, entry_id: int, revision_id: int) -> RevisionRecord | None:
    """Return that change of the entry, None where there is none."""
    query = select(EntryRevision).where(EntryRevision.entry_id == entry_id)
    row = session.scalar(query.where(EntryRevision.id == revision_id))
    return None if row is None else _record(row)


def first_revision(session: Session, entry_id: int) -> RevisionRecord | None:
    """Return the first change of the entry, None where nothing was changed."""
    query = select(EntryRevision).where(EntryRevision.entry_id == entry_id)
    row = session.scalar(query.order_by(EntryRevision.id).limit(1))
    return None if row is None else _record(row)


def action_of(before: EntryDraft, after: EntryDraft) -> Action:
    """Return the name of a change that a person made."""
    if Status.ARCHIVED in (before.status, after.status) and before.status is not after.status:
        return Action.ARCHIVE if after.status is Status.ARCHIVED else Action.ACTIVATE
    return Action.EDIT


def gone(records: Iterable[EntryRecord], action: Action) -> list[Change]:
    """Return the changes that remove those entries."""
    return [Change(one.id, one.collection, action, one.draft, None) for one in records]


def collection_name(session: Session, collection_id: int) -> str:
    """Return the name that a change of a collection's entry is recorded under."""
    query = select(Collection.name).where(Collection.id == collection_id)
    return session.scalar(query) or ""


def _record(row: EntryRevision) -> RevisionRecord:
    return RevisionRecord(
        id=row.id,
        entry_id=row.entry_id,
        collection=row.collection,
        action=row.action,
        by=row.by,
        changed_at=row.changed_at,
        before=None if row.before is None else draft_from_json(row.before),
        after=None if row.after is None else draft_from_json(row.after),
    )

"""Entries: adding, changing and removing single ones, and reading them back.

A changed entry keeps the ids of the questions whose texts stay, so that their vectors and
their rows in an index stay good; a question that goes leaves a tombstone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.browsing import EntryRecord, browse, count_entries, read_entries
from store.changes import next_change
from store.chunks import chunks
from store.drafts import EntryDraft, digest, validate
from store.errors import NotFoundError, StoreError
from store.history import Change, action_of, gone, record
from store.models import Action, Collection, Entry, Status
from store.writing import Rewrite, bury_entries, insert_entries, rewrite_entries

__all__ = [
    "EntryDraft",
    "EntryRecord",
    "add_entry",
    "browse",
    "count_entries",
    "delete_entries",
    "read_entries",
    "set_status",
    "update_entry",
    "validate",
]


def add_entry(session: Session, collection: Collection, draft: EntryDraft) -> int:
    """Store a new entry and return its id."""
    validate(draft)
    content_hash = digest(draft)
    check_free(session, collection.id, draft.external_id)
    change = next_change(session)
    entry_id = insert_entries(session, collection.id, [draft], [content_hash], change)[0]
    record(session, [Change(entry_id, collection.name, Action.CREATE, None, draft)])
    return entry_id


def update_entry(
    session: Session, entry_id: int, draft: EntryDraft, *, action: Action | None = None
) -> bool:
    """Make the entry say what the draft says; return whether that changed anything.

    The history calls it `action`, by default after what changed.
    """
    validate(draft)
    content_hash = digest(draft)
    found = session.execute(
        select(Entry.collection_id, Entry.content_hash).where(Entry.id == entry_id)
    ).one_or_none()
    if found is None:
        raise NotFoundError(f"no entry {entry_id}; it may have been deleted meanwhile")
    if found.content_hash == content_hash:
        return False
    stored = read_entries(session, [entry_id])[entry_id]
    old = stored.draft
    if old.external_id != draft.external_id:
        check_free(session, found.collection_id, draft.external_id)
    change = next_change(session)
    rewrite_entries(session, found.collection_id, [Rewrite(entry_id, old, draft)], change)
    named = action or action_of(old, draft)
    record(session, [Change(entry_id, stored.collection, named, old, draft)])
    return True


def set_status(session: Session, entry_ids: Sequence[int], status: Status) -> None:
    """Give the entries that status; those that have it already are left alone."""
    for entry_id, stored in read_entries(session, entry_ids).items():
        update_entry(session, entry_id, replace(stored.draft, status=status))


def delete_entries(session: Session, entry_ids: Sequence[int]) -> None:
    """Delete the entries, with a tombstone for each of their questions."""
    for part in chunks(entry_ids):
        record(session, gone(read_entries(session, part).values(), Action.DELETE))
    bury_entries(session, entry_ids, next_change(session))


def check_free(session: Session, collection_id: int, external_id: str | None) -> None:
    taken = select(Entry.id).where(
        Entry.collection_id == collection_id, Entry.external_id == external_id
    )
    if external_id is not None and session.scalar(taken) is not None:
        raise StoreError(
            f"id '{external_id}' belongs to another entry of the collection; give it its own"
        )

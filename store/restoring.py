"""An entry brought back to what it said once, gone or not; that too is a change in its history."""

from __future__ import annotations

from sqlalchemy.orm import Session

from store.browsing import read_entries
from store.changes import next_change
from store.collections import ensure_collection
from store.drafts import EntryDraft, digest, validate
from store.entries import check_free, update_entry
from store.errors import NotFoundError
from store.history import (
    Change,
    RevisionRecord,
    find_revision,
    first_revision,
    history,
    record,
)
from store.models import Action, Status, utc_now
from store.writing import place_entries

FIRST = 0
"""Stands for what an entry said before its first recorded change."""


def state_after(session: Session, entry_id: int, revision_id: int) -> EntryDraft:
    """Return what the entry said after that change; FIRST: before all of them."""
    found: EntryDraft | None = None
    if revision_id != FIRST:
        change = find_revision(session, entry_id, revision_id)
        found = change.after if change else None
    elif first := first_revision(session, entry_id):
        found = first.before or first.after
    if found is None:
        raise NotFoundError(
            f"entry {entry_id} said nothing after revision {revision_id};"
            f" `tongwen history {entry_id}` lists what it said when"
        )
    return found


def restore_entry(session: Session, entry_id: int, revision_id: int) -> bool:
    """Make the entry say again what it said after a change; whether that changed anything."""
    draft = state_after(session, entry_id, revision_id)
    if read_entries(session, [entry_id]):
        return update_entry(session, entry_id, draft, action=Action.RESTORE)
    _bring_back(session, entry_id, draft, history(session, entry_id)[0])
    return True


def status_before_archive(session: Session, entry_id: int) -> Status:
    """Return the status that the last archiving took from an entry; active if none is known."""
    archived = (
        one.before
        for one in history(session, entry_id)
        if one.before and one.after and one.after.status is Status.ARCHIVED
    )
    known = (draft.status for draft in archived if draft.status is not Status.ARCHIVED)
    return next(known, Status.ACTIVE)


def _bring_back(session: Session, entry_id: int, draft: EntryDraft, last: RevisionRecord) -> None:
    validate(draft)
    owner = ensure_collection(session, last.collection)
    check_free(session, owner.id, draft.external_id)
    now = utc_now()
    stamps = [(now, now, 1)]
    place_entries(
        session, owner.id, [entry_id], [draft], [digest(draft)], stamps, next_change(session)
    )
    record(session, [Change(entry_id, last.collection, Action.RESTORE, None, draft)])

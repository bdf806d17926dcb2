"""New rows that a screen took for an entry that is there: left out, or joined to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.answers import answer_key
from store.browsing import read_entries
from store.changes import next_change
from store.drafts import EntryDraft, validate
from store.entry_merges import absorb, check_answers_on
from store.errors import NotFoundError, StoreError
from store.files import RawRow
from store.history import Change, record
from store.models import Action, Collection
from store.screening import Advice, Fate, Resemblance, contradiction, moved, reason
from store.text import normalise
from store.writing import Rewrite, rewrite_entries

Reject = Callable[[RawRow, str], None]


class Joined(NamedTuple):
    """How many rows became part of an entry: those that changed it, and those it said already."""

    updated: int
    unchanged: int


def join_rows(
    session: Session,
    draft: EntryDraft,
    rows: Sequence[RawRow],
    advice: Advice,
    reject: Reject,
) -> Joined:
    """Do as advised with a new entry and the rows it came from; the others are rejected."""
    assert advice.like is not None
    why = reason(advice.like)
    if advice.fate is Fate.SIMILAR:
        try:
            changed = _join(session, draft, advice.like)
            return Joined(len(rows), 0) if changed else Joined(0, len(rows))
        except StoreError as error:
            why = str(error)
    for row in rows:
        reject(row, why)
    return Joined(0, 0)


def _join(session: Session, draft: EntryDraft, like: Resemblance) -> bool:
    """Make the draft a part of the entry; whether that changed anything. StoreError: why not."""
    found = read_entries(session, [like.entry_id]).get(like.entry_id)
    if found is None:
        raise NotFoundError(reason(like))
    if normalise(found.draft.standard) != normalise(like.question):
        raise StoreError(moved(like))
    said = {answer_key(text) for text in (found.draft.answer, draft.answer)} - {b""}
    if len(said) > 1:
        raise StoreError(contradiction(like))
    check_answers_on(found.draft, [draft])
    merged = absorb(found.draft, [draft])
    validate(merged)
    if merged != found.draft:
        owner = session.scalars(
            select(Collection.id).where(Collection.name == found.collection)
        ).one()
        change = next_change(session)
        rewrite_entries(session, owner, [Rewrite(found.id, found.draft, merged)], change)
        changed = Change(found.id, found.collection, Action.IMPORT, found.draft, merged)
        record(session, [changed])
    return merged != found.draft

"""New rows that a screen took for an entry that is there: left out, or joined to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.browsing import read_entries
from store.changes import next_change
from store.drafts import EntryDraft, validate
from store.entry_merges import absorb, check_answers_on
from store.errors import StoreError
from store.files import RawRow
from store.history import Change, record
from store.models import Action, Collection
from store.screening import Advice, Fate, Resemblance, contradiction, reason
from store.text import normalise
from store.writing import Rewrite, rewrite_entries

Reject = Callable[[RawRow, str], None]


def join_rows(
    session: Session,
    draft: EntryDraft,
    rows: Sequence[RawRow],
    advice: Advice,
    reject: Reject,
) -> int:
    """Do as advised with a new entry and the rows it came from; returns how many were joined."""
    assert advice.like is not None
    why = reason(advice.like)
    if advice.fate is Fate.SIMILAR:
        why = _join(session, draft, advice.like)
    if not why:
        return len(rows)
    for row in rows:
        reject(row, why)
    return 0


def _join(session: Session, draft: EntryDraft, like: Resemblance) -> str:
    """Make the draft a part of the entry; returns why not, else nothing."""
    found = read_entries(session, [like.entry_id]).get(like.entry_id)
    if found is None:
        return reason(like)
    answers = {normalise(text) for text in (found.draft.answer, draft.answer) if text.strip()}
    if len(answers) > 1:
        return contradiction(like)
    try:
        check_answers_on(found.draft, [draft])
        merged = absorb(found.draft, [draft])
        validate(merged)
    except StoreError as error:
        return str(error)
    if merged != found.draft:
        owner = session.scalars(
            select(Collection.id).where(Collection.name == found.collection)
        ).one()
        change = next_change(session)
        rewrite_entries(session, owner, [Rewrite(found.id, found.draft, merged)], change)
        changed = Change(found.id, found.collection, Action.IMPORT, found.draft, merged)
        record(session, [changed])
    return ""

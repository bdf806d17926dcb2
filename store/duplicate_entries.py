"""Which entry somebody means: by its number, its own id, or its question as written."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.browsing import read_entries
from store.errors import NotFoundError, StoreError
from store.models import Entry, Kind, Question
from store.pair_decisions import Asked
from store.text import normalise, text_hash


def find_entry(session: Session, name: str) -> int:
    """Return the number of the entry; StoreError where none or several are meant."""
    if name.isdecimal() and len(name) < 19 and read_entries(session, [int(name)]):
        return int(name)
    query = select(Entry.id).where(Entry.external_id == name).limit(3)
    found = list(session.scalars(query))
    if not found:
        asked = select(Question.entry_id).where(
            Question.normalised_hash == text_hash(normalise(name)),
            Question.kind == Kind.STANDARD,
        )
        found = list(session.scalars(asked.order_by(Question.entry_id).limit(3)))
    if not found:
        raise NotFoundError(
            f"no entry '{name[:60]}'; give its number as `tongwen show` prints it, its own id, or"
            " its question"
        )
    if len(found) > 1:
        numbers = ", ".join(map(str, found))
        raise StoreError(f"'{name[:60]}' may be entry {numbers}; give the number")
    return found[0]


def find_question(session: Session, name: str) -> str:
    """Return the standard question of the entry that is meant, else the name as a question."""
    try:
        number = find_entry(session, name)
    except StoreError:
        return name
    return read_entries(session, [number])[number].draft.standard


def find_two(session: Session, first: str, second: str) -> list[Asked]:
    """Return what two entries ask and answer; nothing where not two of them are meant."""
    try:
        numbers = [find_entry(session, name) for name in (first, second)]
    except StoreError:
        return []
    drafts = {number: one.draft for number, one in read_entries(session, numbers).items()}
    return [Asked(one.standard, one.answer) for one in drafts.values()] if len(drafts) > 1 else []

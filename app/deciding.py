"""Deciding about unanswered queries: what becomes of the base, and the labels that remain.

Both are written in one transaction: there is no changed entry without its label, nor the other
way round.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from app.errors import AppError
from app.home import Home
from store.collections import ensure_collection
from store.database import Session
from store.entries import EntryDraft, EntryRecord, add_entry, read_entries, update_entry
from store.labels import put_labels
from store.masking import MASKS
from store.models import Decision, Status
from store.text import normalise


def decide(
    home: Home,
    queries: Sequence[str],
    decision: Decision,
    *,
    entry_id: int | None = None,
    collection: str = "",
    answer: str = "",
    by: str = "",
) -> int | None:
    """Do what was decided about queries that mean the same; return the entry it concerns.

    A new entry without an answer is a draft, which answers nobody until it is completed.
    """
    if not queries:
        raise AppError("no query to decide about; give one")
    if any(not normalise(query) for query in queries):
        raise AppError("a query is empty, or nothing but punctuation; leave it out")
    with home.database.writing(by=by) as session:
        if decision is Decision.NEW:
            entry_id = _add(session, queries, collection, answer)
        elif decision in (Decision.SIMILAR, Decision.NEGATIVE):
            _extend(session, queries, decision, entry_id)
        else:
            entry_id = None
        put_labels(session, queries, decision, entry_id)
    return entry_id


def _add(session: Session, queries: Sequence[str], collection: str, answer: str) -> int:
    if not collection.strip():
        raise AppError("the new entry has no collection; choose one")
    draft = EntryDraft(
        standard=queries[0],
        similar=tuple(_sayable(queries[1:], {normalise(queries[0])})),
        answer=answer.strip(),
        status=Status.ACTIVE if answer.strip() else Status.DRAFT,
    )
    return add_entry(session, ensure_collection(session, collection.strip()), draft)


def _extend(
    session: Session, queries: Sequence[str], decision: Decision, entry_id: int | None
) -> None:
    found = _entry(session, entry_id)
    draft = found.draft
    positive = {normalise(text) for text in (draft.standard, *draft.similar)}
    negative = {normalise(text) for text in draft.negative}
    if decision is Decision.SIMILAR:
        # What is one of its questions from now on can't be forbidden it any more.
        asked = {normalise(text) for text in queries}
        kept = tuple(text for text in draft.negative if normalise(text) not in asked)
        similar = (*draft.similar, *_sayable(queries, positive))
        draft = dataclasses.replace(draft, similar=similar, negative=kept)
    else:
        if own := [text for text in queries if normalise(text) in positive]:
            raise AppError(
                f"'{own[0]}' is a question of entry {found.id}; remove it there before it can be"
                " a negative one"
            )
        draft = dataclasses.replace(draft, negative=(*draft.negative, *_sayable(queries, negative)))
    update_entry(session, found.id, draft)


def _entry(session: Session, entry_id: int | None) -> EntryRecord:
    if entry_id is None:
        raise AppError("no entry was named; say which one by its number")
    found = read_entries(session, [entry_id]).get(entry_id)
    if found is None:
        raise AppError(f"no entry {entry_id}; it may have been merged or deleted meanwhile")
    return found


def _sayable(queries: Sequence[str], known: set[str]) -> list[str]:
    """Return the texts that may become questions: each once, by its normal form.

    One that was masked is nobody's wording.
    """
    found: dict[str, str] = {}
    for text in queries:
        key = normalise(text)
        if key not in known and not any(word in text for word in MASKS):
            found.setdefault(key, text)
    return list(found.values())

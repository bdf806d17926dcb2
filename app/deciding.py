"""Deciding about unanswered queries: what becomes of the base, and the labels that remain.

Both are written in one transaction: there is no changed entry without its label, nor the other
way round.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from app.errors import AppError, OvertakenError
from app.home import Home
from store.collections import ensure_collection
from store.database import Session
from store.entries import EntryDraft, EntryRecord, add_entry, read_entries, update_entry
from store.labels import is_decided, put_labels
from store.masking import MASKS
from store.models import Decision, Status
from store.text import normalise

_NO_WORDING = (
    "nothing here can be a question, as a masked query is nobody's wording; add one in words of"
    " your own"
)


def decide(
    home: Home,
    queries: Sequence[str],
    decision: Decision,
    *,
    entry_id: int | None = None,
    collection: str = "",
    answer: str = "",
    question: str | None = None,
    by: str = "",
    undecided: bool = False,
) -> int | None:
    """Do what was decided about queries that mean the same; return the entry it concerns.

    A new entry without an answer is a draft, which answers nobody until it is completed. The
    `question` is what a person wrote for the queries: it becomes a question before they do.
    `undecided`: as far as whoever decides knows; it is refused if something was decided already.
    """
    if not queries:
        raise AppError("no query to decide about; give one")
    if any(not normalise(query) for query in queries):
        raise AppError("a query is empty, or nothing but punctuation; leave it out")
    written = () if question is None else (question.strip(),)
    with home.database.writing(by=by) as session:
        if undecided and is_decided(session, queries):
            raise OvertakenError(f"'{queries[0]}' was decided about by somebody else meanwhile")
        if decision is Decision.NEW:
            entry_id = _add(session, queries, written, collection, answer)
        elif decision is Decision.SIMILAR:
            _extend(session, (*written, *queries), entry_id)
        elif decision is Decision.NEGATIVE:
            _forbid(session, queries, entry_id)
        else:
            entry_id = None
        put_labels(session, queries, decision, entry_id)
    return entry_id


def _add(
    session: Session, queries: Sequence[str], written: Sequence[str], collection: str, answer: str
) -> int:
    if not collection.strip():
        raise AppError("the new entry has no collection; choose one")
    # A question that was written and can't stand is said, never passed over for a query.
    if not sayable(written or queries):
        raise AppError(_NO_WORDING)
    standard, *similar = sayable((*written, *queries))
    draft = EntryDraft(
        standard=standard,
        similar=tuple(similar),
        answer=answer.strip(),
        status=Status.ACTIVE if answer.strip() else Status.DRAFT,
    )
    return add_entry(session, ensure_collection(session, collection.strip()), draft)


def _extend(session: Session, texts: Sequence[str], entry_id: int | None) -> None:
    found = _entry(session, entry_id)
    draft = found.draft
    asked = {normalise(text) for text in texts}
    known = {normalise(text) for text in (draft.standard, *draft.similar)}
    added = sayable(texts, known)
    if not added and not asked & known:
        raise AppError(_NO_WORDING)
    # What is one of its questions from now on can't be forbidden it any more.
    kept = tuple(text for text in draft.negative if normalise(text) not in asked)
    similar = (*draft.similar, *added)
    update_entry(session, found.id, dataclasses.replace(draft, similar=similar, negative=kept))


def _forbid(session: Session, queries: Sequence[str], entry_id: int | None) -> None:
    found = _entry(session, entry_id)
    draft = found.draft
    positive = {normalise(text) for text in (draft.standard, *draft.similar)}
    if own := [text for text in queries if normalise(text) in positive]:
        raise AppError(
            f"'{own[0]}' is a question of entry {found.id}; remove it there before it can be"
            " a negative one"
        )
    known = {normalise(text) for text in draft.negative}
    negative = (*draft.negative, *sayable(queries, known))
    update_entry(session, found.id, dataclasses.replace(draft, negative=negative))


def _entry(session: Session, entry_id: int | None) -> EntryRecord:
    if entry_id is None:
        raise AppError("no entry was named; say which one by its number")
    found = read_entries(session, [entry_id]).get(entry_id)
    if found is None:
        raise AppError(f"no entry {entry_id}; it may have been merged or deleted meanwhile")
    return found


def sayable(queries: Sequence[str], known: Collection[str] = ()) -> list[str]:
    """Return the texts that may become questions: each once, by its normal form.

    One that was masked is nobody's wording; `known` are normal forms to leave out.
    """
    found: dict[str, str] = {}
    for text in queries:
        key = normalise(text)
        if key and key not in known and not any(word in text for word in MASKS):
            found.setdefault(key, text)
    return list(found.values())

"""Questions as an index reads them: all of them in order, or those changed since a build.

A question row carries what filters need, so that nobody has to look at its entry again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from store.chunks import chunks
from store.models import Collection, DeletedQuestion, Entry, EntryTag, Kind, Question, Status

Rows = Select[*tuple[Any, ...]]

POSITIVE = (Kind.STANDARD, Kind.SIMILAR)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question with the category, tags, status and validity of its entry."""

    id: int
    entry_id: int
    collection_id: int
    kind: Kind
    text: str
    text_hash: bytes
    category: str
    tags: tuple[str, ...]
    status: Status
    valid_from: dt.datetime | None
    valid_until: dt.datetime | None
    change: int


def stream_questions(
    session: Session,
    *,
    collection_ids: Sequence[int] | None = None,
    kinds: Sequence[Kind] | None = None,
    chunk: int = 5000,
) -> Iterator[list[QuestionRow]]:
    """Yield questions by rising id, `chunk` at a time; positive ones unless `kinds` says more."""
    query = _rows().where(Question.kind.in_(POSITIVE if kinds is None else kinds))
    if collection_ids is not None:
        # Plus 0 keeps SQLite off the index by collection, which it would sort again for each page.
        query = query.where((Question.collection_id + 0).in_(collection_ids))
    after = 0
    while True:
        page = query.where(Question.id > after).order_by(Question.id).limit(chunk)
        rows = _fetch(session, page)
        if rows:
            yield rows
            after = rows[-1].id
        if len(rows) < chunk:
            return


def changed_questions(session: Session, covered: Mapping[int, int]) -> list[QuestionRow]:
    """Return questions changed after what `covered` says for their collection (0 if absent).

    Negative ones too: a question that became negative must mask its row in the base.
    """
    since = _since(session, Question.collection_id, Question.change, covered)
    return _fetch(session, _rows().where(since).order_by(Question.id))


def count_changed(session: Session, covered: Mapping[int, int]) -> int:
    """Return how many questions `changed_questions` would give."""
    since = _since(session, Question.collection_id, Question.change, covered)
    return session.scalar(select(func.count()).select_from(Question).where(since)) or 0


def deleted_question_ids(session: Session, covered: Mapping[int, int]) -> list[int]:
    """Return the ids of questions deleted after what `covered` says for their collection."""
    since = _since(session, DeletedQuestion.collection_id, DeletedQuestion.change, covered)
    query = select(DeletedQuestion.question_id).where(since)
    return list(session.scalars(query.order_by(DeletedQuestion.question_id)))


def count_deleted(session: Session, covered: Mapping[int, int]) -> int:
    """Return how many ids `deleted_question_ids` would give."""
    since = _since(session, DeletedQuestion.collection_id, DeletedQuestion.change, covered)
    return session.scalar(select(func.count()).select_from(DeletedQuestion).where(since)) or 0


def read_texts(session: Session, question_ids: Sequence[int]) -> dict[int, str]:
    """Return the texts of those questions that still exist."""
    found: dict[int, str] = {}
    for part in chunks(question_ids):
        query = select(Question.id, Question.text).where(Question.id.in_(part))
        found |= {row.id: row.text for row in session.execute(query)}
    return found


def _since(
    session: Session,
    collection_id: InstrumentedAttribute[int],
    change: InstrumentedAttribute[int],
    covered: Mapping[int, int],
) -> ColumnElement[bool]:
    # The floor is implied by the second condition; it is there for the index on `change`.
    known = session.scalars(select(Collection.id)).all()
    own_of = {**dict.fromkeys(known, 0), **covered}
    floor = min(own_of.values(), default=0)
    if not covered:
        return change > floor
    own: ColumnElement[int] = case(dict(covered), value=collection_id, else_=literal(0))
    return and_(change > floor, change > own)


def _rows() -> Rows:
    return select(
        Question.id,
        Question.entry_id,
        Question.collection_id,
        Question.kind,
        Question.text,
        Question.text_hash,
        Entry.category,
        Entry.status,
        Entry.valid_from,
        Entry.valid_until,
        Question.change,
    ).join(Entry, Entry.id == Question.entry_id)


def _fetch(session: Session, query: Rows) -> list[QuestionRow]:
    found = session.execute(query).all()
    tags = _tags_of(session, sorted({row.entry_id for row in found}))
    # By position: a million rows pass here, and reading fields by name costs as much as the query.
    return [
        QuestionRow(
            number, entry_id, owner, kind, text, key, category, tags.get(entry_id, ()), *shown
        )
        for number, entry_id, owner, kind, text, key, category, *shown in found
    ]


def _tags_of(session: Session, entry_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for part in chunks(entry_ids):
        query = select(EntryTag.entry_id, EntryTag.tag).where(EntryTag.entry_id.in_(part))
        for entry_id, tag in session.execute(query.order_by(EntryTag.entry_id, EntryTag.position)):
            found[entry_id] = (*found.get(entry_id, ()), tag)
    return found

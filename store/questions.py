"""Questions as an index reads them: all of them in order, or those changed since a build.

A question row carries what filters need, so that nobody has to look at its entry again. What
changed is first told as arrays of numbers, so that a million changes need little memory. A
collection that `since` does not name counts as never seen.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, false, func, literal, select
from sqlalchemy.orm import Session

from store.chunks import chunks
from store.models import (
    Collection,
    DeletedQuestion,
    Entry,
    EntryTag,
    Kind,
    Question,
    Status,
    Vector,
)

Rows = Select[*tuple[Any, ...]]
Numbers = NDArray[np.int64]
# What somebody has seen: up to one change number, or up to one for each collection.
Since = Mapping[int, int] | int

POSITIVE = (Kind.STANDARD, Kind.SIMILAR)
_BLOCK = 20_000
# Statements of every search are made once: making one takes longer than what it reads.
_TEXTS = select(Question.id, Question.text).where(Question.id.in_(bindparam("ids", expanding=True)))
_OF_ENTRIES = select(Question.id, Question.entry_id, Question.kind, Question.normalised).where(
    Question.entry_id.in_(bindparam("entries", expanding=True)), Question.kind.in_(POSITIVE)
)
# The index is by collection first; naming them all is what makes SQLite use it.
_SAME = select(Question.id).where(
    Question.collection_id.in_(select(Collection.id).scalar_subquery()),
    Question.normalised_hash == bindparam("hash"),
)


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


@dataclass(frozen=True)
class Changed:
    """Questions that changed, one element each, by rising id.

    `stored` says whether the text has a vector under the model that was asked about.
    """

    ids: Numbers
    changes: Numbers
    negative: NDArray[np.bool_]
    stored: NDArray[np.bool_]


class OfEntry(NamedTuple):
    """A question, the entry it belongs to, and its normal form."""

    id: int
    entry_id: int
    kind: Kind
    normalised: str


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


def changed_since(session: Session, since: Since, model_id: int | None) -> Changed:
    """Return every question that changed, negative ones too, without reading any text."""
    query = select(
        Question.id,
        Question.change,
        Question.kind == Kind.NEGATIVE,
        false() if model_id is None else Vector.text_hash.is_not(None),
    )
    if model_id is not None:
        same = and_(Vector.model_id == model_id, Vector.text_hash == Question.text_hash)
        query = query.outerjoin(Vector, same)
    table = _numbers(session, query.where(_after(session, Question, since)), 4)
    table = table[np.argsort(table[:, 0], kind="stable")]
    flags = table[:, 2:].astype(np.bool_)
    return Changed(table[:, 0].copy(), table[:, 1].copy(), flags[:, 0], flags[:, 1])


def count_changed(session: Session, since: Since) -> int:
    """Return how many questions `changed_since` would give."""
    query = select(func.count()).select_from(Question).where(_after(session, Question, since))
    return session.scalar(query) or 0


def deleted_since(session: Session, since: Since) -> Numbers:
    """Return the ids of the questions that were deleted, rising."""
    query = select(DeletedQuestion.question_id).where(_after(session, DeletedQuestion, since))
    return np.sort(_numbers(session, query, 1)[:, 0])


def newest_questions(session: Session, since: Since, limit: int) -> list[QuestionRow]:
    """Return the questions that changed last, `limit` at most, the newest first."""
    query = _rows().where(_after(session, Question, since))
    return _fetch(session, query.order_by(Question.change.desc(), Question.id.desc()).limit(limit))


def read_questions(session: Session, question_ids: Sequence[int]) -> list[QuestionRow]:
    """Return those of the questions that still exist, by rising id."""
    found: list[QuestionRow] = []
    for part in chunks(sorted(question_ids)):
        found += _fetch(session, _rows().where(Question.id.in_(part)).order_by(Question.id))
    return found


def count_deleted(session: Session, since: Since) -> int:
    """Return how many ids `deleted_since` would give."""
    after = _after(session, DeletedQuestion, since)
    return session.scalar(select(func.count()).select_from(DeletedQuestion).where(after)) or 0


def read_texts(session: Session, question_ids: Sequence[int]) -> dict[int, str]:
    """Return the texts of those questions that still exist."""
    found: dict[int, str] = {}
    for part in chunks(question_ids):
        rows = session.connection().execute(_TEXTS, {"ids": part}).all()
        found |= {row.id: row.text for row in rows}
    return found


def newest_normalised(session: Session, *, after: int, limit: int) -> list[tuple[int, str]]:
    """Return id and normal form of the questions with an id above `after`, the newest first."""
    query = select(Question.id, Question.normalised).where(Question.id > after)
    query = query.order_by(Question.id.desc()).limit(limit)
    return [(row.id, row.normalised) for row in session.execute(query)]


def questions_of(session: Session, entry_ids: Sequence[int]) -> list[OfEntry]:
    """Return the positive questions of the entries, by rising id."""
    found: list[OfEntry] = []
    for part in chunks(entry_ids):
        rows = session.connection().execute(_OF_ENTRIES, {"entries": part}).all()
        found += [OfEntry(*row) for row in rows]
    return sorted(found)


def same_questions(session: Session, normalised_hash: bytes) -> Numbers:
    """Return the ids of the questions with that normal form, in whatever collection, rising."""
    rows = session.connection().execute(_SAME, {"hash": normalised_hash})
    return np.sort(np.array([row.id for row in rows], dtype=np.int64))


def _numbers(session: Session, query: Rows, width: int) -> Numbers:
    """Return the rows of a query for numbers, read block by block into one table."""
    found = session.execute(query.execution_options(yield_per=_BLOCK))
    blocks = [np.empty((0, width), dtype=np.int64)]
    for rows in found.partitions():
        flat = np.fromiter(itertools.chain.from_iterable(rows), np.int64, width * len(rows))
        blocks.append(flat.reshape(-1, width))
    return np.concatenate(blocks)


def _after(
    session: Session, table: type[Question] | type[DeletedQuestion], since: Since
) -> ColumnElement[bool]:
    if isinstance(since, int):
        return table.change > since
    # The floor is implied by the second condition; it is there for the index on `change`.
    known = session.scalars(select(Collection.id)).all()
    floor = min({**dict.fromkeys(known, 0), **since}.values(), default=0)
    if not since:
        return table.change > floor
    own: ColumnElement[int] = case(dict(since), value=table.collection_id, else_=literal(0))
    return and_(table.change > floor, table.change > own)


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

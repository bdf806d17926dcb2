"""Reading entries back: by id, or a page at a time with filters.

Every read costs one query per table, however many entries it returns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from store.chunks import chunks
from store.collections import find_collection
from store.drafts import EntryDraft
from store.models import Collection, Entry, EntryTag, Kind, Question, Status

# Made once: every search reads its entries, and making a statement takes longer than that.
_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
_ENTRIES = (
    select(Entry.__table__, Collection.name.label("collection"))
    .join(Collection, Collection.id == Entry.collection_id)
    .where(Entry.id.in_(_IDS))
)
_TEXTS = (
    select(Question.entry_id, Question.kind, Question.text)
    .where(Question.entry_id.in_(_IDS))
    .order_by(Question.entry_id, Question.kind_order, Question.position)
)
_TAGS = (
    select(EntryTag.entry_id, EntryTag.tag)
    .where(EntryTag.entry_id.in_(_IDS))
    .order_by(EntryTag.entry_id, EntryTag.position)
)


@dataclass(frozen=True)
class EntryRecord:
    """A stored entry: what it says, and when it said so."""

    id: int
    collection: str
    draft: EntryDraft
    created_at: dt.datetime
    updated_at: dt.datetime
    revision: int


def read_entries(session: Session, ids: Sequence[int]) -> dict[int, EntryRecord]:
    """Return those of the entries that exist, by id."""
    found: dict[int, EntryRecord] = {}
    for part in chunks(list(dict.fromkeys(ids))):
        texts = _texts(session, part)
        tags = _tags(session, part)
        for row in session.connection().execute(_ENTRIES, {"ids": part}).all():
            of_kind = texts[row.id]
            draft = EntryDraft(
                standard=next(iter(of_kind[Kind.STANDARD]), ""),
                answer=row.answer,
                external_id=row.external_id,
                similar=tuple(of_kind[Kind.SIMILAR]),
                negative=tuple(of_kind[Kind.NEGATIVE]),
                category=row.category,
                tags=tuple(tags.get(row.id, ())),
                status=row.status,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                extra=row.extra,
            )
            found[row.id] = EntryRecord(
                row.id, row.collection, draft, row.created_at, row.updated_at, row.revision
            )
    return found


def _texts(session: Session, ids: Sequence[int]) -> dict[int, dict[Kind, list[str]]]:
    found: dict[int, dict[Kind, list[str]]] = {
        entry_id: {kind: [] for kind in Kind} for entry_id in ids
    }
    for entry_id, kind, text in session.connection().execute(_TEXTS, {"ids": ids}).all():
        found[entry_id][kind].append(text)
    return found


def _tags(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for entry_id, tag in session.connection().execute(_TAGS, {"ids": ids}).all():
        found.setdefault(entry_id, []).append(tag)
    return found


def browse(
    session: Session,
    *,
    collection: str | None = None,
    contains: str = "",
    category: str | None = None,
    status: Status | None = None,
    after_id: int = 0,
    limit: int = 50,
) -> list[EntryRecord]:
    """Return a page of entries by rising id above `after_id`.

    `contains` is looked for, as it is, in every question, the answer and the external id.
    """
    query = _filtered(session, select(Entry.id), collection, contains, category, status)
    query = query.where(Entry.id > after_id).order_by(Entry.id).limit(limit)
    ids = session.scalars(query).all()
    records = read_entries(session, ids)
    return [records[entry_id] for entry_id in ids]


def count_entries(
    session: Session,
    *,
    collection: str | None = None,
    contains: str = "",
    category: str | None = None,
    status: Status | None = None,
) -> int:
    """Return how many entries `browse` would page through."""
    query = select(func.count()).select_from(Entry)
    return session.scalar(_filtered(session, query, collection, contains, category, status)) or 0


def stream_entries(
    session: Session, collection_id: int, chunk: int = 2000
) -> Iterator[list[EntryRecord]]:
    """Yield a collection's entries by rising id, `chunk` at a time."""
    after = 0
    while True:
        # Plus 0 keeps SQLite off the index by collection, which it would sort for each page.
        query = select(Entry.id).where(Entry.collection_id + 0 == collection_id, Entry.id > after)
        ids = session.scalars(query.order_by(Entry.id).limit(chunk)).all()
        if ids:
            yield list(read_entries(session, ids).values())
            after = ids[-1]
        if len(ids) < chunk:
            return


def _filtered(
    session: Session,
    query: Select[Any],
    collection: str | None,
    contains: str,
    category: str | None,
    status: Status | None,
) -> Select[Any]:
    if collection is not None:
        query = query.where(Entry.collection_id == find_collection(session, collection).id)
    if category is not None:
        query = query.where(Entry.category == category)
    if status is not None:
        query = query.where(Entry.status == status)
    if contains:
        asked = exists().where(
            Question.entry_id == Entry.id, Question.text.icontains(contains, autoescape=True)
        )
        query = query.where(
            or_(
                Entry.answer.icontains(contains, autoescape=True),
                Entry.external_id.icontains(contains, autoescape=True),
                asked,
            )
        )
    return query

"""Collections: finding them by name, and the numbers that describe them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.errors import NotFoundError, StoreError
from store.models import Collection, Entry, EntryTag, Question, Status

MAX_NAME = 200


@dataclass(frozen=True)
class CollectionSummary:
    """What a collection holds; `questions` counts every kind, `updated_at` its last edit."""

    id: int
    name: str
    entries: int
    active_entries: int
    questions: int
    updated_at: dt.datetime | None


def find_collection(session: Session, name: str) -> Collection:
    """Return the collection of that name; NotFoundError lists the ones there are."""
    found = session.scalar(select(Collection).where(Collection.name == name))
    if found is None:
        names = session.scalars(select(Collection.name).order_by(Collection.name)).all()
        known = ", ".join(names) if names else "none yet"
        raise NotFoundError(
            f"no collection '{name}' (there are: {known}); `tongwen import` makes one"
        )
    return found


def ensure_collection(session: Session, name: str) -> Collection:
    """Return the collection of that name, made now if there was none."""
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise StoreError(
            f"{name!r} cannot name a collection; use 1 to {MAX_NAME} printable characters"
        )
    found = session.scalar(select(Collection).where(Collection.name == name))
    if found is None:
        found = Collection(name=name, settings={})
        session.add(found)
        session.flush()
    return found


def collection_ids(session: Session) -> list[int]:
    """Return the id of every collection."""
    return list(session.scalars(select(Collection.id).order_by(Collection.id)))


def summaries(session: Session) -> list[CollectionSummary]:
    """Return every collection with its counts, by name."""
    active = func.count().filter(Entry.status == Status.ACTIVE)
    entries = {
        row[0]: row
        for row in session.execute(
            select(Entry.collection_id, func.count(), active, func.max(Entry.updated_at)).group_by(
                Entry.collection_id
            )
        )
    }
    counts = select(Question.collection_id, func.count()).group_by(Question.collection_id)
    questions = {row[0]: row[1] for row in session.execute(counts)}
    named = session.execute(select(Collection.id, Collection.name).order_by(Collection.name))
    found = []
    for number, name in named:
        _, total, live, updated = entries.get(number, (number, 0, 0, None))
        found.append(
            CollectionSummary(number, name, total, live, questions.get(number, 0), updated)
        )
    return found


def categories(session: Session, collection: str | None = None) -> list[str]:
    """Return the categories in use, in one collection or in all, without the empty one."""
    query = select(Entry.category).where(Entry.category != "").distinct().order_by(Entry.category)
    if collection is not None:
        query = query.where(Entry.collection_id == find_collection(session, collection).id)
    return list(session.scalars(query))


def tags(session: Session, collection: str | None = None) -> list[str]:
    """Return the tags in use, in one collection or in all."""
    query = select(EntryTag.tag).distinct().order_by(EntryTag.tag)
    if collection is not None:
        query = query.join(Entry, Entry.id == EntryTag.entry_id)
        query = query.where(Entry.collection_id == find_collection(session, collection).id)
    return list(session.scalars(query))


def collection_names(session: Session) -> list[str]:
    """Return the name of every collection, without counting what is in it."""
    return list(session.scalars(select(Collection.name).order_by(Collection.name)))

"""Entries by what people outside know them by: their id in another system, or their question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.chunks import chunks
from store.models import Entry, Kind, Question
from store.text import text_hash


def entries_by_external_id(
    session: Session, external_ids: Sequence[str], collection_ids: Sequence[int] | None = None
) -> Mapping[str, frozenset[int]]:
    """Return the ids of the entries that have those external ids, in those collections or any."""
    found: dict[str, set[int]] = defaultdict(set)
    for part in chunks(external_ids):
        query = select(Entry.external_id, Entry.id).where(Entry.external_id.in_(part))
        if collection_ids is not None:
            query = query.where(Entry.collection_id.in_(collection_ids))
        for external_id, number in session.execute(query):
            found[external_id or ""].add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}


def entries_by_question(
    session: Session, texts: Sequence[str], collection_ids: Sequence[int] | None = None
) -> Mapping[str, frozenset[int]]:
    """Return the ids of the entries with those standard questions, in those collections or any."""
    wanted = {text_hash(text): text for text in texts}
    found: dict[str, set[int]] = defaultdict(set)
    for part in chunks(list(wanted)):
        query = select(Question.text_hash, Question.entry_id)
        query = query.where(Question.text_hash.in_(part), Question.kind == Kind.STANDARD)
        if collection_ids is not None:
            query = query.where(Question.collection_id.in_(collection_ids))
        for key, number in session.execute(query):
            found[wanted[key]].add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}

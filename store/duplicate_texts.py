"""Questions as a search for duplicates reads them: numbers and hashes, in blocks.

Archived entries and negative questions are left out. No text is read: a million questions are
compared by their vectors, and only those that look alike are looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from store.answers import answer_key
from store.chunks import chunks
from store.models import Entry, Question, Status
from store.questions import POSITIVE


@dataclass(frozen=True)
class TextBlock:
    """Some questions by rising id; hashes are of the text as given and of its normal form."""

    ids: NDArray[np.int64]
    entries: NDArray[np.int64]
    collections: NDArray[np.int64]
    standard: NDArray[np.bool_]
    text_hashes: NDArray[np.void]
    hashes: NDArray[np.void]


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What decides how entries belong together: `answer` is a digest, empty where there is none."""

    answer: bytes
    standard: bytes


def stream_texts(
    session: Session, *, collection_ids: Sequence[int] | None = None, chunk: int = 20_000
) -> Iterator[TextBlock]:
    """Yield the questions by rising id, whether they have a vector or not."""
    query = (
        select(
            Question.id,
            Question.entry_id,
            Question.collection_id,
            Question.kind_order,
            Question.text_hash,
            Question.normalised_hash,
        )
        .join(Entry, Entry.id == Question.entry_id)
        .where(Question.kind.in_(POSITIVE), Entry.status != Status.ARCHIVED)
    )
    if collection_ids is not None:
        # Plus 0 keeps SQLite off the index by collection, which it would sort for each page.
        query = query.where((Question.collection_id + 0).in_(collection_ids))
    after = 0
    while True:
        page = query.where(Question.id > after).order_by(Question.id).limit(chunk)
        rows = session.execute(page).all()
        if rows:
            yield _block(rows)
            after = rows[-1][0]
        if len(rows) < chunk:
            return


def _block(rows: Sequence[Any]) -> TextBlock:
    ids, entries, collections, orders, texts, hashes = zip(*rows, strict=True)
    return TextBlock(
        np.array(ids, dtype=np.int64),
        np.array(entries, dtype=np.int64),
        np.array(collections, dtype=np.int64),
        np.array(orders, dtype=np.int64) == 0,
        np.frombuffer(b"".join(texts), dtype="V16"),
        np.frombuffer(b"".join(hashes), dtype="V16"),
    )


def read_facts(session: Session, entry_ids: Sequence[int]) -> dict[int, EntryFacts]:
    """Return the digests of the entries' answers and standard questions."""
    found: dict[int, EntryFacts] = {}
    for part in chunks(entry_ids):
        query = (
            select(Entry.id, Entry.answer, Question.normalised_hash)
            .join(Question, and_(Question.entry_id == Entry.id, Question.kind_order == 0))
            .where(Entry.id.in_(part))
        )
        for entry_id, answer, standard in session.execute(query):
            found[entry_id] = EntryFacts(answer_key(answer), standard)
    return found


def read_standards(session: Session, entry_ids: Sequence[int]) -> dict[int, str]:
    """Return the standard question of each of the entries."""
    found: dict[int, str] = {}
    for part in chunks(entry_ids):
        query = select(Question.entry_id, Question.text).where(Question.entry_id.in_(part))
        rows = session.execute(query.where(Question.kind_order == 0))
        found |= {row[0]: row[1] for row in rows}
    return found


def stream_answers(
    session: Session, collection_ids: Sequence[int] | None = None, chunk: int = 5000
) -> Iterator[list[tuple[int, str]]]:
    """Yield the id and the answer of each entry that has one and is not archived."""
    query = select(Entry.id, Entry.answer).where(
        Entry.answer != "", Entry.status != Status.ARCHIVED
    )
    if collection_ids is not None:
        query = query.where((Entry.collection_id + 0).in_(collection_ids))
    after = 0
    while True:
        page = query.where(Entry.id > after).order_by(Entry.id).limit(chunk)
        rows = [(row[0], row[1]) for row in session.execute(page)]
        if rows:
            yield rows
            after = rows[-1][0]
        if len(rows) < chunk:
            return


def sample_standards(
    session: Session,
    collection_ids: Sequence[int] | None = None,
    *,
    always: Sequence[int] = (),
    limit: int,
) -> list[tuple[int, bytes]]:
    """Return entries with the hash of their standard question: those named, then an even sample."""
    query = select(Question.entry_id, Question.text_hash).where(Question.kind_order == 0)
    if collection_ids is not None:
        query = query.where(Question.collection_id.in_(collection_ids))
    lowest, highest = session.execute(select(func.min(Question.id), func.max(Question.id))).one()
    found: dict[int, bytes] = {}
    for part in chunks(list(always)[:limit]):
        found |= {
            row[0]: row[1] for row in session.execute(query.where(Question.entry_id.in_(part)))
        }
    if lowest is None:
        return []
    # Every so-many-th number, so that the sample is even and takes no look at each row's text.
    step = max((highest - lowest + 1) // max(limit, 1), 1)
    sampled = query.where(Question.id % step == lowest % step).order_by(Question.id)
    if step == 1:
        sampled = query.order_by(Question.id)
    for entry, key in session.execute(sampled.limit(limit)):
        if len(found) >= limit:
            break
        found.setdefault(entry, key)
    return sorted(found.items())

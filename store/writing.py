"""How an entry becomes rows: many at once when new, row by row where one changed.

A question keeps its id for as long as its text stays with the entry. What decides whether a
question may be found (its text, kind, and the entry's category, tags, status and validity)
moves its change number; an answer does not.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.orm import Session

from store.changes import reserve_entry_ids, touch
from store.chunks import chunks
from store.drafts import EntryDraft, digest
from store.inserting import insert_rows
from store.models import DeletedQuestion, Entry, EntryTag, Kind, Question, utc_now
from store.text import fold

_ENTRY_COLUMNS = (
    *("id", "collection_id", "external_id", "answer", "category", "status"),
    *("valid_from", "valid_until", "extra", "content_hash", "created_at", "updated_at"),
    "revision",
)
_QUESTION_COLUMNS = (
    *("entry_id", "collection_id", "change", "kind", "kind_order", "position"),
    *("text", "text_hash", "normalised", "normalised_hash"),
)
_CONTENT = (
    *("external_id", "answer", "category", "status", "valid_from", "valid_until", "extra"),
    *("content_hash", "updated_at"),
)
Stamp = tuple[dt.datetime, dt.datetime, int]
_ORDER = {Kind.STANDARD: 0, Kind.SIMILAR: 1, Kind.NEGATIVE: 2}


_ENTRIES, _QUESTIONS = cast(Table, Entry.__table__), cast(Table, Question.__table__)
_REWRITE_ENTRY = (
    _ENTRIES.update()
    .where(_ENTRIES.c.id == bindparam("number"))
    .values({name: bindparam(name) for name in _CONTENT})
    .values(revision=_ENTRIES.c.revision + 1)
)
_MOVE_QUESTION = (
    _QUESTIONS.update()
    .where(_QUESTIONS.c.id == bindparam("number"))
    .values({name: bindparam(name) for name in ("kind", "kind_order", "position", "change")})
)


class Rewrite(NamedTuple):
    """A stored entry that says `old` and is to say `new`."""

    entry_id: int
    old: EntryDraft
    new: EntryDraft


def insert_entries(
    session: Session,
    collection_id: int,
    drafts: Sequence[EntryDraft],
    digests: Sequence[bytes],
    change: int,
) -> list[int]:
    """Store new entries and return their ids, in the order of the drafts."""
    if not drafts:
        return []
    ids = list(reserve_entry_ids(session, len(drafts)))
    now = utc_now()
    place_entries(
        session, collection_id, ids, drafts, digests, itertools.repeat((now, now, 1)), change
    )
    return ids


def place_entries(
    session: Session,
    collection_id: int,
    ids: Sequence[int],
    drafts: Sequence[EntryDraft],
    digests: Sequence[bytes],
    stamps: Iterable[Stamp],
    change: int,
) -> None:
    """Store entries under ids that are theirs.

    A stamp says when the entry was made and last changed, and its revision.
    """
    touch(session, collection_id)
    entries = [
        (
            entry_id,
            collection_id,
            draft.external_id,
            draft.answer,
            draft.category,
            draft.status,
            draft.valid_from,
            draft.valid_until,
            dict(draft.extra),
            content_hash,
            *stamp,
        )
        for entry_id, draft, content_hash, stamp in zip(ids, drafts, digests, stamps, strict=False)
    ]
    insert_rows(session, Entry, entries, _ENTRY_COLUMNS)
    numbered = list(zip(ids, drafts, strict=True))
    questions = [
        _question(entry_id, collection_id, kind, position, text, change)
        for entry_id, draft in numbered
        for kind, position, text in _questions(draft)
    ]
    insert_rows(session, Question, questions, _QUESTION_COLUMNS)
    _insert_tags(session, numbered)


def rewrite_entries(
    session: Session, collection_id: int, rewrites: Sequence[Rewrite], change: int
) -> None:
    """Turn stored entries of a collection, each of them once, into what they are to say."""
    touch(session, collection_id)
    now = utc_now()
    values = [_content(one, now) for one in rewrites]
    session.connection().execute(_REWRITE_ENTRY, values)
    tagged = [(one.entry_id, one.new) for one in rewrites if one.old.tags != one.new.tags]
    for part in chunks([entry_id for entry_id, _ in tagged]):
        session.execute(delete(EntryTag).where(EntryTag.entry_id.in_(part)))
    _insert_tags(session, tagged)
    for some in chunks(rewrites):
        asked = [one for one in some if _questions(one.old) != _questions(one.new)]
        if asked:
            _rewrite_questions(session, collection_id, asked, change)
    found = [one.entry_id for one in rewrites if _findable(one.old) != _findable(one.new)]
    bump_questions(session, found, change)
    session.expire_all()


def bump_questions(session: Session, entry_ids: Sequence[int], change: int) -> None:
    """Give the entries' questions a new change number."""
    for part in chunks(entry_ids):
        moved = update(Question).where(Question.entry_id.in_(part)).values(change=change)
        session.execute(moved.execution_options(synchronize_session=False))


def bury_entries(session: Session, entry_ids: Sequence[int], change: int) -> None:
    """Delete entries and leave a tombstone for each of their questions."""
    for part in chunks(entry_ids):
        buried = select(Question.id, Question.collection_id).where(Question.entry_id.in_(part))
        questions = [(row.id, row.collection_id) for row in session.execute(buried)]
        _bury(session, questions, change)
        for collection_id in {collection_id for _, collection_id in questions}:
            touch(session, collection_id)
        gone = delete(Entry).where(Entry.id.in_(part))
        session.execute(gone.execution_options(synchronize_session=False))
    session.expire_all()


def _content(rewrite: Rewrite, now: dt.datetime) -> dict[str, Any]:
    new = rewrite.new
    return {
        "number": rewrite.entry_id,
        "external_id": new.external_id,
        "answer": new.answer,
        "category": new.category,
        "status": new.status,
        "valid_from": new.valid_from,
        "valid_until": new.valid_until,
        "extra": dict(new.extra),
        "content_hash": digest(new),
        "updated_at": now,
    }


def _findable(draft: EntryDraft) -> tuple[object, ...]:
    return draft.category, draft.tags, draft.status, draft.valid_from, draft.valid_until


def _questions(draft: EntryDraft) -> list[tuple[Kind, int, str]]:
    return [
        (Kind.STANDARD, 0, draft.standard),
        *[(Kind.SIMILAR, position, text) for position, text in enumerate(draft.similar)],
        *[(Kind.NEGATIVE, position, text) for position, text in enumerate(draft.negative)],
    ]


def _question(
    entry_id: int, collection_id: int, kind: Kind, position: int, text: str, change: int
) -> tuple[object, ...]:
    return (entry_id, collection_id, change, kind, _ORDER[kind], position, text, *fold(text))


def _insert_tags(session: Session, numbered: Sequence[tuple[int, EntryDraft]]) -> None:
    rows = [
        (entry_id, position, tag)
        for entry_id, draft in numbered
        for position, tag in enumerate(draft.tags)
    ]
    insert_rows(session, EntryTag, rows, ("entry_id", "position", "tag"))


def _rewrite_questions(
    session: Session, collection_id: int, rewrites: Sequence[Rewrite], change: int
) -> None:
    stored = session.execute(
        select(
            *(Question.id, Question.entry_id, Question.kind, Question.position),
            *(Question.text, Question.change),
        )
        .where(Question.entry_id.in_([one.entry_id for one in rewrites]))
        .order_by(Question.kind_order, Question.position)
    ).all()
    by_text: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in stored:
        by_text[row.entry_id, row.text].append(row)
    kept: set[int] = set()
    homeless: list[tuple[object, ...]] = []
    moved: list[dict[str, Any]] = []
    for entry_id, kind, position, text in _asked(rewrites):
        rows = by_text[entry_id, text]
        if not rows:
            homeless.append(_question(entry_id, collection_id, kind, position, text, change))
            continue
        # A text that stays in its kind is nearer than one that moves to another.
        row = next((row for row in rows if row.kind is kind), rows[0])
        rows.remove(row)
        kept.add(row.id)
        if (row.kind, row.position) != (kind, position):
            place = {"kind": kind, "kind_order": _ORDER[kind], "position": position}
            changed = row.change if row.kind is kind else change
            moved.append({"number": row.id, "change": changed, **place})
    if moved:
        session.connection().execute(_MOVE_QUESTION, moved)
    gone = [row.id for row in stored if row.id not in kept]
    _bury(session, [(question_id, collection_id) for question_id in gone], change)
    for part in chunks(gone):
        session.execute(delete(Question).where(Question.id.in_(part)))
    insert_rows(session, Question, homeless, _QUESTION_COLUMNS)


def _asked(rewrites: Sequence[Rewrite]) -> Iterator[tuple[int, Kind, int, str]]:
    for one in rewrites:
        for kind, position, text in _questions(one.new):
            yield one.entry_id, kind, position, text


def _bury(session: Session, questions: Sequence[tuple[int, int]], change: int) -> None:
    rows = [(question_id, collection_id, change) for question_id, collection_id in questions]
    insert_rows(session, DeletedQuestion, rows, ("question_id", "collection_id", "change"))

"""What people decided about pairs of questions, remembered by the questions' normal forms.

A decision is about two texts, in no order, and stays with them through reindexing, another
model, and an import of the same base. Where both ask the same, it is about their answers too: a
further entry that asks it and answers otherwise is another matter. The last word counts.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from store.answers import answer_key
from store.errors import NotFoundError
from store.inserting import insert_rows
from store.models import Judgement, PairDecision, utc_now
from store.text import normalise, text_hash

Pair = tuple[bytes, bytes]
_GONE = delete(PairDecision).where(
    PairDecision.first_hash == bindparam("first"), PairDecision.second_hash == bindparam("second")
)
_COLUMNS = (
    *("first_hash", "second_hash", "decision", "first_text", "second_text", "by", "decided_at"),
)


@dataclass(frozen=True)
class DecisionRecord:
    """A decision with its two questions as they were written when it was made, and its key."""

    key: Pair
    first: str
    second: str
    decision: Judgement
    by: str
    decided_at: dt.datetime


class Asked(NamedTuple):
    """What an entry asks and answers."""

    question: str
    answer: str = ""


def pair_key(first: Asked, second: Asked) -> Pair:
    """Return what a pair of entries is known by, whichever comes first."""
    return entry_key(_hashes(first), _hashes(second))


def _hashes(asked: Asked) -> tuple[bytes, bytes]:
    return text_hash(normalise(asked.question)), answer_key(asked.answer)


def pairs_by_key(pairs: Iterable[tuple[Asked, Asked]]) -> dict[Pair, tuple[Asked, Asked]]:
    """Return pairs of entries by their keys, each once."""
    hashes = functools.cache(_hashes)  # An entry of a large cluster is in hundreds of pairs.
    return {entry_key(hashes(first), hashes(second)): (first, second) for first, second in pairs}


def entry_key(first: tuple[bytes, bytes], second: tuple[bytes, bytes]) -> Pair:
    """Return the key of a pair by the hashes of its questions' normal forms and its answers."""
    if first[0] != second[0]:
        return hash_key(first[0], second[0])
    return hash_key(*(blake2b(b"".join(one), digest_size=16).digest() for one in (first, second)))


def hash_key(first: bytes, second: bytes) -> Pair:
    """Return the key of a pair of different questions by the hashes of their normal forms."""
    return (first, second) if first <= second else (second, first)


def decide(
    session: Session,
    pairs: Iterable[tuple[Asked, Asked]],
    decision: Judgement,
    *,
    by: str | None = None,
    decided_at: dt.datetime | None = None,
) -> int:
    """Remember the decision for each pair of entries; returns how many pairs there were.

    It is the session's author's and of now, unless said otherwise.
    """
    by = str(session.info.get("by", "")) if by is None else by
    known = pairs_by_key(pairs)
    forget(session, list(known))
    when = decided_at or utc_now()
    rows = [
        (*key, decision, first.question, second.question, by, when)
        for key, (first, second) in known.items()
    ]
    insert_rows(session, PairDecision, rows, _COLUMNS)
    return len(known)


def forget(session: Session, pairs: Sequence[Pair]) -> int:
    """Take decisions back; returns how many there were."""
    if not pairs:
        return 0
    values = [{"first": first, "second": second} for first, second in pairs]
    gone = session.connection().execute(_GONE, values)
    session.expire_all()
    return gone.rowcount


def forget_pair(session: Session, first: str, second: str) -> None:
    """Take the decision about two questions back; NotFoundError where there is none."""
    keys = {pair_key(Asked(first), Asked(second))}
    if normalise(first) == normalise(second):  # Then it is about answers, too, whichever.
        said = {normalise(first)}
        keys |= {
            (row.first_hash, row.second_hash)
            for row in session.scalars(select(PairDecision))
            if {normalise(row.first_text), normalise(row.second_text)} == said
        }
    _forget_some(session, list(keys), first, second)


def forget_asked(session: Session, first: Asked, second: Asked) -> None:
    """Take the decision about two entries back, and none about others that ask the same."""
    _forget_some(session, [pair_key(first, second)], first.question, second.question)


def _forget_some(session: Session, keys: Sequence[Pair], first: str, second: str) -> None:
    if not forget(session, keys):
        raise NotFoundError(
            f"nothing is decided about '{first[:40]}' and '{second[:40]}';"
            " `tongwen duplicates decisions` lists what is"
        )


def find_decision(session: Session, key: Pair) -> DecisionRecord | None:
    """Return the decision about a pair, None where nothing is decided."""
    row = session.get(PairDecision, key)
    return None if row is None else _record(row)


def all_decisions(session: Session) -> Mapping[Pair, Judgement]:
    """Return every decision by its pair."""
    query = select(PairDecision.first_hash, PairDecision.second_hash, PairDecision.decision)
    return {(first, second): decision for first, second, decision in session.execute(query)}


def list_decisions(
    session: Session, *, decision: Judgement | None = None, limit: int = 1000, offset: int = 0
) -> list[DecisionRecord]:
    """Return decisions, the newest first."""
    query = select(PairDecision).order_by(
        PairDecision.decided_at.desc(), PairDecision.first_hash, PairDecision.second_hash
    )
    if decision is not None:
        query = query.where(PairDecision.decision == decision)
    return [_record(row) for row in session.scalars(query.limit(limit).offset(offset))]


def _record(row: PairDecision) -> DecisionRecord:
    return DecisionRecord(
        key=(row.first_hash, row.second_hash),
        first=row.first_text,
        second=row.second_text,
        decision=row.decision,
        by=row.by,
        decided_at=row.decided_at,
    )

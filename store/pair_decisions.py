"""What people decided about pairs of questions, remembered by the questions' normal forms.

A decision is about two texts, in no order, and stays with them through reindexing, another
model, and an import of the same base. The last word counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from store.chunks import chunks
from store.errors import NotFoundError
from store.models import Judgement, PairDecision, utc_now
from store.text import normalise, text_hash

Pair = tuple[bytes, bytes]


@dataclass(frozen=True)
class DecisionRecord:
    """A decision with its two questions as they were written when it was made."""

    first: str
    second: str
    decision: Judgement
    by: str
    decided_at: dt.datetime

    @property
    def key(self) -> Pair:
        """What the pair is known by."""
        return pair_key(self.first, self.second)


def pair_key(first: str, second: str) -> Pair:
    """Return what a pair of questions is known by, whichever comes first."""
    return hash_key(text_hash(normalise(first)), text_hash(normalise(second)))


def hash_key(first: bytes, second: bytes) -> Pair:
    """Return the key of a pair by the hashes of its normal forms."""
    return (first, second) if first <= second else (second, first)


def decide(session: Session, pairs: Iterable[tuple[str, str]], decision: Judgement) -> int:
    """Remember the decision for each pair of questions; returns how many pairs there were."""
    by, now = str(session.info.get("by", "")), utc_now()
    known = {pair_key(first, second): (first, second) for first, second in pairs}
    for key, (first, second) in known.items():
        session.merge(
            PairDecision(
                first_hash=key[0],
                second_hash=key[1],
                decision=decision,
                first_text=first,
                second_text=second,
                by=by,
                decided_at=now,
            )
        )
    session.flush()
    return len(known)


def forget(session: Session, pairs: Iterable[Pair]) -> int:
    """Take decisions back; returns how many there were."""
    count = 0
    for first, second in pairs:
        gone = delete(PairDecision).where(
            PairDecision.first_hash == first, PairDecision.second_hash == second
        )
        found = session.execute(gone.returning(PairDecision.first_hash)).all()
        count += len(found)
    return count


def forget_pair(session: Session, first: str, second: str) -> None:
    """Take the decision about two questions back; NotFoundError where there is none."""
    if not forget(session, [pair_key(first, second)]):
        raise NotFoundError(
            f"nothing is decided about '{first[:40]}' and '{second[:40]}';"
            " `tongwen duplicates decisions` lists what is"
        )


def decisions_among(session: Session, hashes: Sequence[bytes]) -> Mapping[Pair, Judgement]:
    """Return the decisions whose first question is one of those, by normalised hash."""
    found: dict[Pair, Judgement] = {}
    if not session.scalar(select(func.count()).select_from(PairDecision)):
        return found
    for part in chunks(hashes):
        query = select(PairDecision.first_hash, PairDecision.second_hash, PairDecision.decision)
        for first, second, decision in session.execute(
            query.where(PairDecision.first_hash.in_(part))
        ):
            found[first, second] = decision
    return found


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
    return [
        DecisionRecord(row.first_text, row.second_text, row.decision, row.by, row.decided_at)
        for row in session.scalars(query.limit(limit).offset(offset))
    ]

"""Numbers that only rise: of changes, of entries, and of edits of one collection.

A number is given out inside the transaction that writes, under the write lock, so numbers
become visible in the order in which they were given, and none is ever given twice.
"""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from store.models import Counter, Entry

_CHANGE = "change"
_ENTRY = "entry"
_VALUE_OF = select(Counter.value).where(Counter.name == bindparam("name"))


def next_change(session: Session) -> int:
    """Return the next change number, one higher than any before; needs a writing session."""
    return _advance(session, _CHANGE, 1)


def last_change(session: Session) -> int:
    """Return the last change number given out, 0 where nothing was ever written."""
    return _value(session, _CHANGE)


def reserve_entry_ids(session: Session, count: int) -> range:
    """Return `count` ids for new entries, never used before.

    Taken here and not from the database, because rows can then be inserted all at once and
    their questions still know them.
    """
    highest = session.scalar(select(func.max(Entry.id))) or 0
    behind = max(highest - _value(session, _ENTRY), 0)
    last = _advance(session, _ENTRY, behind + count)
    return range(last - count + 1, last + 1)


def touch(session: Session, collection_id: int) -> None:
    """Note that something in the collection was edited, be it an answer only."""
    _advance(session, f"edits {collection_id}", 1)


def edits(session: Session, collection_id: int) -> int:
    """Return a number that is another one after every edit in the collection."""
    return _value(session, f"edits {collection_id}")


def _value(session: Session, name: str) -> int:
    return session.connection().scalar(_VALUE_OF, {"name": name}) or 0


def _advance(session: Session, name: str, by: int) -> int:
    step = update(Counter).where(Counter.name == name).values(value=Counter.value + by)
    step = step.execution_options(synchronize_session=False)
    number = session.execute(step.returning(Counter.value)).scalar()
    if number is None:
        session.execute(insert(Counter).values(name=name, value=by))
        return by
    return number

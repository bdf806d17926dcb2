"""What a person who looks after the database wants to know about it, and what can be mended."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, select, text, tuple_
from sqlalchemy.orm import Session

from store.models import Question, Vector

_AT_ONCE = 10_000


def integrity_faults(session: Session) -> list[str]:
    """Return what the database itself finds wrong with its file; SQLite only, else nothing."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    lines = [str(line) for line in session.scalars(text("PRAGMA integrity_check"))]
    broken = session.execute(text("PRAGMA foreign_key_check")).all()
    faults = [line for line in lines if line != "ok"]
    return faults + [f"a row of {row[0]} points to a missing row of {row[2]}" for row in broken]


def count_unused_vectors(session: Session, model_id: int) -> int:
    """Return how many vectors under the model belong to no question any more."""
    unused = and_(Vector.model_id == model_id, _is_unused())
    return session.scalar(select(func.count()).select_from(Vector).where(unused)) or 0


def count_damaged_vectors(session: Session) -> int:
    """Return how many vectors, of any model, have another length than they say."""
    return session.scalar(select(func.count()).select_from(Vector).where(_is_damaged())) or 0


def delete_unused_vectors(session: Session, model_id: int) -> int:
    """Delete some vectors under the model that belong to no question; 0 where none is left."""
    return _delete_some(session, and_(Vector.model_id == model_id, _is_unused()))


def delete_damaged_vectors(session: Session) -> int:
    """Delete some vectors of a wrong length, to be embedded again; 0 where none is left."""
    return _delete_some(session, _is_damaged())


def _is_unused() -> ColumnElement[bool]:
    return ~exists().where(Question.text_hash == Vector.text_hash)


def _is_damaged() -> ColumnElement[bool]:
    size = case((Vector.dtype == "float16", 2), else_=4)
    return func.length(Vector.data) != Vector.dimension * size


def _delete_some(session: Session, which: ColumnElement[bool]) -> int:
    key = (Vector.model_id, Vector.text_hash)
    some = session.execute(select(*key).where(which).limit(_AT_ONCE)).all()
    if some:
        for start in range(0, len(some), 400):
            part = [tuple(row) for row in some[start : start + 400]]
            gone = delete(Vector).where(tuple_(*key).in_(part))
            session.execute(gone.execution_options(synchronize_session=False))
    return len(some)

"""What a person who looks after the database wants to know about it."""

from __future__ import annotations

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from store.models import Question, Vector


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
    used = exists().where(Question.text_hash == Vector.text_hash)
    query = select(func.count()).select_from(Vector).where(Vector.model_id == model_id, ~used)
    return session.scalar(query) or 0

"""The index of words: which questions have a token, in SQLite's FTS5.

A question keeps its text for as long as it keeps its id, and ids only rise. So the index is
only ever added to, in the order of ids: every question up to `Indexed.until` is in it, none
beyond, and nothing of it has to follow an edit. What was deleted since is left for the reader
to pass over, and goes when the index is made again. Tokens are from store/tokens.py, which
lets through nothing that FTS5 could read as syntax; they are quoted all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import bindparam, delete, exc, func, insert, select, text
from sqlalchemy.orm import Session

from store.chunks import chunks
from store.errors import DamagedWordsError
from store.models import Counter, LexicalFrequency, Question
from store.questions import Numbers
from store.tokens import tokens

_UNTIL, _DOCUMENTS, _TOKENS = "lexical until", "lexical documents", "lexical tokens"
_COUNTED = "lexical counted"
# As the migrations make it.
_TABLE = """
CREATE VIRTUAL TABLE lexical USING fts5(
    tokens, content='', detail=none, tokenize = "ascii tokenchars '-_./&''+#%@'"
)
"""
_PARTS = ("lexical_data", "lexical_idx", "lexical_docsize", "lexical_config")
# Statements of every search are made once: making one takes longer than what it reads.
_COUNTERS = select(Counter.name, Counter.value).where(
    Counter.name.in_((_UNTIL, _DOCUMENTS, _TOKENS, _COUNTED))
)
_COMMON_ONES = select(LexicalFrequency.token, LexicalFrequency.documents).where(
    LexicalFrequency.token.in_(bindparam("tokens", expanding=True))
)
# Thousands of ids come faster as one text than as rows.
_WITH_TOKEN = (
    "SELECT group_concat(rowid) AS ids FROM"
    " (SELECT rowid FROM lexical WHERE lexical MATCH ? AND rowid <= ? LIMIT ?)"
)
_TOKENS_AT_ONCE = 50  # SQLite joins at most 500 such queries, and takes longer to read each
# A token in so many questions is common: finding out how many takes longer than a search should.
_COMMON = 200
# Below so many questions no token is common enough to be counted beforehand.
_COUNTED_FROM = 20_000
_GROWTH = 1.1


@dataclass(frozen=True)
class Indexed:
    """How much is in the index: the questions up to an id, their number, that of their tokens."""

    until: int
    documents: int
    tokens: int


def has_index(session: Session) -> bool:
    """Return whether the database can search by words; SQLite only."""
    return session.get_bind().dialect.name == "sqlite"


def indexed(session: Session) -> Indexed:
    """Return how much is in the index."""
    found = _counters(session)
    return Indexed(found.get(_UNTIL, 0), found.get(_DOCUMENTS, 0), found.get(_TOKENS, 0))


def count_stale(session: Session) -> int:
    """Return how many of the indexed questions were deleted since; negative: some are missing."""
    now = indexed(session)
    there = select(func.count()).select_from(Question).where(Question.id <= now.until)
    return now.documents - (session.scalar(there) or 0)


def count_lost(session: Session) -> int:
    """Return how many questions should be in the index and are not."""
    query = text(
        "SELECT count(*) FROM question WHERE id <= :until"
        " AND NOT EXISTS (SELECT 1 FROM lexical_docsize WHERE lexical_docsize.id = question.id)"
    )
    return session.scalar(query, {"until": indexed(session).until}) or 0


def is_readable(session: Session) -> bool:
    """Whether the index can be read whole, and has as many questions as were taken in.

    Reads the whole vocabulary: of a million questions that takes seconds.
    """
    query = "SELECT sum(CASE WHEN term LIKE '@%' THEN doc END) FROM lexical_vocabulary"
    try:
        found = session.connection().exec_driver_sql(query).scalar()
    except exc.DatabaseError:
        return False
    return (found or 0) == indexed(session).documents


def count_unindexed(session: Session) -> int:
    """Return how many questions wait to be taken into the index."""
    query = select(func.count()).where(Question.id > indexed(session).until)
    return session.scalar(query) or 0


def index_more(session: Session, limit: int) -> int:
    """Take the next questions into the index, `limit` at most; return how many there were."""
    before = indexed(session)
    # Writing to a damaged index would fail with another remedy than the one that helps.
    questions_with(session, ["?"], until=before.until, limit=1)
    query = select(Question.id, Question.collection_id, Question.normalised)
    query = query.where(Question.id > before.until).order_by(Question.id).limit(limit)
    rows, count = [], 0
    for number, collection_id, normalised in session.execute(query):
        found = tokens(normalised)
        count += len(found)
        rows.append((number, " ".join({*found.unigrams, *found.words, _scope(collection_id)})))
    if rows:
        statement = "INSERT INTO lexical (rowid, tokens) VALUES (?, ?)"
        session.connection().exec_driver_sql(statement, rows)
        _set(session, _UNTIL, rows[-1][0])
        _set(session, _DOCUMENTS, before.documents + len(rows))
        _set(session, _TOKENS, before.tokens + count)
    return len(rows)


def common_tokens(session: Session) -> dict[str, int]:
    """Count the questions of common tokens, where the index has grown much since that was done.

    Reads the whole vocabulary: of a million questions that takes seconds.
    """
    documents, counters = indexed(session).documents, _counters(session)
    if documents < max(_COUNTED_FROM, _GROWTH * counters.get(_COUNTED, 0)):
        return {}
    query = "SELECT term, doc FROM lexical_vocabulary WHERE doc >= ?"
    return {row.term: row.doc for row in _rows(session, query, [_COMMON])}


def keep_common(session: Session, counted: Mapping[str, int]) -> None:
    """Store what was counted in place of the last count."""
    session.execute(delete(LexicalFrequency))
    session.execute(
        insert(LexicalFrequency),
        [{"token": token, "documents": count} for token, count in counted.items()],
    )
    _set(session, _COUNTED, indexed(session).documents)


def clear(session: Session) -> None:
    """Empty the index, damaged or not; `index_more` fills it again."""
    try:
        session.execute(text("INSERT INTO lexical (lexical) VALUES ('delete-all')"))
    except exc.DatabaseError:
        _make_anew(session)
    session.execute(delete(LexicalFrequency))
    names = (_UNTIL, _DOCUMENTS, _TOKENS, _COUNTED)
    session.execute(delete(Counter).where(Counter.name.in_(names)))


def _make_anew(session: Session) -> None:
    # An index whose own records are lost can neither be told to empty itself nor be dropped: so
    # it is forgotten, after which what it was kept in are tables like others.
    session.execute(text("PRAGMA writable_schema = ON"))
    try:
        session.execute(text("DELETE FROM sqlite_schema WHERE type = 'table' AND name = 'lexical'"))
    finally:
        session.execute(text("PRAGMA writable_schema = RESET"))
    for part in _PARTS:
        session.execute(text(f"DROP TABLE IF EXISTS {part}"))
    session.execute(text(_TABLE))


def frequencies(session: Session, wanted: Iterable[str]) -> dict[str, int]:
    """Return how many indexed questions have each of the tokens, without those that none has."""
    asked = list(dict.fromkeys(wanted))
    found: dict[str, int] = {}
    for part in chunks(asked):
        rows = session.connection().execute(_COMMON_ONES, {"tokens": part}).all()
        found |= {row.token: row.documents for row in rows}
    for part in chunks([token for token in asked if token not in found]):
        marks = ", ".join("?" * len(part))
        query_rare = f"SELECT term, doc FROM lexical_vocabulary WHERE term IN ({marks})"
        found |= {row.term: row.doc for row in _rows(session, query_rare, part)}
    return found


def questions_with(
    session: Session,
    wanted: Sequence[str],
    *,
    until: int,
    limit: int,
    collection_ids: Sequence[int] = (),
) -> list[Numbers]:
    """Return for each token the ids, up to `until`, of questions with it, `limit` at most.

    Of the collections only, where any are named.
    """
    scopes = " OR ".join(_quoted(_scope(number)) for number in collection_ids)
    found: list[Numbers] = []
    for part in chunks(wanted, _TOKENS_AT_ONCE):
        matches = [_quoted(token) + (f" AND ({scopes})" if scopes else "") for token in part]
        values = [value for match in matches for value in (match, until, limit)]
        rows = _rows(session, " UNION ALL ".join([_WITH_TOKEN] * len(part)), values)
        found += [_ids(row.ids) for row in rows]
    return found


def _ids(listed: str | None) -> Numbers:
    return np.fromstring(listed or "", dtype=np.int64, sep=",")


def _rows(session: Session, query: str, values: Sequence[str | int]) -> Sequence[Any]:
    try:
        return session.connection().exec_driver_sql(query, tuple(values)).all()
    except exc.DatabaseError as error:
        raise DamagedWordsError(
            f"the index of words cannot be read ({error.orig}); run `tongwen doctor --fix`"
        ) from error


def _scope(collection_id: int) -> str:
    # No token of a text has this sign in it.
    return f"@{collection_id}"


def _quoted(token: str) -> str:
    return '"' + token.replace('"', '""') + '"'


def _counters(session: Session) -> dict[str, int]:
    return {row.name: row.value for row in session.connection().execute(_COUNTERS).all()}


def _set(session: Session, name: str, value: int) -> None:
    session.merge(Counter(name=name, value=value))
    session.flush()

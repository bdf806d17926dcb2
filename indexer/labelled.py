"""Labelled queries: what people ask, and which entries must answer it.

Read from CSV, XLSX, JSON or JSONL, whatever the encoding. A query may expect several entries,
one of which suffices, or none, where nothing in the base answers it. A row that can't be used
comes back with its reason, and an expected id that the base lacks is named: nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.errors import IndexerError
from indexer.requests import LONGEST_QUERY
from store.columns import fold
from store.database import Session
from store.entries import read_entries
from store.files import RawRow, open_file
from store.labels import entries_saying, list_labels
from store.lookups import entries_by_external_id, entries_by_question
from store.models import Decision, Status

# Names of columns, folded, the better ones first; those from `externalid` on only in tables.
# fmt: off
_QUERY = (
    "query", "queries", "text", "用户问题", "用户提问", "用户问法", "查询", "提问", "问法",
    "测试问题", "问题", "question",
)
_EXPECTED = (
    "expected", "expectedid", "expectedids", "expectedentry", "期望", "期望id", "期望编号", "预期",
    "预期编号", "预期id", "应答编号", "正确编号", "标准编号", "answerid", "label", "externalid",
    "id", "编号",
)
# fmt: on
_NOTHING = {"", "null", "none", "nan", "n/a", "-", "无", "空"}
_MOST = 200_000


@dataclass(frozen=True)
class Labelled:
    """A query; it is answered by an entry with one of the ids, or with that standard question.

    `entry_id` names an entry of this very base. With none of them, nothing answers it.
    """

    query: str
    expected: tuple[str, ...] = ()
    question: str = ""
    entry_id: int | None = None

    @property
    def answerable(self) -> bool:
        """Whether something must answer it."""
        return bool(self.expected or self.question or self.entry_id)


@dataclass(frozen=True)
class Fault:
    """A row that could not be used, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class LabelledFile:
    """What a file of labelled queries held."""

    queries: tuple[Labelled, ...]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Expectation:
    """The entries that a query may find, and which of the ids it names the base lacks."""

    entry_ids: frozenset[int]
    missing: tuple[str, ...]


def read_labelled(path: Path) -> LabelledFile:
    """Read a file of labelled queries; IndexerError where not one row can be used."""
    opened = open_file(path, _score)
    try:
        queries, faults = _sort_out(opened.rows, tabular=opened.tabular)
    finally:
        opened.close()
    if not queries:
        first = f" (line {faults[0].line}: {faults[0].reason})" if faults else ""
        raise IndexerError(
            f'no labelled queries in {path}{first}; rows need "query" and "expected",'
            ' or "question" and "queries"'
        )
    return LabelledFile(tuple(queries), tuple(faults))


def _sort_out(rows: Iterator[RawRow], *, tabular: bool) -> tuple[list[Labelled], list[Fault]]:
    queries: list[Labelled] = []
    faults: list[Fault] = []
    for row in rows:
        try:
            if row.fault:
                raise ValueError(row.fault)
            queries += _queries_of({fold(k): v for k, v in row.whole().items()}, tabular=tabular)
        except ValueError as error:
            faults.append(Fault(row.line, str(error)))
        if len(queries) > _MOST:
            raise IndexerError(f"more than {_MOST:,} queries; split the file")
    return queries, faults


def _queries_of(row: Mapping[str, Any], *, tabular: bool) -> list[Labelled]:
    """Return the queries of a row; ValueError says why there are none."""
    if not tabular and "queries" in row:
        return _queries_of_entry(row)
    names = _EXPECTED if tabular else _EXPECTED[: _EXPECTED.index("externalid")]
    expected = next((name for name in names if name in row), None)
    if expected is None:
        if not tabular and isinstance(row.get("question"), str):
            return []  # An entry that nobody wrote queries for.
        raise ValueError('no "expected" beside the query; leave it empty where nothing answers')
    asked = next((name for name in _QUERY if name in row and name != expected), None)
    return [Labelled(_query(row[asked] if asked else None), _names(row[expected]))]


def _query(value: Any) -> str:
    """Return a query that a search would take; ValueError says why it is none."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    text = str(value).strip() if number or isinstance(value, str) else ""
    if not text.replace("\0", "").strip():
        raise ValueError("no query; write one, or remove the row")
    _check_characters(text)
    if len(text) > LONGEST_QUERY:
        raise ValueError(f"the query has {len(text):,} characters; {LONGEST_QUERY:,} are the most")
    return text


def _check_characters(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("a broken character; write the row again") from error


def _queries_of_entry(row: Mapping[str, Any]) -> list[Labelled]:
    """Return the queries that an entry of an FAQ file brings along."""
    texts = row["queries"] if isinstance(row["queries"], list) else [row["queries"]]
    question = row.get("question")
    expected = _names(next((row[name] for name in ("id", "externalid") if name in row), None))
    if not expected and not (isinstance(question, str) and question.strip()):
        raise ValueError('queries of no entry; give its "id" or its "question"')
    named = "" if expected else str(question)
    _check_characters(named)
    given = [text for text in texts if text is not None and str(text).strip()]
    return [Labelled(_query(text), expected, named) for text in given]


def _names(value: Any) -> tuple[str, ...]:
    """Return the ids that a value names; a list names several."""
    values = value if isinstance(value, list) else [value]
    if any(isinstance(one, dict | list | bool) for one in values):
        raise ValueError('"expected" is neither an id nor a list of ids')
    for one in values:
        _check_characters(str(one))
    texts = [
        str(int(one)) if isinstance(one, float) and one.is_integer() else str(one).strip()
        for one in values
        if one is not None
    ]
    return tuple(dict.fromkeys(text for text in texts if text.casefold() not in _NOTHING))


def _score(headers: Sequence[str]) -> int:
    """Say how well headers are understood: a query and an expected column count."""
    names = {fold(str(header)) for header in headers}
    return sum(bool(names & set(known)) for known in (_QUERY, _EXPECTED))


def decided_queries(session: Session, collections: Sequence[str] = ()) -> LabelledFile:
    """Return the queries that were decided about; what no entry answers yet comes as a fault.

    With `collections`, those that an entry of another one answers are left out.

    Where the entry was merged into another, the one that has the query among its questions
    counts.
    """
    labels = list_labels(session)
    entries = read_entries(session, [label.entry_id for label in labels if label.entry_id])
    lost = [label.query for label in labels if label.entry_id not in entries]
    elsewhere = entries_saying(session, lost)
    entries |= read_entries(session, list(elsewhere.values()))
    queries, faults = [], []
    for label in labels:
        if label.decision in (Decision.NEGATIVE, Decision.NOT_OURS):
            queries.append(Labelled(label.query))
            continue
        found = entries.get(label.entry_id or 0) or entries.get(elsewhere.get(label.query, 0))
        if found is None:
            faults.append(Fault(label.id, f"the entry that answers '{label.query}' is gone"))
        elif collections and found.collection not in collections:
            continue
        elif found.draft.status is not Status.ACTIVE:
            faults.append(
                Fault(label.id, f"entry {found.id}, which answers '{label.query}', is not active")
            )
        else:
            queries.append(Labelled(label.query, entry_id=found.id))
    return LabelledFile(tuple(queries), tuple(faults))


def resolve(
    session: Session, queries: Sequence[Labelled], collection_ids: Sequence[int] | None = None
) -> list[Expectation]:
    """Return what each query expects of this base, in one collection, several or all.

    A name is an external id as it stands, or several with `|` between them, or else a standard
    question.
    """
    parts = {name: _parts(name) for query in queries for name in query.expected}
    asked = [query.question for query in queries if query.question]
    known = {*parts, *(part for several in parts.values() for part in several)}
    by_id = entries_by_external_id(session, sorted(known), collection_ids)
    by_question = entries_by_question(session, sorted({*asked, *known}), collection_ids)

    def entries_of(name: str) -> frozenset[int]:
        return by_id.get(name) or by_question.get(name) or frozenset()

    found = []
    for query in queries:
        names = [query.question] if query.question else []
        for name in query.expected:
            names += [name] if entries_of(name) else parts[name]
        entries = [entries_of(name) for name in names]
        missing = tuple(n for n, ids in zip(names, entries, strict=True) if not ids)
        own = set() if query.entry_id is None else {query.entry_id}
        found.append(Expectation(frozenset(own.union(*entries)), missing))
    return found


def _parts(name: str) -> list[str]:
    return [part.strip() for part in name.split("|") if part.strip()] or [name]

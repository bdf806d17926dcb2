"""Gates: a build is published only if it finds what it is known to have to find.

A figure is a share between 0 and 1, measured on the very build that would be published, by
asking it labelled queries. An expected entry that the base lacks counts as not found.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from indexer.build_content import Content
from indexer.encoder import Encoder
from indexer.errors import IndexerError
from indexer.rows import RowFilter
from indexer.segment import merge
from indexer.watching import UNWATCHED, Watch
from store.database import Session
from store.lookups import entries_by_external_id, entries_by_question

METRICS = ("recall@1", "recall@5", "recall@10", "mrr@10")
_CONDITION = re.compile(r"\s*([a-z]+@\d+)\s*>=\s*([0-9.]+)\s*")
_DEPTH = 10


class Condition(NamedTuple):
    """A figure that a build must reach."""

    metric: str
    least: float

    def __str__(self) -> str:
        return f"{self.metric}>={self.least:g}"


class Query(NamedTuple):
    """A query and what it must find: an external id, or else a standard question."""

    text: str
    external_id: str | None
    question: str


@dataclass(frozen=True)
class Gate:
    """What a build must reach, and the queries it is asked."""

    conditions: tuple[Condition, ...]
    queries: tuple[Query, ...]
    source: str

    def refusal(self, figures: Mapping[str, float]) -> str:
        """Return which conditions the figures miss and by how much; empty if they pass."""
        return ", ".join(
            f"{metric} is {figures[metric]:.4f}, {least - figures[metric]:.4f} under {least:g}"
            for metric, least in self.conditions
            if figures[metric] < least
        )


def read_gate(conditions: Sequence[str], queries: Path) -> Gate:
    """Return the gate of conditions like `recall@1>=0.8` and a file of labelled queries."""
    return Gate(
        tuple(parse_condition(text) for text in conditions), read_queries(queries), str(queries)
    )


def parse_condition(text: str) -> Condition:
    """Return the condition that the text states."""
    match = _CONDITION.fullmatch(text.casefold())
    if match is None or match[1] not in METRICS or match[2].count(".") > 1 or match[2] == ".":
        raise IndexerError(
            f"gate '{text}' is not METRIC>=SHARE; write e.g. 'recall@1>=0.8' (in quotes) with"
            f" one of {', '.join(METRICS)}"
        )
    least = float(match[2])
    if least > 1:
        raise IndexerError(f"gate '{text}' asks for more than all; give a share between 0 and 1")
    return Condition(match[1], least)


def read_queries(path: Path) -> tuple[Query, ...]:
    """Read JSON lines: `query` with `expected` (an external id), or `question` with `queries`.

    A query that expects nothing says nothing about recall and is left out.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise IndexerError(f"cannot read {path} ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise IndexerError(f"{path} is not UTF-8; save it as UTF-8") from error
    found: list[Query] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            found += _queries_of(_row(path, number, line), f"{path}, line {number}")
    if not found:
        raise IndexerError(
            f'no labelled queries in {path}; rows need "query" and "expected",'
            ' or "question" and "queries"'
        )
    return tuple(found)


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise IndexerError(f"{path}, line {number}: not JSON ({error.msg})") from error
    if not isinstance(row, dict):
        raise IndexerError(f"{path}, line {number}: not an object; write one row a line")
    return row


def _queries_of(row: dict[str, Any], place: str) -> list[Query]:
    if isinstance(row.get("query"), str) and "expected" in row:
        expected, text = row["expected"], row["query"]
        return [Query(text, str(expected), "")] if text.strip() and expected is not None else []
    if isinstance(row.get("question"), str):
        texts = [str(text) for text in row.get("queries") or []]
        return [Query(text, None, row["question"]) for text in texts if text.strip()]
    raise IndexerError(f'{place}: neither "query" with "expected" nor "question" with "queries"')


def expected_entries(session: Session, gate: Gate) -> list[frozenset[int]]:
    """Return the entries that each query may find; IndexerError if the base has none of all."""
    named = [q.external_id for q in gate.queries if q.external_id is not None]
    by_id = entries_by_external_id(session, list(dict.fromkeys(named)))
    asked = [q.question for q in gate.queries if q.external_id is None]
    by_question = entries_by_question(session, list(dict.fromkeys(asked)))
    none: frozenset[int] = frozenset()
    found = [
        by_question.get(query.question, none)
        if query.external_id is None
        else by_id.get(query.external_id, none)
        for query in gate.queries
    ]
    if not any(found):
        raise IndexerError(
            f"the base has none of the entries that {gate.source} expects;"
            " import them first or give other --queries"
        )
    return found


def measure(
    content: Content,
    encoder: Encoder,
    gate: Gate,
    expected: Sequence[frozenset[int]],
    watch: Watch = UNWATCHED,
) -> dict[str, float]:
    """Return the figure of each metric for the build, and how many queries decided it."""
    vectors = encoder.encode([query.text for query in gate.queries]).vectors
    now = RowFilter(at=dt.datetime.now(dt.UTC))
    ranks = np.full(len(expected), np.inf)
    for number, (vector, entries) in enumerate(zip(vectors, expected, strict=True)):
        if number % 100 == 0:
            watch.checkpoint()
        hits = merge(content.segment.best(vector, _DEPTH, now), _DEPTH)
        places = [place for place, hit in enumerate(hits, 1) if hit.entry_id in entries]
        ranks[number] = places[0] if places else np.inf
    figures = {f"recall@{k}": float((ranks <= k).mean()) for k in (1, 5, 10)}
    figures["mrr@10"] = float((1 / ranks).mean())
    return {**figures, "queries": len(ranks)}

"""Gates: a build is published only if it finds what it is known to have to find.

A figure is a share between 0 and 1, measured on the very build that would be published, by
asking it labelled queries. An expected entry that the base lacks counts as not found.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from indexer.build_content import Content
from indexer.encoder import Encoder
from indexer.errors import IndexerError
from indexer.labelled import Labelled, read_labelled, resolve
from indexer.rows import RowFilter
from indexer.segment import merge
from indexer.watching import UNWATCHED, Watch
from store.database import Session

METRICS = ("recall@1", "recall@5", "recall@10", "mrr@10")
_CONDITION = re.compile(r"\s*([a-z]+@\d+)\s*>=\s*([0-9.]+)\s*")
_DEPTH = 10


class Condition(NamedTuple):
    """A figure that a build must reach."""

    metric: str
    least: float

    def __str__(self) -> str:
        return f"{self.metric}>={self.least:g}"


@dataclass(frozen=True)
class Gate:
    """What a build must reach, and the queries it is asked."""

    conditions: tuple[Condition, ...]
    queries: tuple[Labelled, ...]
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


def read_queries(path: Path) -> tuple[Labelled, ...]:
    """Read labelled queries as a hit test does; IndexerError for a row that can't be used.

    A query that expects nothing says nothing about recall and is left out.
    """
    read = read_labelled(path)
    if read.faults:
        first = read.faults[0]
        raise IndexerError(f"{path}, line {first.line}: {first.reason}")
    found = tuple(query for query in read.queries if query.answerable)
    if not found:
        raise IndexerError(f"no query in {path} expects an entry; a gate needs some that do")
    return found


def expected_entries(session: Session, gate: Gate) -> list[frozenset[int]]:
    """Return the entries that each query may find; IndexerError if the base has none of all."""
    found = [one.entry_ids for one in resolve(session, gate.queries)]
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
    vectors = encoder.encode([query.query for query in gate.queries]).vectors
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

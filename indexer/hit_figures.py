"""What a hit test says in figures: shares between 0 and 1, and milliseconds.

An answerable query whose entry the base lacks counts as not found. "No answer" is a verdict:
its precision is the share of such verdicts that were right, its recall the share of the
unanswerable queries that got one. A figure that nothing decides is None.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from indexer.errors import IndexerError

DEPTH = 10
NO_ANSWER = "no_answer"
SHARES = (
    "recall@1",
    "recall@3",
    "recall@5",
    "mrr",
    "no_answer_precision",
    "no_answer_recall",
    "verdict_accuracy",
)
LATENCIES = ("p50_ms", "p99_ms")
_CONDITION = re.compile(r"\s*([a-z_0-9@]+)\s*(>=|<=)\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*")

Figures = Mapping[str, float | int | None]


@dataclass(frozen=True)
class QueryOutcome:
    """One query of a hit test: what it expected, and what came.

    `rank` is that of the first right entry among the first ten; None where none is, and for a
    query that expects none. `score` is the cosine, `confidence` what the verdict went by: None in
    runs from before it was kept. `took_ms` is None where the query was not timed.
    """

    query: str
    expected: tuple[str, ...]
    answerable: bool
    missing: tuple[str, ...] = ()
    rank: int | None = None
    score: float | None = None
    confidence: float | None = None
    verdict: str | None = None
    entry_id: int | None = None
    external_id: str | None = None
    question: str = ""
    took_ms: float | None = None

    @property
    def number(self) -> float | None:
        """What the verdict went by; it was the cosine before anything else was kept."""
        return self.score if self.confidence is None else self.confidence

    @property
    def refused(self) -> bool:
        """Whether it was said that there is no answer."""
        if self.verdict is None:
            return self.score is None
        return self.verdict == NO_ANSWER

    @property
    def right(self) -> bool:
        """Whether the best hit was right, or rightly nothing was answered."""
        return self.rank == 1 if self.answerable else self.refused


def figures_of(tested: Sequence[QueryOutcome]) -> dict[str, float | int | None]:
    """Return every figure of the queries."""
    asked = [one for one in tested if one.answerable]
    ranks = [one.rank or math.inf for one in asked]
    figures: dict[str, float | int | None] = {
        "queries": len(tested),
        "answerable": len(asked),
        "unanswerable": len(tested) - len(asked),
        "missing": sum(bool(one.missing) for one in tested),
    }
    for k in (1, 3, 5):
        figures[f"recall@{k}"] = _share(sum(rank <= k for rank in ranks), len(ranks))
    figures["mrr"] = _share(sum(1 / rank for rank in ranks), len(ranks))
    judged = [one for one in tested if one.verdict is not None]
    refused = [one for one in judged if one.refused]
    rightly = sum(not one.answerable for one in refused)
    figures["no_answer_precision"] = _share(rightly, len(refused))
    figures["no_answer_recall"] = _share(rightly, sum(not one.answerable for one in judged))
    agreed = sum(one.refused != one.answerable for one in judged)
    figures["verdict_accuracy"] = _share(agreed, len(judged))
    took = sorted(one.took_ms for one in tested if one.took_ms is not None)
    figures["p50_ms"], figures["p99_ms"] = _quantile(took, 0.5), _quantile(took, 0.99)
    return figures


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None


def _quantile(values: Sequence[float], share: float) -> float | None:
    """Return the least value that at least this share of them does not exceed."""
    return values[max(math.ceil(share * len(values)) - 1, 0)] if values else None


class Condition(NamedTuple):
    """A figure and the value that it must reach, or must not exceed."""

    metric: str
    sign: str
    value: float

    def __str__(self) -> str:
        return f"{self.metric}{self.sign}{self.value:g}"


def parse_condition(text: str) -> Condition:
    """Return the condition that the text states."""
    match = _CONDITION.fullmatch(text.casefold().replace("-", "_"))
    if match is None or match[1].replace("@10", "") not in (*SHARES, *LATENCIES):
        raise IndexerError(
            f"'{text}' is no condition; write e.g. 'recall@1>=0.8' or 'p99_ms<=30' (in quotes)"
            f" with one of {', '.join((*SHARES, *LATENCIES))}"
        )
    metric, value = match[1].replace("@10", ""), float(match[3])
    if metric in SHARES and value > 1:
        raise IndexerError(f"'{text}' asks for more than all; give a share between 0 and 1")
    return Condition(metric, match[2], value)


def missed(conditions: Sequence[Condition], figures: Figures) -> list[str]:
    """Return what is to be said about each condition that the figures do not meet."""
    said = []
    for condition in conditions:
        figure = figures.get(condition.metric)
        if figure is None:
            said.append(f"{condition.metric} can't be told from these queries ({condition})")
        elif not (
            figure >= condition.value if condition.sign == ">=" else figure <= condition.value
        ):
            said.append(f"{condition.metric} is {figure:.4f}, not {condition}")
    return said


class Change(NamedTuple):
    """A query that two runs answered otherwise; a rank of None is not found."""

    query: str
    before: QueryOutcome
    after: QueryOutcome


@dataclass(frozen=True)
class Difference:
    """Two runs side by side, the queries that both asked matched by their text."""

    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    same: int
    only_before: int
    only_after: int
    figures: Mapping[str, tuple[float | int | None, float | int | None]] = field(
        default_factory=dict
    )


def compare(before: Sequence[QueryOutcome], after: Sequence[QueryOutcome]) -> Difference:
    """Return which queries got better or worse from one run to the other."""
    waiting: dict[str, list[QueryOutcome]] = {}
    for one in before:
        waiting.setdefault(one.query, []).append(one)
    better, worse, same, new = [], [], 0, 0
    for one in after:
        if not waiting.get(one.query):
            new += 1
            continue
        old = waiting[one.query].pop(0)
        if _merit(one) > _merit(old):
            better.append(Change(one.query, old, one))
        elif _merit(one) < _merit(old):
            worse.append(Change(one.query, old, one))
        else:
            same += 1
    left = sum(map(len, waiting.values()))
    old_figures, new_figures = figures_of(before), figures_of(after)
    figures = {name: (old_figures[name], new_figures[name]) for name in old_figures}
    return Difference(tuple(better), tuple(worse), same, left, new, figures)


def _merit(one: QueryOutcome) -> tuple[float, bool]:
    """Return what makes one outcome better than another: the rank first, then the verdict."""
    if not one.answerable:
        return (0.0, one.refused)
    return (-(one.rank or math.inf), not one.refused)


class CurvePoint(NamedTuple):
    """What would be if everything from a confidence on were answered with the best hit.

    `answered` is the share of all queries, `right` that of the answers, `covered` that of the
    answerable queries which are answered rightly, `refused` that of the unanswerable ones.
    """

    threshold: float
    answered: float
    right: float | None
    covered: float | None
    refused: float | None


def threshold_curve(tested: Sequence[QueryOutcome], steps: int = 50) -> list[CurvePoint]:
    """Return the curve over thresholds, from the queries' own numbers."""
    scored = [(-1.0 if one.number is None else one.number, one) for one in tested]
    if not scored:
        return []
    low, high = min(score for score, _ in scored), max(score for score, _ in scored)
    low = max(low, 0.0)
    asked = sum(one.answerable for one in tested)
    points = []
    for step in range(steps + 1):
        threshold = low + (high - low) * step / steps
        given = [one for score, one in scored if score >= threshold]
        right = sum(one.rank == 1 for one in given)
        wrongly = sum(not one.answerable for one in given)
        points.append(
            CurvePoint(
                threshold,
                len(given) / len(scored),
                _share(right, len(given)),
                _share(right, asked),
                _share(len(tested) - asked - wrongly, len(tested) - asked),
            )
        )
    return points

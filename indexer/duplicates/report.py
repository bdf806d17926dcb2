"""What a search for duplicates found, as plain values.

`score` is the cosine of the two questions that look most alike; questions with the same normal
form are the same question, and score 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from indexer.duplicates.edges import Match
from indexer.duplicates.thresholds import Threshold
from indexer.guards import Conflict
from store.models import Judgement


class ClusterKind(StrEnum):
    """What entries that look alike are to each other, the dangerous one first."""

    CONFLICTING = "conflicting_answers"
    SAME = "same_answer"
    SAME_ANSWER_ONLY = "same_answer_other_question"
    OPPOSITE = "opposite"


KIND_ORDER = tuple(ClusterKind)


@dataclass(frozen=True, slots=True)
class PairEnd:
    """One side of a pair: the entry, and the one of its questions that looks like the other."""

    entry_id: int
    question_id: int
    question: str


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two entries that look alike; `cluster` is the number of the one that holds both."""

    first: PairEnd
    second: PairEnd
    score: float
    match: Match
    conflicts: tuple[Conflict, ...] = ()
    decision: Judgement | None = None
    cluster: int | None = None


@dataclass(frozen=True, slots=True)
class DuplicateCluster:
    """Entries that ask the same, the representative first; `score` is that of the least alike.

    `scores` are those of each entry with the representative; None: not alike by themselves.
    `matches` are the two questions that are alike, the entry's own first.
    """

    number: int
    kind: ClusterKind
    score: float
    entries: tuple[int, ...]
    scores: tuple[float | None, ...]
    postponed: bool = False
    matches: tuple[tuple[PairEnd, PairEnd] | None, ...] = ()


@dataclass(frozen=True)
class DuplicateReport:
    """A finished search: its clusters in the order in which they should be looked at.

    `opposites` are pairs that look alike and are not; no cluster holds both of one.
    """

    scope: Mapping[str, object]
    model: str
    threshold: Threshold
    entries: int
    questions: int
    clusters: tuple[DuplicateCluster, ...]
    pairs: tuple[DuplicatePair, ...]
    opposites: tuple[DuplicatePair, ...]
    seconds: float = 0.0
    phases: Mapping[str, float] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Return how many of each kind there are."""
        found = {str(kind): 0 for kind in KIND_ORDER[:3]}
        for cluster in self.clusters:
            found[str(cluster.kind)] += 1
        return {
            "clusters": len(self.clusters),
            **found,
            "pairs": len(self.pairs),
            "opposites": len(self.opposites),
        }

"""Entries that ask the same, as clusters in which everybody is like everybody else.

Pairs are taken best first, and two clusters become one only if each entry of the one is like
each of the other. So a chain of small steps never joins what lies far apart, and neither does
a pair that somebody has called different, or that the guards object to.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from indexer.duplicates.edges import Edge

MOST_IN_A_CLUSTER = 500
Link = tuple[int, int]


@dataclass(frozen=True, slots=True)
class EntryPair:
    """Two entries, `first` < `second` by id, with the best evidence that they ask the same."""

    first: int
    second: int
    edge: Edge


class Likeness:
    """Says how alike two entries are: by the best pair of their nodes, 1 where they share one.

    `together`: the scores of pairs that somebody has called duplicates, whatever stands against;
    `apart`: those that are in no cluster together, however alike. It is asked only about the alike.
    """

    def __init__(
        self,
        nodes: Mapping[int, Sequence[int]],
        edges: Iterable[Edge],
        apart: Container[Link],
        together: Mapping[Link, float],
    ) -> None:
        self._nodes = nodes
        self._scores = {(e.first, e.second): e.score for e in edges if not e.conflicts}
        self._apart = apart
        self._together = together

    def of(self, first: int, second: int) -> float | None:
        """Return the score of two entries, None where they are not alike or are kept apart."""
        best = self.best(first, second)
        if best is None or (min(first, second), max(first, second)) in self._apart:
            return None
        return best

    def best(self, first: int, second: int) -> float | None:
        """Return the score of two entries, whatever keeps them apart: nothing in a cluster."""
        if first > second:
            first, second = second, first
        best = self._together.get((first, second))
        for left in self._nodes[first]:
            for right in self._nodes[second]:
                if left == right:
                    return 1.0
                key = (left, right) if left < right else (right, left)
                score = self._scores.get(key)
                if score is not None and (best is None or score > best):
                    best = score
        return best


def cluster(pairs: Iterable[EntryPair], likeness: Likeness) -> list[list[int]]:
    """Return clusters of two and more entries; the pairs must come best first."""
    members: dict[int, list[int]] = {}
    home: dict[int, int] = {}
    for pair in pairs:
        left, right = home.get(pair.first, pair.first), home.get(pair.second, pair.second)
        if left == right:
            continue
        ours, theirs = members.get(left, [pair.first]), members.get(right, [pair.second])
        if len(ours) + len(theirs) > MOST_IN_A_CLUSTER:
            continue
        if all(likeness.of(one, other) is not None for one in ours for other in theirs):
            members[left] = ours + theirs
            members.pop(right, None)
            for entry in members[left]:
                home[entry] = left
    return [sorted(found) for found in members.values()]


def weakest(entries: Sequence[int], likeness: Likeness) -> float:
    """Return the lowest score of two entries of a cluster."""
    scores = [
        likeness.best(one, other) or 0.0
        for place, one in enumerate(entries)
        for other in entries[place + 1 :]
    ]
    return min(scores, default=1.0)


def representative(entries: Sequence[int], likeness: Likeness, answered: Set[int]) -> int:
    """Return the entry that is most like all others; of equals one with an answer, the oldest."""

    def standing(entry: int) -> tuple[bool, float, int]:
        near = sum(likeness.best(entry, other) or 0.0 for other in entries if other != entry)
        return entry not in answered, -round(near, 6), entry

    return min(entries, key=standing)

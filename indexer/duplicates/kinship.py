"""Entries that have one close pair of questions, and otherwise ask about different things.

Of twenty questions beside twenty others, the nearest of four hundred pairs is near by chance. So
where a pair of entries rests on such a pair alone, their questions must be as near to each other
as to their own: the mean cosine across, over the geometric mean of those within, is 1 for two
halves of one entry, however many questions each has.

Source: the correction for attenuation, C. Spearman, "The Proof and Measurement of Association
between Two Things" (1904).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.duplicates.clustering import EntryPair, Link
from indexer.duplicates.edges import Edge, Match
from indexer.duplicates.gathering import Gathered
from indexer.duplicates.linking import Entries
from indexer.duplicates.thresholds import SURE

# Of halves of the sample entries 95 in 100 are as near; of these entries 1 in 5 has another one
# that is.
_AS_NEAR = 0.95
_LEAST = 1e-6


class Kinship:
    """Says how near the questions of two entries are to each other, 1 being as to their own."""

    def __init__(self, gathered: Gathered, entries: Entries) -> None:
        self._vectors = gathered.vectors
        self._nodes = entries.nodes
        self._known: dict[int, tuple[NDArray[np.float32], float | None]] = {}

    def of(self, first: int, second: int) -> float:
        """Return the ratio; an entry of one question goes by what is within the other."""
        (ours, our_own), (theirs, their_own) = self._mean(first), self._mean(second)
        own = [value for value in (our_own, their_own) if value is not None]
        if not own:
            return 1.0
        within = math.sqrt(own[0] * own[-1])
        return float(ours @ theirs) / within

    def _mean(self, entry: int) -> tuple[NDArray[np.float32], float | None]:
        """Return the mean vector of an entry and the mean cosine of two of its questions."""
        if entry not in self._known:
            nodes = sorted(set(self._nodes[entry]))
            mean = self._vectors[nodes].astype(np.float32).mean(axis=0)
            count = len(nodes)
            # The square of the sum holds each question with itself, too: n cosines of 1.
            own = (float(mean @ mean) * count - 1) / (count - 1) if count > 1 else None
            self._known[entry] = mean, None if own is None else max(own, _LEAST)
        return self._known[entry]


def strangers(
    pairs: Sequence[EntryPair], entries: Entries, gathered: Gathered, edges: Sequence[Edge]
) -> set[Link]:
    """Return the pairs that a similar question alone brings together, and nothing else does."""
    kinship = Kinship(gathered, entries)
    alike = {(edge.first, edge.second) for edge in edges}
    return {
        (pair.first, pair.second)
        for pair in pairs
        if pair.edge.match in (Match.MEANING, Match.SURFACE)
        and pair.edge.score < SURE
        and entries.standards(pair.first, pair.second) not in alike
        and kinship.of(pair.first, pair.second) < _AS_NEAR
    }

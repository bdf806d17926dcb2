"""Entries that have one close pair of questions, and otherwise ask about different things.

Of twenty questions beside twenty others, the nearest of four hundred pairs is near by chance. So
where a pair of entries rests on such a pair alone, their questions must be as near to each other
as to their own: the mean cosine across, over the geometric mean of those within, is 1 for two
halves of one entry, however many questions each has.

Of a question that stands alone this says little. But of all entries with several questions it can
ask the same as one only, the one that a search would answer it with, and their centroid tells more
than the nearest of them.

Source: the correction for attenuation, C. Spearman, "The Proof and Measurement of Association
between Two Things" (1904).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.duplicates.clustering import EntryPair, Link
from indexer.duplicates.edges import Edge, Match
from indexer.duplicates.gathering import Gathered
from indexer.duplicates.linking import Entries
from indexer.duplicates.neighbours import Pairs
from indexer.duplicates.thresholds import SURE
from indexer.encoder import Vectors
from indexer.evidence import centroid_cosine
from indexer.fusion import MANY

# Of halves of the sample entries 95 in 100 are as near; of these entries 1 in 5 has another one
# that is.
_AS_NEAR = 0.95
# Of a question alone and the several that are the best for it: the same ratio, and how far below an
# automatic threshold its cosine with their centroid may be. Of the labelled queries that ship,
# beside the entries that ship, the first loses none that ask the same; with the second 78 % are
# found, and with 10,000 other questions in the base 73 %. By the nearest question alone, at the
# same number of pairs of those 10,000 with an entry, it was 67.
_ALONE_AS_NEAR, _ALONE = 0.7, 0.03
_LEAST = 1e-6


class Standing(NamedTuple):
    """How an entry stands to a question: the number by which a search puts entries in order, and
    the cosine with the centroid of its questions.
    """

    number: float
    centroid: float


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

    def alone(self, first: int, second: int) -> int | None:
        """Return which of the two has one question, where the other has several."""
        ours, theirs = (len(set(self._nodes[entry])) for entry in (first, second))
        if (ours > 1) == (theirs > 1):
            return None
        return first if ours == 1 else second

    def standing(self, alone: int, several: int) -> Standing:
        """Return how the several stand to the question alone."""
        (asked,) = set(self._nodes[alone])
        vectors = self._vectors[sorted(set(self._nodes[several]))]
        return standing(self._vectors[asked].astype(np.float32), vectors.astype(np.float32))

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


def standing(vector: Vectors, vectors: Vectors) -> Standing:
    """Return how an entry with these questions [n, width] stands to a question."""
    near = centroid_cosine(vector, vectors, (vectors @ vector).tolist())
    return Standing(near - MANY * math.log(len(vectors)), near)


def alone_beside_several(gathered: Gathered, pairs: Pairs) -> NDArray[np.bool_]:
    """Return which pairs are of a question that stands alone and of one of several."""
    _, entries, counts = np.unique(gathered.entries, return_inverse=True, return_counts=True)
    several = counts[entries] > 1
    alone, beside = (np.zeros(len(gathered.vectors), dtype=np.bool_) for _ in range(2))
    alone[gathered.nodes[~several]] = True
    beside[gathered.nodes[several]] = True
    first, second = pairs.first, pairs.second
    found: NDArray[np.bool_] = (alone[first] & beside[second]) | (beside[first] & alone[second])
    return found


def of_one_entry(gathered: Gathered, pairs: Pairs) -> NDArray[np.bool_]:
    """Return which pairs are of two questions of one entry that no other entry has."""
    lowest = np.full(len(gathered.vectors), np.iinfo(np.int64).max)
    highest = np.full(len(gathered.vectors), -1, dtype=np.int64)
    np.minimum.at(lowest, gathered.nodes, gathered.entries)
    np.maximum.at(highest, gathered.nodes, gathered.entries)
    alone = lowest == highest
    first, second = pairs.first, pairs.second
    found: NDArray[np.bool_] = alone[first] & alone[second] & (lowest[first] == lowest[second])
    return found


def strangers(
    pairs: Sequence[EntryPair],
    entries: Entries,
    gathered: Gathered,
    edges: Sequence[Edge],
    threshold: float,
) -> set[Link]:
    """Return the pairs that a similar question alone brings together, and nothing else does.

    Pairs below the threshold are among them unless they are of a question that stands alone.
    """
    kinship = Kinship(gathered, entries)
    alike = {(edge.first, edge.second) for edge in edges if _counts(edge, threshold)}
    found: set[Link] = set()
    best: dict[int, tuple[float, Link]] = {}
    for pair in pairs:
        link, edge = (pair.first, pair.second), pair.edge
        if edge.match not in (Match.MEANING, Match.SURFACE) or edge.score >= SURE:
            continue
        standards = entries.standards(*link) in alike
        alone = kinship.alone(*link)
        # What the guards object to is not the same, and keeps no other entry from being it.
        if alone is not None and edge.match is Match.MEANING and not edge.conflicts:
            found.add(link)
            its = kinship.standing(alone, pair.second if alone == pair.first else pair.first)
            near = its.centroid >= threshold - _ALONE and kinship.of(*link) >= _ALONE_AS_NEAR
            if (near or standards) and (alone not in best or its.number > best[alone][0]):
                best[alone] = its.number, link
        elif not _counts(edge, threshold) or (not standards and kinship.of(*link) < _AS_NEAR):
            found.add(link)
    return found - {link for _, link in best.values()}


def _counts(edge: Edge, threshold: float) -> bool:
    return edge.score >= threshold or edge.match is not Match.MEANING

"""From pairs of nodes to pairs of entries: the best evidence for each, and what is not one."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from indexer.duplicates.clustering import MOST_IN_A_CLUSTER, EntryPair, Link
from indexer.duplicates.edges import Edge, Match
from indexer.duplicates.gathering import Gathered, Numbers
from store.duplicate_texts import EntryFacts
from store.models import Judgement
from store.pair_decisions import Pair, entry_key, hash_key

# Of the entries of a side that share a question, so many stand for them in pairs with others.
_DELEGATES = 5
# Of those that share one, each is told of the first so many of each side: the very first may have
# been called different from all others, and these still ask the same.
_HEADS = 8


class Entries:
    """Which entries have which node, and which side an entry is on.

    Only entries that share a node or have one of `nodes` are known: most of a large base are
    like nobody, and need no memory here.
    """

    def __init__(self, gathered: Gathered, nodes: Numbers) -> None:
        self.of_node: dict[int, list[int]] = defaultdict(list)
        self.nodes: dict[int, list[int]] = defaultdict(list)
        self.second_side = set(np.unique(gathered.entries[gathered.row_sides == 2]).tolist())
        self._standard: dict[int, int] = {}
        rows = _rows_that_matter(gathered, nodes)
        columns = gathered.nodes[rows], gathered.entries[rows], gathered.standard[rows]
        for node, entry, standard in zip(*(c.tolist() for c in columns), strict=True):
            if standard:
                self._standard[entry] = node
            if not self.of_node[node] or self.of_node[node][-1] != entry:
                self.of_node[node].append(entry)
            self.nodes[entry].append(node)

    def opposed(self, first: int, second: int, edge: Edge) -> bool:
        """Whether the guards object to the standard questions of both, whatever else agrees."""
        return bool(edge.conflicts) and self.by_standards(first, second, edge)

    def by_standards(self, first: int, second: int, edge: Edge) -> bool:
        """Whether the edge lies between the standard questions of both."""
        return self.standards(first, second) == (edge.first, edge.second)

    def standards(self, first: int, second: int) -> tuple[int, int]:
        """Return the nodes of the standard questions of both, the lower first; -1: not compared."""
        left, right = self._standard.get(first, -1), self._standard.get(second, -1)
        return min(left, right), max(left, right)


def _rows_that_matter(gathered: Gathered, nodes: Numbers) -> NDArray[np.bool_]:
    shared = np.bincount(gathered.nodes, minlength=len(gathered.vectors)) > 1
    shared[nodes] = True
    rows: NDArray[np.bool_] = np.isin(gathered.entries, gathered.entries[shared[gathered.nodes]])
    return rows


def exact_edges(entries: Entries) -> Iterator[tuple[int, int, Edge]]:
    """Yield the entries that share a node: each two; of many, each with the first of each side."""
    for node, owners in entries.of_node.items():
        ids = sorted(set(owners))
        edge = Edge(node, node, 1.0, Match.EXACT)
        most = _HEADS if len(ids) <= MOST_IN_A_CLUSTER else 1
        heads = _of_each_side(ids, entries.second_side, most)
        told = set(heads)
        for head in heads:
            for other in ids:
                if head < other or other not in told:
                    yield min(head, other), max(head, other), edge


def entry_edges(entries: Entries, edges: Sequence[Edge]) -> Iterator[tuple[int, int, Edge]]:
    """Yield the pairs of entries that pairs of nodes stand for."""
    for edge in edges:
        ours, theirs = (
            _of_each_side(entries.of_node[node], entries.second_side, _DELEGATES)
            for node in (edge.first, edge.second)
        )
        for one in ours:
            for other in theirs:
                if one != other:
                    yield min(one, other), max(one, other), edge


def _of_each_side(ids: Sequence[int], second_side: Set[int], most: int) -> list[int]:
    """Return the first entries of each side, at most so many of each."""
    if len(ids) <= most:
        return list(ids)
    ours = (one for one in ids if one not in second_side)
    theirs = (one for one in ids if one in second_side)
    return [*itertools.islice(ours, most), *itertools.islice(theirs, most)]


def best_pairs(
    found: Iterable[tuple[int, int, Edge]], entries: Entries, *, two_sided: bool
) -> list[EntryPair]:
    """Return each pair of entries once, with its best evidence, best first."""
    best: dict[Link, Edge] = {}
    for first, second, edge in found:
        if two_sided and (first in entries.second_side) == (second in entries.second_side):
            continue
        known = best.get((first, second))
        if known is None or _weight(entries, first, second, edge) > _weight(
            entries, first, second, known
        ):
            best[first, second] = edge
    pairs = [EntryPair(first, second, edge) for (first, second), edge in best.items()]
    return sorted(pairs, key=lambda pair: (-pair.edge.score, pair.first, pair.second))


def _weight(entries: Entries, first: int, second: int, edge: Edge) -> tuple[bool, bool, float]:
    return entries.opposed(first, second, edge), not edge.conflicts, edge.score


def facts_key(first: EntryFacts, second: EntryFacts) -> Pair:
    """Return what a pair of entries is known by."""
    return entry_key((first.standard, first.answer), (second.standard, second.answer))


def decision_on(
    pair: EntryPair,
    facts: Mapping[int, EntryFacts],
    decisions: Mapping[Pair, Judgement],
    hashes: Sequence[bytes],
) -> Judgement | None:
    """Return what was decided about the entries' standard questions, or the two that match."""
    if not decisions:
        return None
    standard = facts_key(facts[pair.first], facts[pair.second])
    decided = decisions.get(standard)
    if decided is None and pair.edge.first != pair.edge.second:
        decided = decisions.get(hash_key(hashes[pair.edge.first], hashes[pair.edge.second]))
    return decided

"""The report's parts put together: clusters in order, their pairs, and what is kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from indexer.duplicates.clustering import (
    EntryPair,
    Likeness,
    Link,
    cluster,
    representative,
    weakest,
)
from indexer.duplicates.edges import Edge, objections, objections_of
from indexer.duplicates.gathering import Gathered
from indexer.duplicates.kinds import across, kind_of, same_answers, without_known
from indexer.duplicates.linking import Entries, decision_on
from indexer.duplicates.report import (
    KIND_ORDER,
    ClusterKind,
    DuplicateCluster,
    DuplicatePair,
    PairEnd,
)
from indexer.duplicates.said import Said
from indexer.guards import rule_conflicts
from store.database import Session
from store.duplicate_texts import EntryFacts, read_facts, read_standards
from store.models import Judgement
from store.pair_decisions import Pair
from store.questions import read_texts

Judged = tuple[EntryPair, Judgement | None]


@dataclass(frozen=True)
class Assembly:
    """What a report is made of."""

    clusters: tuple[DuplicateCluster, ...]
    pairs: tuple[DuplicatePair, ...]
    opposites: tuple[DuplicatePair, ...]


def judge_pairs(
    session: Session,
    gathered: Gathered,
    entries: Entries,
    pairs: Sequence[EntryPair],
    facts: Mapping[int, EntryFacts],
    decisions: Mapping[Pair, Judgement],
) -> list[Judged]:
    """Return the pairs with what the guards say of them, and what was decided about them."""
    hashes = [bytes(key) for key in gathered.hashes] if decisions else []
    return [
        (pair, decision_on(pair, facts, decisions, hashes))
        for pair in _guarded(session, entries, pairs)
        if pair.first in facts and pair.second in facts
    ]


def assemble(
    session: Session,
    gathered: Gathered,
    entries: Entries,
    edges: Sequence[Edge],
    judged: Sequence[Judged],
    strange: Set[Link],
    facts: Mapping[int, EntryFacts],
    answers: Sequence[tuple[int, str]],
    decisions: Mapping[Pair, Judgement],
) -> Assembly:
    """Return clusters, pairs and opposites, each in its order; without the `strange` pairs."""
    said = Said(session, facts, decisions, {(p.first, p.second): what for p, what in judged})
    apart = said.apart
    alike, opposed = [], []
    for pair, decision in judged:
        link = (pair.first, pair.second)
        if decision is Judgement.DIFFERENT or (link in strange and decision is None):
            apart.add(link)
        elif pair.edge.conflicts and decision is not Judgement.DUPLICATE:
            opposed.append((pair, decision))
            apart.add(link)
        else:
            alike.append((pair, decision))
    together = {
        (pair.first, pair.second): pair.edge.score
        for pair, decision in alike
        if decision is Judgement.DUPLICATE
    }
    likeness = Likeness(entries.nodes, edges, said, together)
    groups = cluster((pair for pair, _ in alike), likeness)
    clusters = [_asked_alike(group, likeness, facts, said) for group in groups]
    clusters += _answered_alike(session, entries, answers, clusters, apart, decisions)
    ordered = in_order(clusters)
    homes = {e: c.number for c in ordered if c.kind in KIND_ORDER[:2] for e in c.entries}
    ends = _Ends(session, gathered, [pair for pair, _ in (*alike, *opposed)])
    found = tuple(ends.pair(pair, decision, homes) for pair, decision in alike)
    by_link = {(pair.first.entry_id, pair.second.entry_id): pair for pair in found}
    return Assembly(
        tuple(replace(one, matches=_matches(one, by_link)) for one in ordered),
        found,
        tuple(ends.pair(pair, decision, {}) for pair, decision in opposed),
    )


def _guarded(session: Session, entries: Entries, pairs: Sequence[EntryPair]) -> Iterator[EntryPair]:
    """Yield the pairs; those that only similar questions speak for, with what the guards say
    of the standard ones: "log in" and "log out" may share a wording of their similar questions.
    """
    doubted = {
        (pair.first, pair.second)
        for pair in pairs
        if not pair.edge.conflicts and not entries.by_standards(pair.first, pair.second, pair.edge)
    }
    texts = read_standards(session, sorted({entry for link in doubted for entry in link}))
    standards = [(texts.get(one, ""), texts.get(other, "")) for one, other in doubted]
    against = dict(zip(doubted, objections_of(standards), strict=True))
    for pair in pairs:
        link = (pair.first, pair.second)
        said = against.get(link, pair.edge.conflicts)
        yield replace(pair, edge=replace(pair.edge, conflicts=said))


def _matches(
    one: DuplicateCluster, pairs: Mapping[Link, DuplicatePair]
) -> tuple[tuple[PairEnd, PairEnd] | None, ...]:
    """Return for each entry the questions by which it is like the representative."""
    found: list[tuple[PairEnd, PairEnd] | None] = []
    for entry in one.entries:
        pair = pairs.get((min(entry, one.entries[0]), max(entry, one.entries[0])))
        if pair is None:
            found.append(None)
        elif pair.first.entry_id == entry:
            found.append((pair.first, pair.second))
        else:
            found.append((pair.second, pair.first))
    return tuple(found)


def in_order(clusters: Iterable[DuplicateCluster]) -> list[DuplicateCluster]:
    """Return clusters numbered in the order in which they should be looked at."""

    def place(one: DuplicateCluster) -> tuple[bool, int, float, int, tuple[int, ...]]:
        rank = KIND_ORDER.index(one.kind)
        return one.postponed, rank, -round(one.score, 6), -len(one.entries), one.entries

    return [
        DuplicateCluster(number, c.kind, c.score, c.entries, c.scores, c.postponed)
        for number, c in enumerate(sorted(clusters, key=place), 1)
    ]


def _asked_alike(
    group: Sequence[int],
    likeness: Likeness,
    facts: Mapping[int, EntryFacts],
    said: Said,
) -> DuplicateCluster:
    answered = {entry for entry in group if facts[entry].answer}
    first = representative(group, likeness, answered or set(group))
    others = [entry for entry in group if entry != first]
    scores = tuple(likeness.best(first, other) for other in others)
    return DuplicateCluster(
        number=0,
        kind=kind_of(group, facts),
        score=weakest(group, likeness),
        entries=(first, *others),
        scores=(1.0, *scores),
        postponed=said.all_later(group),
    )


def _answered_alike(
    session: Session,
    entries: Entries,
    answers: Sequence[tuple[int, str]],
    clusters: Sequence[DuplicateCluster],
    apart: set[Link],
    decisions: Mapping[Pair, Judgement],
) -> list[DuplicateCluster]:
    """Return clusters of entries that give the same answer to questions that differ."""
    homes = {entry: place for place, one in enumerate(clusters) for entry in one.entries}
    groups = same_answers(answers)
    members = sorted({entry for group in groups for entry in group})
    facts = read_facts(session, members) if groups and decisions else {}
    texts = read_standards(session, members)
    said = Said(session, facts, decisions, {})

    def refused(one: int, other: int) -> bool:
        if (min(one, other), max(one, other)) in apart:
            return True
        if said.of(one, other) in (Judgement.DIFFERENT, Judgement.DUPLICATE):
            return True
        # Whether they ask the same is not the question here, so they are not read a second time.
        return bool(objections(texts.get(one, ""), texts.get(other, ""), rule_conflicts))

    found = []
    for group in groups:
        for kept in without_known(group, homes, refused):
            if entries.second_side and not across(kept, entries.second_side):
                continue
            kind, scores = ClusterKind.SAME_ANSWER_ONLY, tuple(None for _ in kept)
            later = said.all_later(kept)
            found.append(DuplicateCluster(0, kind, 0.0, tuple(kept), scores, later))
    return found


class _Ends:
    """Finds the questions that two entries of a pair look alike by."""

    def __init__(self, session: Session, gathered: Gathered, pairs: Sequence[EntryPair]) -> None:
        order = np.lexsort((gathered.ids, gathered.entries, gathered.nodes))
        self._nodes, self._entries = gathered.nodes[order], gathered.entries[order]
        self._ids = gathered.ids[order]
        self._found: dict[tuple[int, int], int] = {}
        wanted = {
            (node, entry)
            for pair in pairs
            for node in {pair.edge.first, pair.edge.second}
            for entry in (pair.first, pair.second)
        }
        for key in wanted:
            number = self._question(*key)
            if number is not None:
                self._found[key] = number
        self._texts = read_texts(session, sorted(set(self._found.values())))

    def _question(self, node: int, entry: int) -> int | None:
        start, end = np.searchsorted(self._nodes, [node, node + 1])
        place = start + np.searchsorted(self._entries[start:end], entry)
        if place < end and self._entries[place] == entry:
            return int(self._ids[place])
        return None

    def pair(
        self, pair: EntryPair, decision: Judgement | None, homes: Mapping[int, int]
    ) -> DuplicatePair:
        edge = pair.edge
        straight = (edge.first, pair.first) in self._found and (
            edge.second,
            pair.second,
        ) in self._found
        left, right = (edge.first, edge.second) if straight else (edge.second, edge.first)
        home = homes.get(pair.first)
        return DuplicatePair(
            self._end(left, pair.first),
            self._end(right, pair.second),
            round(edge.score, 6),
            edge.match,
            edge.conflicts,
            decision,
            home if home is not None and home == homes.get(pair.second) else None,
        )

    def _end(self, node: int, entry: int) -> PairEnd:
        number = self._found[node, entry]
        return PairEnd(entry, number, self._texts.get(number, ""))

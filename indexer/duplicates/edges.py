"""Pairs of nodes as evidence: how each was found, and what the guards say against it.

A pair that the guards object to is no duplicate, however near it lies: it is kept apart, with
the words that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import numpy as np
from numpy.typing import NDArray

from indexer.duplicates.gathering import Gathered, Numbers
from indexer.duplicates.neighbours import Pairs
from indexer.duplicates.surface import added_denial, one_slip, same_writing
from indexer.guards import Conflict, ConflictKind, conflicts, conflicts_of
from store.database import Session
from store.questions import read_texts

_LOOKS_EVERY = 2_000
_STRICTLY = partial(conflicts, strict=True)


class Match(StrEnum):
    """Why two questions are taken for one."""

    EXACT = "exact"
    MEANING = "meaning"
    SURFACE = "surface"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Edge:
    """Two nodes that look alike, `first` < `second`; `conflicts` speak against it."""

    first: int
    second: int
    score: float
    match: Match
    conflicts: tuple[Conflict, ...] = ()


def first_rows(gathered: Gathered, nodes: Numbers) -> Numbers:
    """Return the lowest row of each of the nodes."""
    rows = np.full(len(gathered.vectors), -1, dtype=np.int64)
    rows[gathered.nodes[::-1]] = np.arange(len(gathered.nodes))[::-1]
    return rows[nodes]


def texts_of(session: Session, gathered: Gathered, nodes: Numbers) -> dict[int, str]:
    """Return the text of each node, as its first question writes it."""
    rows = first_rows(gathered, nodes)
    texts = read_texts(session, gathered.ids[rows].tolist())
    # A question that was deleted this moment has no text, and is left out by whoever asks.
    pairs = zip(nodes.tolist(), gathered.ids[rows].tolist(), strict=True)
    return {node: texts[number] for node, number in pairs if number in texts}


def judge(
    pairs: Pairs,
    texts: Mapping[int, str],
    threshold: float,
    wanted: NDArray[np.bool_],
    checkpoint: Callable[[], None] = lambda: None,
) -> list[Edge]:
    """Return the `wanted` pairs, best first, and those of two writings of one text."""
    found: list[Edge] = []
    columns = [c.tolist() for c in (pairs.first, pairs.second, pairs.score, wanted)]
    for start in range(0, len(wanted), _LOOKS_EVERY):
        checkpoint()
        some: list[Edge] = []
        for first, second, score, counts in zip(
            *(column[start : start + _LOOKS_EVERY] for column in columns), strict=True
        ):
            left, right = texts.get(first), texts.get(second)
            if left is None or right is None:
                continue
            surface = score < threshold and same_writing(left, right)
            if counts or surface:
                match = Match.SURFACE if surface else Match.MEANING
                some.append(Edge(first, second, score, match))
        against = objections_of([(texts[edge.first], texts[edge.second]) for edge in some])
        found += [replace(edge, conflicts=it) for edge, it in zip(some, against, strict=True)]
    return found


def objections_of(pairs: Sequence[tuple[str, str]]) -> list[tuple[Conflict, ...]]:
    """Return the objections to each of many pairs, which are read together."""
    told = conflicts_of(pairs, strict=True)
    return [_objecting(*pair, found) for pair, found in zip(pairs, told, strict=True)]


def objections(
    first: str, second: str, tell: Callable[[str, str], tuple[Conflict, ...]] = _STRICTLY
) -> tuple[Conflict, ...]:
    """Return what the guards say, but for an opposite that is only a word with a slip in it.

    Two texts that differ in nothing but a "not" are never one, even where a reader may take the
    denial for politeness, as the guards of a search do.
    """
    return _objecting(first, second, tell(first, second))


def _objecting(first: str, second: str, found: tuple[Conflict, ...]) -> tuple[Conflict, ...]:
    if not found:
        denial = added_denial(first, second)
        sides = (denial, "") if len(first) > len(second) else ("", denial)
        return (Conflict(ConflictKind.NEGATION, *sides),) if denial else ()
    slip = one_slip(first, second) and all(_may_be_a_slip(one, first, second) for one in found)
    return () if slip else found


def _may_be_a_slip(one: Conflict, first: str, second: str) -> bool:
    # 金卡 is 白金卡 less a character, and both are words.
    words = sorted((one.asked, one.found), key=len)
    dropped = len(words[1]) == len(words[0]) + 1 and words[0] in words[1]
    is_word = one.kind in (ConflictKind.ANTONYM, ConflictKind.MEANING)
    return is_word and not (dropped and len(first) != len(second))

"""The entries for one query, in order: by meaning, by words, or by both.

By both, each leg proposes entries, each entry is judged by all its questions, and one that has a
question which is the asked text itself comes first. Filters come before either leg proposes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from indexer import evidence, word_leg
from indexer.encoder import Vectors
from indexer.fusion import FITTED, Evidence, Weights, fuse
from indexer.rows import RowFilter
from indexer.segment import Found, Segment, merge
from indexer.word_leg import Asked
from indexer.word_tail import Tail
from store.database import Session
from store.errors import DamagedWordsError
from store.questions import Numbers, same_questions
from store.text import normalise, text_hash

# How many entries each leg proposes, at least; more were tried and change nothing.
_DEPTH = 10

_log = logging.getLogger(__name__)


class Mode(StrEnum):
    """How to search: by meaning, by words, or by both."""

    DENSE = "dense"
    LEXICAL = "lexical"
    HYBRID = "hybrid"


@dataclass(frozen=True)
class Query:
    """What is asked: the text and its vector, how many entries, of which rows, and how.

    By words alone it is also answered without a vector, all cosines then being 0.
    """

    text: str
    vector: Vectors | None
    k: int
    wanted: RowFilter
    mode: Mode


@dataclass(frozen=True)
class Ranked:
    """An entry in its place; a rank is None where that leg did not propose the entry."""

    found: Found
    evidence: Evidence
    lexical: float | None
    fused: float
    dense_rank: int | None
    lexical_rank: int | None
    exact: bool


@dataclass(frozen=True)
class Candidates:
    """What both legs propose for a query, with the evidence and what its words are worth."""

    asked: Asked
    evidence: Sequence[Evidence]
    dense: Sequence[int]
    proposed: frozenset[int]


def rank(
    session: Session,
    segments: Sequence[Segment],
    tail: Tail,
    query: Query,
    weights: Weights = FITTED,
) -> list[Ranked]:
    """Return the k best entries, best first, fewer only where fewer can be found."""
    normalised = normalise(query.text)
    try:
        asked = Asked.of(session, tail, normalised)
        if query.mode is Mode.DENSE:
            return _by_meaning(session, segments, asked, query)
        found = candidates(session, segments, tail, asked, query)
    except DamagedWordsError as error:
        if query.mode is Mode.LEXICAL:
            raise
        _log.warning("%s; searched by meaning alone", error)
        return _by_meaning(session, segments, Asked.unknown(normalised), query)
    if query.mode is Mode.LEXICAL:
        return _ordered(found, query, lambda one: one.words[0], lexical=True)
    scores = found.asked.scores
    return _ordered(found, query, lambda one: fuse(one, scores, weights), lexical=False)


def _by_meaning(
    session: Session, segments: Sequence[Segment], asked: Asked, query: Query
) -> list[Ranked]:
    near = _nearest(segments, query, query.k)
    entries = np.array([one.entry_id for one in near], dtype=np.int64)
    judged = evidence.gather(session, segments, query.wanted, query.vector, asked, entries)
    known = {one.entry_id: one for one in judged}
    # Of a collection that was removed meanwhile nothing is known, and nothing is shown.
    there = (one for one in near if one.entry_id in known)
    return [
        Ranked(
            found=one,
            evidence=known[one.entry_id],
            lexical=None,
            fused=one.score,
            dense_rank=place,
            lexical_rank=None,
            exact=False,
        )
        for place, one in enumerate(there, 1)
    ]


def candidates(
    session: Session, segments: Sequence[Segment], tail: Tail, asked: Asked, query: Query
) -> Candidates:
    """Return what both legs propose for a query, whose words are `asked`."""
    depth = max(_DEPTH, query.k)
    by_words = word_leg.propose(session, asked, tail, segments, query.wanted, depth)
    near = [] if query.mode is Mode.LEXICAL else _nearest(segments, query, depth)
    dense = [one.entry_id for one in near]
    known = same_questions(session, text_hash(asked.normalised))
    same = _entries_of(segments, query.wanted, known)
    proposed = np.union1d(np.union1d(by_words, same), np.array(dense, dtype=np.int64))
    judged = evidence.gather(session, segments, query.wanted, query.vector, asked, proposed)
    return Candidates(asked, judged, dense, frozenset([*by_words.tolist(), *same.tolist()]))


def _ordered(
    found: Candidates, query: Query, number: Callable[[Evidence], float], *, lexical: bool
) -> list[Ranked]:
    """Return the best by a number, ties by the better cosine, then by the lower entry id."""
    dense = {entry: place for place, entry in enumerate(found.dense, 1)}
    by_words = sorted(
        (one for one in found.evidence if one.entry_id in found.proposed and one.words[0] > 0),
        key=lambda one: (not one.exact, -one.words[0], -one.nearest.score, one.entry_id),
    )
    places = {one.entry_id: place for place, one in enumerate(by_words, 1)}
    shown = by_words if lexical else found.evidence
    fused = {one.entry_id: number(one) for one in shown}

    def place(one: Evidence) -> tuple[bool, float, float, int]:
        return not one.exact, -fused[one.entry_id], -one.nearest.score, one.entry_id

    return [
        Ranked(
            found=_found(one, lexical=lexical),
            evidence=one,
            lexical=one.lexical,
            fused=fused[one.entry_id],
            dense_rank=dense.get(one.entry_id),
            lexical_rank=places.get(one.entry_id),
            exact=one.exact,
        )
        for one in sorted(shown, key=place)[: query.k]
    ]


def _found(one: Evidence, *, lexical: bool) -> Found:
    match = one.worded if lexical else one.nearest
    return Found(one.entry_id, *match)


def _nearest(segments: Sequence[Segment], query: Query, k: int) -> list[Found]:
    if query.vector is None:
        return []
    best = [segment.best(query.vector, k, query.wanted) for segment in segments]
    return merge((found for part in best for found in part), k)


def _entries_of(segments: Sequence[Segment], wanted: RowFilter, ids: Numbers) -> Numbers:
    """Return the entries of the questions that the filter lets through."""
    entries = [np.empty(0, dtype=np.int64)]
    for segment in segments:
        rows = segment.rows.find(ids)
        rows = rows[rows >= 0]
        entries.append(segment.rows.entries[rows[segment.allowed(wanted)[rows]]])
    return np.concatenate(entries)

"""Which entries share words with what was asked: the candidates that the words propose.

Rare words decide. A question in a base of a million shares some common word with a hundred
thousand others, so the tokens are taken from the rarest on, until together they stand in so many
questions that looking at more would take too long; what they propose is then scored by all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.rows import RowFilter
from indexer.segment import Segment
from indexer.small_talk import without_small_talk
from indexer.word_scores import LONGEST_ASKED, Statistics, WordScores
from indexer.word_tail import Tail
from store.database import Session
from store.lexical import frequencies, has_index, questions_with
from store.questions import Numbers
from store.tokens import Tokens, tokens

# So many rows, of all tokens together, are looked at; where a filter leaves a part, more.
_ROWS = 2_000
_MOST_TIMES = 4
_SMALL_SHARE = 0.3
# So few questions are all scored: looking for candidates would take longer.
_FEW = 100


@dataclass(frozen=True)
class Asked:
    """An asked text, as words: its tokens, what each is worth and in how many questions it is."""

    normalised: str
    tokens: Tokens
    scores: WordScores
    frequencies: Mapping[str, int]

    @classmethod
    def of(cls, session: Session, tail: Tail, normalised: str) -> Asked:
        """Look up what is known of the words of a text in its normal form."""
        found = tokens(normalised[:LONGEST_ASKED])
        every = {*found.unigrams, *found.words}
        known = frequencies(session, every) if has_index(session) and tail.documents else {}
        for token in every:
            more = len(tail.questions_with(token))
            if more:
                known[token] = known.get(token, 0) + more
        statistics = Statistics(tail.documents, tail.mean_length, known)
        return cls(normalised, found, _scores(normalised, found, statistics), known)

    @classmethod
    def unknown(cls, normalised: str) -> Asked:
        """Return the text as words of which nothing is known, each as rare as the other."""
        found = tokens(normalised[:LONGEST_ASKED])
        return cls(normalised, found, _scores(normalised, found, Statistics(0, 0.0, {})), {})


def _scores(normalised: str, found: Tokens, base: Statistics) -> WordScores:
    meant = tokens(without_small_talk(normalised[:LONGEST_ASKED]))
    return WordScores.of(found, meant, base)


def propose(
    session: Session,
    asked: Asked,
    tail: Tail,
    segments: Sequence[Segment],
    wanted: RowFilter,
    count: int,
) -> Numbers:
    """Return the entries, `count` at most, whose questions share the rarest words."""
    if not asked.scores.characters and not asked.scores.words:
        return np.empty(0, dtype=np.int64)
    allowed = [segment.allowed(wanted) for segment in segments]
    visible = sum(int(np.count_nonzero(mask)) for mask in allowed)
    if visible <= _FEW:
        parts = [s.rows.entries[mask] for s, mask in zip(segments, allowed, strict=True)]
        return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *parts]))
    share = visible / max(sum(len(mask) for mask in allowed), 1)
    ids, worth = _worths(session, asked, tail, wanted, share)
    entries, worths = [], []
    for segment, mask in zip(segments, allowed, strict=True):
        rows = segment.rows.find(ids)
        seen = rows >= 0
        seen[seen] = mask[rows[seen]]
        entries.append(segment.rows.entries[rows[seen]])
        worths.append(worth[seen])
    return _best_entries(np.concatenate(entries), np.concatenate(worths), count)


def _worths(
    session: Session, asked: Asked, tail: Tail, wanted: RowFilter, share: float
) -> tuple[Numbers, NDArray[np.float64]]:
    """Return the questions that have the chosen tokens, and what these are worth together."""
    budget = round(_ROWS * min(1 / max(share, 1e-9), _MOST_TIMES))
    # Looking up whose a question is pays only where most of them are others'.
    scopes = sorted(wanted.collection_ids or ()) if share < _SMALL_SHARE else []
    ids, worths = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    chosen = _chosen(asked, budget)
    found = questions_with(
        session,
        [token for token, _ in chosen],
        until=tail.indexed.until,
        limit=budget,
        collection_ids=scopes,
    )
    for (token, worth), indexed in zip(chosen, found, strict=True):
        here = tail.questions_with(token)
        ids += [indexed, here]
        worths.append(np.full(len(indexed) + len(here), worth))
    numbers, place = np.unique(np.concatenate(ids), return_inverse=True)
    sums = np.bincount(place, np.concatenate(worths), len(numbers)).astype(np.float64)
    return numbers, sums


def _chosen(asked: Asked, budget: int) -> list[tuple[str, float]]:
    """Return the rarest tokens, the rarest first: pairs and codes, then single characters."""
    chosen: list[tuple[str, float]] = []
    rows = 0
    for worth in (asked.scores.words, asked.scores.characters):
        for token in sorted(worth, key=lambda one: (asked.frequencies[one], one)):
            rows += asked.frequencies[token]
            if rows > budget and chosen:
                return chosen
            chosen.append((token, worth[token]))
    return chosen


def _best_entries(entries: Numbers, worths: NDArray[np.float64], count: int) -> Numbers:
    """Return the entries by their best question, `count` at most."""
    order = np.lexsort((entries, -worths))
    _, first = np.unique(entries[order], return_index=True)
    best: Numbers = entries[order][np.sort(first)[:count]]
    return best

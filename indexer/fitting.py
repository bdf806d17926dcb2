"""Fitting what the words count beside the cosine, on labelled queries of a filled base.

Every query is asked once; what the two legs found is then put in order by each choice of weights.
The weights are those of a plain grid, because the figures are steps: a finer one would only
follow single queries.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from indexer.encoder import Encoder
from indexer.errors import IndexerError
from indexer.fusion import Weights, fuse
from indexer.hit_test import Prepared
from indexer.labelled import Labelled, resolve
from indexer.models import DEFAULT_MODEL
from indexer.ranking import Candidates, Mode, Query, candidates
from indexer.rows import RowFilter
from indexer.snapshot import Snapshots
from indexer.word_leg import Asked
from indexer.word_tail import Tail
from store.collections import find_collection
from store.database import Database
from store.text import normalise

WORDS = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.8)
SECOND = (0.0, 0.2, 0.3, 0.4, 0.5)
_DEPTH = 20


@dataclass(frozen=True)
class QuerySet:
    """Labelled queries that are asked in one collection, None for all."""

    collection: str | None
    queries: Sequence[Labelled]


@dataclass(frozen=True)
class Fit:
    """What weights reach, in percent: the mean over the sets, and recall@1 of each set."""

    weights: Weights
    recall_at_1: float
    recall_at_5: float
    each: tuple[float, ...]

    @property
    def worth(self) -> float:
        """What is made as large as can be: the first place counts, and somewhat the first five."""
        return self.recall_at_1 + self.recall_at_5 / 2


def fit_weights(
    database: Database,
    home: Path,
    load_encoder: Callable[[str], Encoder],
    sets: Sequence[QuerySet],
    default_model: str = DEFAULT_MODEL,
) -> list[Fit]:
    """Return what each choice of weights reaches, the best first."""
    asked = [_asked(database, home, load_encoder, one, default_model) for one in sets]
    if not all(asked):
        raise IndexerError("a set has no query that an entry answers; import its entries first")
    fits = [
        _reached(asked, Weights(words, second))
        for words, second in itertools.product(WORDS, SECOND)
    ]
    return sorted(fits, key=lambda fit: (-fit.worth, *astuple(fit.weights)))


Answered = tuple[Candidates, frozenset[int]]


def _asked(
    database: Database,
    home: Path,
    load_encoder: Callable[[str], Encoder],
    asked: QuerySet,
    default_model: str,
) -> list[Answered]:
    snapshots = Snapshots(database, home, load_encoder, default_model)
    with database.reading() as session:
        names = [asked.collection] if asked.collection else []
        within = [find_collection(session, name).id for name in names] or None
        expected = resolve(session, asked.queries, within)
        snapshot = snapshots.current(session)
        if snapshot is None or snapshot.encoder is None:
            raise IndexerError("no index yet; run `tongwen reindex`")
        tail = Tail().advanced(session, snapshot.state.change)
        wanted = RowFilter(collection_ids=frozenset(within) if within else None)
        encoder = Prepared(snapshot.encoder, [one.query for one in asked.queries])
        found: list[Answered] = []
        for query, right in zip(asked.queries, expected, strict=True):
            if right.entry_ids:
                vector = encoder.encode([query.query]).vectors[0]
                about = Query(query.query, vector, _DEPTH, wanted, Mode.HYBRID)
                words = Asked.of(session, tail, normalise(query.query))
                one = candidates(session, snapshot.delta.segments, tail, words, about)
                found.append((one, right.entry_ids))
    return found


def _reached(sets: Sequence[Sequence[Answered]], weights: Weights) -> Fit:
    ranks = [np.array([_rank(found, right, weights) for found, right in one]) for one in sets]
    each = tuple(100 * float((one == 1).mean()) for one in ranks)
    five = [100 * float((one <= 5).mean()) for one in ranks]
    return Fit(weights, float(np.mean(each)), float(np.mean(five)), each)


def _rank(found: Candidates, right: frozenset[int], weights: Weights) -> float:
    """Return the rank of the first right entry, infinite where neither leg proposed one."""
    numbers = [
        ((one.exact, fuse(one, found.asked.scores, weights)), one.entry_id)
        for one in found.evidence
    ]
    best = max((number for number, entry in numbers if entry in right), default=None)
    return np.inf if best is None else 1 + sum(number > best for number, _ in numbers)

"""What a search is asked and what it returns, in the shapes that pages and commands show.

`score` is the cosine similarity of the asked question and the one that matched; what the words
say is `lexical`, and the two together, which decide the order, are `fused`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.guards import Conflict
from indexer.ranking import Mode, Ranked
from indexer.verdicts import Thresholds, Verdict
from store.database import Session
from store.entries import read_entries
from store.models import Kind, Status
from store.questions import read_texts


@dataclass(frozen=True)
class Filters:
    """Which entries may be found: of any of the collections, with every one of the tags.

    Validity is that of `at`, None for now, unless `any_validity`.
    """

    collections: tuple[str, ...] = ()
    category: str | None = None
    tags: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = (Status.ACTIVE,)
    at: dt.datetime | None = None
    any_validity: bool = False


@dataclass(frozen=True)
class Hit:
    """An entry, with its standard question and the one of its questions that matched.

    `score` is the cosine of its nearest question, `lexical` the BM25 of its best one (None: no
    word is shared), `fused` decides the order. A rank is the place in that leg's own list, None
    where the leg did not propose the entry; `exact`: the asked text is one of its questions.
    `covered` is the share of the asked words that its questions have, weighed by rarity,
    `centroid` the cosine with the centroid of those, and `questions` how many they are; `odds` is
    the log-odds, by the second reading, that the nearest of them ask the same (None: not read).
    Where the model is gone and words alone were searched, `score` and `centroid` are None.
    `vetoed_by` is the negative question that is nearer than any other of the entry.
    """

    rank: int
    entry_id: int
    external_id: str | None
    collection: str
    category: str
    tags: tuple[str, ...]
    question: str
    matched_question: str
    kind: Kind
    answer: str
    score: float | None
    lexical: float | None
    fused: float
    dense_rank: int | None
    lexical_rank: int | None
    exact: bool
    covered: float
    centroid: float | None
    questions: int
    odds: float | None = None
    negative: tuple[str, ...] = ()
    vetoed_by: str | None = None


@dataclass(frozen=True)
class Took:
    """Where the time went, in milliseconds; `search_ms` is everything but encoding."""

    encode_ms: float
    search_ms: float
    total_ms: float


@dataclass(frozen=True)
class SearchResult:
    """The hits; `build` is 0 where none is published yet.

    `pending` questions cannot be found yet, because they have no vector; `pending_words` can be
    found by their meaning only, because a reindex has not taken in their words yet. The verdict
    is on the first hit: its `confidence` against the thresholds; `conflicts` is what the guards
    found against it, and `topic` that the query is only part of what several entries are asked.
    """

    query: str
    model: str
    build: int
    took: Took
    hits: tuple[Hit, ...]
    pending: int
    pending_words: int
    mode: Mode
    verdict: Verdict
    confidence: float
    thresholds: Thresholds
    conflicts: tuple[Conflict, ...] = ()
    topic: bool = False

    @property
    def is_choice(self) -> bool:
        """Whether a bare topic was asked, which nothing speaks against but that others have it."""
        return self.topic and self.verdict is Verdict.DID_YOU_MEAN and not self.conflicts


NO_FILTERS = Filters()


def read_hits(
    session: Session, ranked: Sequence[Ranked], *, by_words_alone: bool = False
) -> tuple[Hit, ...]:
    """Return the ranked entries with all that is shown of them, `by_words_alone` no cosines."""
    entries = read_entries(session, [one.found.entry_id for one in ranked])
    texts = read_texts(session, [one.found.question_id for one in ranked])
    # A collection that was removed as a whole leaves no tombstones.
    there = [
        one for one in ranked if one.found.entry_id in entries and one.found.question_id in texts
    ]
    return tuple(
        Hit(
            rank=rank,
            entry_id=one.found.entry_id,
            external_id=entries[one.found.entry_id].draft.external_id,
            collection=entries[one.found.entry_id].collection,
            category=entries[one.found.entry_id].draft.category,
            tags=entries[one.found.entry_id].draft.tags,
            question=entries[one.found.entry_id].draft.standard,
            matched_question=texts[one.found.question_id],
            kind=one.found.kind,
            answer=entries[one.found.entry_id].draft.answer,
            score=None if by_words_alone else one.found.score,
            lexical=one.lexical,
            fused=one.fused,
            dense_rank=one.dense_rank,
            lexical_rank=one.lexical_rank,
            exact=one.exact,
            covered=one.evidence.covered,
            centroid=None if by_words_alone else one.evidence.centroid,
            questions=one.evidence.questions,
            odds=one.evidence.odds,
            negative=entries[one.found.entry_id].draft.negative,
        )
        for rank, one in enumerate(there, 1)
    )

"""What speaks for some entries, worked out for every question of theirs that may be found.

So the numbers of an entry are the same whichever leg proposed it, whatever else was proposed
and whatever the filters are. Of an entry with very many questions the nearest are looked at;
all of them where no vector says which those are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from indexer.encoder import Vectors
from indexer.fusion import Evidence, Match
from indexer.guarding.reader import Pair
from indexer.guarding.second_reading import Told, second_reading
from indexer.rows import RowFilter
from indexer.segment import Segment
from indexer.word_leg import Asked
from store.database import Session
from store.questions import Numbers, OfEntry, questions_of
from store.tokens import tokens

_MOST_QUESTIONS = 32
# How much more a question counts in the centroid that is nearer, e to so much for 1 of the cosine.
# On the help desk queries with 2, 5, 12 and 0 to 12 similar questions an entry, two draws, the
# mean recall@1 was 81.9 with 0, 82.3 with 2, 82.4 with 3 and 82.3 with 4.
_FOCUS = 3.0
# How many questions of an entry are read beside what was asked, and how much one of them may say.
_READ, _MOST_ODDS = 3, 8.0


def gather(
    session: Session,
    segments: Sequence[Segment],
    wanted: RowFilter,
    vector: Vectors | None,
    asked: Asked,
    entries: Numbers,
) -> list[Evidence]:
    """Return the evidence for each of the entries that the filter lets through.

    Without a vector every cosine is 0, and nothing is read again.
    """
    questions = questions_of(session, entries.tolist())
    near = _near(segments, wanted, vector, questions)
    by_entry: dict[int, list[_Near]] = defaultdict(list)
    for one in near:
        by_entry[one.question.entry_id].append(one)
    evidence = [_evidence(asked, vector, found) for found in by_entry.values()]
    return evidence if vector is None else _read_again(asked, evidence)


def _read_again(asked: Asked, evidence: list[Evidence]) -> list[Evidence]:
    """Return the evidence with what the second reading says, as far as there is one.

    All pairs are read together, which takes less time. What is the asked text itself is not read.
    """
    reading = second_reading()
    if reading is None:
        return evidence
    pairs = [(asked.normalised, text) for one in evidence if not one.exact for text in one.near]
    told = dict(zip(pairs, reading.told(pairs), strict=True))
    return [replace(one, odds=_odds(asked, one, told)) for one in evidence]


def _odds(asked: Asked, one: Evidence, told: Mapping[Pair, Told | None]) -> float | None:
    read = [found.odds for text in one.near if (found := told.get((asked.normalised, text)))]
    return float(np.clip(read, -_MOST_ODDS, _MOST_ODDS).mean()) if read else None


class _Near(NamedTuple):
    """A question that may be found, its cosine with what was asked, and its vector."""

    cosine: float
    question: OfEntry
    vector: Vectors


def _near(
    segments: Sequence[Segment],
    wanted: RowFilter,
    vector: Vectors | None,
    questions: Sequence[OfEntry],
) -> list[_Near]:
    ids = np.array([question.id for question in questions], dtype=np.int64)
    found: list[_Near] = []
    for segment in segments:
        rows = segment.rows.find(ids)
        seen = rows >= 0
        seen[seen] = segment.allowed(wanted)[rows[seen]]
        vectors = segment.index.vectors(rows[seen])
        if vector is None:
            vector = np.zeros(vectors.shape[1], dtype=np.float32)
        # Not a matrix product: that may add up one row in another order than its twin.
        cosines = np.einsum("ij,j->i", vectors, vector)
        places = np.flatnonzero(seen).tolist()
        # Rounding alone can take a cosine past 1.
        clipped = np.clip(cosines, -1.0, 1.0).tolist()
        found += map(_Near, clipped, (questions[place] for place in places), vectors)
    return found


def centroid_cosine(vector: Vectors, vectors: Vectors, cosines: Sequence[float]) -> float:
    """Return the cosine of a unit vector with the centroid of others, 0 where they cancel out.

    Each of the others [n, width] weighs as its own cosine says, so that of questions that say
    different things those count that say something like it.
    """
    centroid = np.exp(_FOCUS * np.array(cosines)) @ vectors
    length = float(np.linalg.norm(centroid))
    return float(np.clip(vector @ centroid / length, -1.0, 1.0)) if length else 0.0


def _evidence(asked: Asked, vector: Vectors | None, found: list[_Near]) -> Evidence:
    # Of questions that score the same, an entry shows the first.
    found.sort(key=lambda one: (-one.cosine, one.question.id))
    said: set[str] = set()
    words = []
    for cosine, question, _ in found if vector is None else found[:_MOST_QUESTIONS]:
        its = tokens(question.normalised)
        said.update(its.unigrams, its.words)
        words.append((asked.scores.score(its), Match(question.id, question.kind, cosine)))
    words.sort(key=lambda one: (-one[0], one[1].question_id))
    matches = [Match(one.question.id, one.question.kind, one.cosine) for one in found]
    same = [
        match
        for match, one in zip(matches, found, strict=True)
        if one.question.normalised == asked.normalised
    ]
    return Evidence(
        entry_id=found[0].question.entry_id,
        nearest=(same or matches)[0],
        worded=same[0] if same else words[0][1],
        words=tuple(score for score, _ in words[:2]),
        exact=bool(same),
        covered=asked.scores.covered(said),
        centroid=_centroid(vector, found),
        questions=len(found),
        near=tuple(one.question.normalised for one in found[:_READ]),
    )


def _centroid(vector: Vectors | None, found: Sequence[_Near]) -> float:
    if vector is None or len(found) == 1:
        return found[0].cosine
    cosines = [one.cosine for one in found]
    return centroid_cosine(vector, np.stack([one.vector for one in found]), cosines)

"""What speaks for some entries, worked out for every question of theirs that may be found.

So the numbers of an entry are the same whichever leg proposed it, whatever else was proposed
and whatever the filters are. Of an entry with very many questions the nearest are looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from indexer.encoder import Vectors
from indexer.fusion import Evidence, Match
from indexer.rows import RowFilter
from indexer.segment import Segment
from indexer.word_leg import Asked
from store.database import Session
from store.questions import Numbers, OfEntry, questions_of
from store.tokens import tokens

_MOST_QUESTIONS = 32
_AROUND = 20
_MISSING = 0.7


def gather(
    session: Session,
    segments: Sequence[Segment],
    wanted: RowFilter,
    vector: Vectors | None,
    asked: Asked,
    entries: Numbers,
) -> list[Evidence]:
    """Return the evidence for each of the entries that the filter lets through.

    Without a vector every cosine is 0.
    """
    questions = questions_of(session, entries.tolist())
    cosines = _cosines(segments, wanted, vector, questions)
    by_entry: dict[int, list[tuple[float, OfEntry]]] = defaultdict(list)
    for question in questions:
        if question.id in cosines:
            by_entry[question.entry_id].append((cosines[question.id], question))
    return [_evidence(asked, found) for found in by_entry.values()]


def _cosines(
    segments: Sequence[Segment],
    wanted: RowFilter,
    vector: Vectors | None,
    questions: Sequence[OfEntry],
) -> dict[int, float]:
    ids = np.array([question.id for question in questions], dtype=np.int64)
    found: dict[int, float] = {}
    for segment in segments:
        rows = segment.rows.find(ids)
        seen = rows >= 0
        seen[seen] = segment.allowed(wanted)[rows[seen]]
        if vector is None:
            found |= dict.fromkeys(ids[seen].tolist(), 0.0)
            continue
        # Not a matrix product: that may add up one row in another order than its twin.
        near = np.einsum("ij,j->i", segment.index.vectors(rows[seen]), vector)
        # Rounding alone can take a cosine past 1.
        found |= dict(zip(ids[seen].tolist(), np.clip(near, -1.0, 1.0).tolist(), strict=True))
    return found


def around(cosines: Sequence[float]) -> float:
    """Return the mean cosine of an entry's 20 nearest questions, from its cosines, best first.

    One near question may be near by chance, twenty are not. Where there are fewer, each that
    lacks counts as 0.7 of the best, which is less than the entries of the sample collections have.
    """
    near = cosines[:_AROUND]
    return (sum(near) + (_AROUND - len(near)) * _MISSING * near[0]) / _AROUND


def _evidence(asked: Asked, found: list[tuple[float, OfEntry]]) -> Evidence:
    # Of questions that score the same, an entry shows the first.
    found.sort(key=lambda one: (-one[0], one[1].id))
    said: set[str] = set()
    words = []
    for cosine, question in found[:_MOST_QUESTIONS]:
        its = tokens(question.normalised)
        said.update(its.unigrams, its.words)
        words.append((asked.scores.score(its), Match(question.id, question.kind, cosine)))
    words.sort(key=lambda one: (-one[0], one[1].question_id))
    matches = [Match(question.id, question.kind, cosine) for cosine, question in found]
    same = [
        match
        for match, (_, question) in zip(matches, found, strict=True)
        if question.normalised == asked.normalised
    ]
    return Evidence(
        entry_id=found[0][1].entry_id,
        nearest=(same or matches)[0],
        worded=same[0] if same else words[0][1],
        cosines=tuple(cosine for cosine, _ in found[:2]),
        words=tuple(score for score, _ in words[:2]),
        exact=bool(same),
        covered=asked.scores.covered(said),
        around=around([cosine for cosine, _ in found]),
        questions=len(found),
    )

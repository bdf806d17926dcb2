"""One order out of two: by meaning and by words.

`fused` is what the cosines say plus the share of the words. Both look at the entry's best question
and, weighed less, at its second best: an entry that two of its questions speak for is the likelier
one. What counts most is the cosine with their centroid, which is what they have in common: each of
them has words of its own. Ranks are not fused, but what they come from:
a rank depends on whatever else was found, so that a filter would change the order of what it
leaves, and it forgets by how far the first is ahead. Of many questions some are near to anything
by chance, so an entry pays for each doubling.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from indexer.word_scores import WordScores
from store.models import Kind


@dataclass(frozen=True)
class Weights:
    """What the words count beside the cosines, an entry's second question beside its best, and
    the centroid beside single questions: its share, from 0 to 1, in what the cosines say.
    """

    words: float
    second: float
    centroid: float


# Of those that `tongwen model fit-search --shipped` finds best on the demo base, within 0.1, the
# ones that are best on help desk queries, too; run it again for another model.
FITTED = Weights(words=0.2, second=0.5, centroid=0.7)
# For each e-fold of an entry's questions. The demo base has about as many for every entry and
# cannot tell: on the help desk queries with 0 to 12 similar questions an entry, drawn twice,
# recall@1 was 76.6 and 75.9 without this, 80.1 and 80.0 with 0.045, 80.7 and 80.1 with 0.06.
MANY = 0.06


class Match(NamedTuple):
    """A question of an entry and its cosine."""

    question_id: int
    kind: Kind
    score: float


@dataclass(frozen=True)
class Evidence:
    """What speaks for an entry: cosines and word scores of its questions, each best first.

    `nearest` is the best question by cosine, `worded` by words; both are the one that is the
    asked text where the entry has it (`exact`). There are as many cosines as word scores.
    `centroid` is the cosine with the mean of the vectors of all its questions.
    `covered` is the share of what was asked that the questions say together, and `questions` how
    many there are.
    """

    entry_id: int
    nearest: Match
    worded: Match
    cosines: tuple[float, ...]
    words: tuple[float, ...]
    exact: bool
    covered: float
    centroid: float
    questions: int

    @property
    def lexical(self) -> float | None:
        """The best word score, None where no word is shared."""
        return self.words[0] or None


def fuse(evidence: Evidence, scores: WordScores, weights: Weights = FITTED) -> float:
    """Return the number by which entries are put in order."""
    shares = [scores.share(score) for score in evidence.words[:2]]
    near = _spoken(evidence.cosines, weights)
    meant = near + weights.centroid * (evidence.centroid - near)
    said = weights.words * _spoken(shares, weights)
    return meant + said - MANY * math.log(evidence.questions)


def _spoken(values: Sequence[float], weights: Weights) -> float:
    if len(values) < 2:
        return values[0]
    return (values[0] + weights.second * values[1]) / (1 + weights.second)

"""One order out of two: by meaning and by words.

`fused` is the cosine with the centroid of the entry's questions, which is what they have in common,
plus the share of the words: of its best question and, weighed less, of its second best. Ranks are
not fused, but what they come from: a rank depends on whatever else was found, so that a filter
would change the order of what it leaves, and it forgets by how far the first is ahead. Of many
questions some are near to anything by chance, so an entry pays for each doubling. What has learned
to tell near-identical questions reads the nearest of them beside what was asked, and has a say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from indexer.word_scores import WordScores
from store.models import Kind


@dataclass(frozen=True)
class Weights:
    """What the words count beside the cosine, and an entry's second question beside its best."""

    words: float
    second: float


# Of those that `tongwen model fit-search --shipped` finds best on the demo base, the pair that is
# best on help desk queries, too; run it again for another model.
FITTED = Weights(words=0.2, second=0.5)
# For each e-fold of an entry's questions. The demo base has about as many for every entry and
# cannot tell: on the help desk queries with 0 to 12 similar questions an entry, drawn twice,
# recall@1 was 77.0 and 76.2 without this, 80.4 and 80.0 with 0.04, 81.5 and 80.7 with 0.06.
MANY = 0.06
# For each e-fold of the odds that what was asked and an entry's nearest questions are the same;
# where they are too long to be read, what those of a proposed entry have on average counts.
_READ, _UNREAD = 0.02, -2.0


class Match(NamedTuple):
    """A question of an entry and its cosine."""

    question_id: int
    kind: Kind
    score: float


@dataclass(frozen=True)
class Evidence:
    """What speaks for an entry, `words` being the scores of its questions, the best two first.

    `nearest` is the best question by cosine, `worded` by words; both are the one that is the
    asked text where the entry has it (`exact`).
    `centroid` is the cosine with the centroid of all its questions (indexer/evidence.py).
    `covered` is the share of what was asked that the questions say together, and `questions` how
    many there are. `odds` is the log-odds that the nearest of them, `near`, ask the same, by the
    second reading; None where they were not read.
    """

    entry_id: int
    nearest: Match
    worded: Match
    words: tuple[float, ...]
    exact: bool
    covered: float
    centroid: float
    questions: int
    near: tuple[str, ...] = ()
    odds: float | None = None

    @property
    def lexical(self) -> float | None:
        """The best word score, None where no word is shared."""
        return self.words[0] or None


def fuse(evidence: Evidence, scores: WordScores, weights: Weights = FITTED) -> float:
    """Return the number by which entries are put in order."""
    said, *others = (scores.share(score) for score in evidence.words)
    if others:
        said = (said + weights.second * others[0]) / (1 + weights.second)
    odds = _UNREAD if evidence.odds is None else evidence.odds
    by_number = MANY * math.log(evidence.questions)
    return evidence.centroid + weights.words * said - by_number + _READ * odds

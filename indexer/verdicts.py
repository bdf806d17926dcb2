"""Whether a search found an answer: said from numbers that are documented and fitted.

The number that decides is made of three: how near the question is to the centroid of the best hit's
questions, and, weighed less, the share of the asked words that they have, the rarer the more, and
what the second reading says of the nearest of them. Of many questions some are near by chance and
have any word, so each doubling of them takes off. Meaning alone takes any question about cards for
one that the base has; words alone miss what is said otherwise. A question in another language than
the hit's has no words to share, so meaning speaks for them. The same text in its normal form counts
as 1, and nothing else does. A higher threshold never makes a verdict better: at 0 every search
answers, at 1 only the same text does. What stands against the hit (a guard's conflict, a second
entry as near, a topic that several have) makes an answer a suggestion, never more.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from indexer.errors import IndexerError

# Just below 1: a cosine that rounds to 1 is not yet the same text.
NOT_EXACT = 1 - 1e-6
# Thresholds that were fitted on another number are no use: this names the one in use.
NUMBER = (
    "0.75 centroid + 0.25 covered words + 0.03 odds + 0.04 ln(length / 10) - 0.07 ln(questions)"
)
_WORDS, _ODDS = 0.25, 0.03
# For each e-fold of questions: more than in the order, as of many some are read as the same, too.
_MANY = 0.07
# What is told at length is less near to every question, and covered less: what each e-fold of
# tokens beyond ten adds, and fewer take off. Queries longer than these were never fitted on.
_LENGTH, _USUAL_TOKENS, _MOST_TOKENS = 0.04, 10, 60
# What covered words come to for the right answer to a question in another language, for each 1 of
# the cosine: about what it is within a language.
_FOREIGN_WORDS = 0.5
_SHIPPED = Path(__file__).with_name("thresholds.toml")


class Verdict(StrEnum):
    """What is to be said of the best hit."""

    ANSWER = "answer"
    DID_YOU_MEAN = "did_you_mean"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class Thresholds:
    """From `answer` on a hit answers, from `suggest` on it is worth asking "did you mean".

    An answer must be `gap` better than the next entry with another answer; 0 asks nothing.
    """

    answer: float
    suggest: float
    gap: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.suggest <= self.answer <= 1 or not 0 <= self.gap <= 1:
            raise IndexerError(
                f"thresholds {self} make no sense; 0 <= suggest <= answer <= 1 and 0 <= gap <= 1"
            )


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against the best hit; `lead` is its score less that of the next.

    `centroid` is the cosine with the centroid of its questions, `questions` how many they are,
    and `covered` the share of the asked words, weighed by rarity, that they have. Without a model
    `centroid` is None, and words alone speak for nothing.
    `odds` are the log-odds that the nearest of them ask the same (indexer/fusion.py); None where
    they were not read, which says nothing.
    `foreign`: the hit is in another language, so that no word of it can be shared.
    `tokens` is how long the query is, in characters of Chinese and words.
    `wordless`: nothing was asked, only punctuation, whatever its cosine to something is.
    `topic`: what was asked is part of what entries with different answers are asked (退款).
    """

    centroid: float | None
    covered: float
    exact: bool = False
    lead: float | None = None
    conflicting: bool = False
    topic: bool = False
    vetoed: bool = False
    wordless: bool = False
    foreign: bool = False
    tokens: int = _USUAL_TOKENS
    questions: int = 1
    odds: float | None = None

    @property
    def number(self) -> float:
        """The number that thresholds are compared with."""
        if self.exact:
            return 1.0
        if self.wordless or self.centroid is None:
            return 0.0
        least = _FOREIGN_WORDS * self.centroid if self.foreign else 0.0
        said = self.centroid + _WORDS * (max(self.covered, least) - self.centroid)
        said += _ODDS * (self.odds or 0.0)
        said += _LENGTH * math.log(min(max(self.tokens, 1), _MOST_TOKENS) / _USUAL_TOKENS)
        said -= _MANY * math.log(self.questions)
        return min(max(said, 0.0), NOT_EXACT)


def verdict_of(best: Evidence | None, thresholds: Thresholds) -> Verdict:
    """Return the verdict on the best hit, None where there is no hit."""
    if best is None or best.vetoed or (best.number < thresholds.suggest and thresholds.suggest > 0):
        return Verdict.NO_ANSWER
    against = best.conflicting or (best.topic and not best.exact)
    if against or (best.number < thresholds.answer and thresholds.answer > 0):
        return Verdict.DID_YOU_MEAN
    close = best.lead is not None and best.lead < thresholds.gap
    return Verdict.DID_YOU_MEAN if close and thresholds.gap and not best.exact else Verdict.ANSWER


@cache
def _shipped() -> Mapping[str, Any]:
    return tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))


def shipped_thresholds(fingerprint: str) -> Thresholds:
    """Return the thresholds to begin with: those fitted for this model, else careful ones."""
    known = _shipped()["models"].get(fingerprint) or _shipped()["any"]
    return Thresholds(known["answer"], known["suggest"], known["gap"])

"""How well a question matches by its words: BM25 over characters, pairs of them, and codes.

`lexical` is this number: 0 where nothing is shared, larger is better, no upper bound. It depends
on the asked text, the question and the base, never on filters or on what else was found. A pair
of characters is weighed half and comes on top of its two characters; with the whole weight long
set phrases (怎么办理…) would count twice.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from store.tokens import Tokens

_K1, _B = 1.2, 0.75
_WORD, _CHARACTER = 0.5, 1.0
# Of what was asked, a single character is that much less worth saying than a word.
_PART = 0.4
# Of a pasted page the first so many characters are asked for.
LONGEST_ASKED = 1_000


@dataclass(frozen=True)
class Statistics:
    """Of how many questions the base consists, how long they are on average, and who has what."""

    documents: int
    mean_length: float
    frequencies: Mapping[str, int]

    def rarity(self, token: str) -> float:
        """Return the inverse document frequency."""
        have = self.frequencies.get(token, 0)
        return math.log(1 + (max(self.documents - have, 0) + 0.5) / (have + 0.5))


@dataclass(frozen=True)
class WordScores:
    """What each token of the asked text is worth; `scale` makes bases of any size comparable.

    `characters` and `words` have those that the base knows, `asked` has all that ask for something.
    """

    characters: Mapping[str, float]
    words: Mapping[str, float]
    asked: Mapping[str, float]
    mean_length: float
    scale: float

    @classmethod
    def of(cls, asked: Tokens, meant: Tokens, base: Statistics) -> WordScores:
        """Return the scores for an asked text in a base; `meant` is it without small talk."""
        known = base.frequencies
        return cls(
            {t: _CHARACTER * base.rarity(t) for t in set(asked.unigrams) if t in known},
            {t: _WORD * base.rarity(t) for t in set(asked.words) if t in known},
            {t: _PART * base.rarity(t) for t in meant.unigrams}
            | {t: base.rarity(t) for t in meant.words},
            max(base.mean_length, 1.0),
            math.log(1 + max(base.documents, 1)),
        )

    def score(self, found: Tokens) -> float:
        """Return the score of a question."""
        norm = _K1 * (1 - _B + _B * len(found) / self.mean_length)
        shared = (
            *_counted(found.unigrams, self.characters),
            *_counted(found.bigrams, self.words),
            *_counted(found.codes, self.words),
        )
        return sum(worth * times * (_K1 + 1) / (times + norm) for worth, times in shared)

    def covered(self, said: Collection[str]) -> float:
        """Return which share of what was asked is said, by tokens and by how rare they are.

        A token that nothing in the base has is the rarest of all: it is what tells a question
        that the base has never met from one that it only knows in other words.
        """
        whole = sum(self.asked.values())
        return sum(worth for t, worth in self.asked.items() if t in said) / whole if whole else 0.0

    def share(self, score: float) -> float:
        """Return the score as a number near 1 for a good match, to be added to a cosine.

        The root, because every further shared word says less than the one before it.
        """
        return math.sqrt(score / self.scale)


def _counted(found: Iterable[str], worth: Mapping[str, float]) -> list[tuple[float, int]]:
    """Return worth and number of the found tokens that were asked for."""
    times: dict[str, int] = {}
    for token in found:
        if token in worth:
            times[token] = times.get(token, 0) + 1
    return [(worth[token], count) for token, count in times.items()]

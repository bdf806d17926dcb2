"""Which half of a sentence is so: 让我退货，我不想退 and 不让我退货，我想退.

Both texts say the same two things. Each denies the one that the other affirms, or they say of two
things each what the other says of the other: 退掉电视，宽带继续用 and 退掉宽带，电视继续用.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from indexer.guarding.content import alike, content, shared
from indexer.guarding.facts import Facts

# So much of all that two halves say must be the same, both counted, for them to be of the same.
_ALIKE: Final = 1.3
_ALL_ALIKE: Final = 1.8
# A half that shares more is of the same thing, whatever else differs.
_OF_THE_SAME: Final = 0.75
_LEAST: Final = 2
_BREAK: Final = re.compile(
    r"[，,；;]\s*(?:但是?|可是?|却|而)?|但是?|可是|却|而(?!且)"
    r"|(?<=[a-z]),? (?:but|yet|while|though|and) "
)
_ENDING: Final = re.compile("[了吗呢啊的?？!。 ]+$")
_DENYING: Final = frozenset("不没未无非别")
_NO: Final = re.compile(
    r"\b(?:not|no longer|no|never|still|already|yet|any ?more)\b|n't\b|[不没未]有?"
)


class Half(NamedTuple):
    """One half of a text, and whether it denies."""

    words: str
    denies: bool

    @property
    def said(self) -> str:
        """What it says but for its denial."""
        return _NO.sub(" ", self.words)


def other_half(ours: Facts, theirs: Facts) -> Iterator[tuple[str, str]]:
    """Yield the first halves of two texts that differ in which half of the same is so."""
    denied = bool(ours.denials or ours.english_denials)
    if denied != bool(theirs.denials or theirs.english_denials):
        return
    if not denied and ours.characters != theirs.characters:
        return
    one = _halves(ours)
    other = _halves(theirs) if one else ()
    if not one or not other:
        return
    straight, crossed = _alike(one, other), _alike(one, other[::-1])
    if crossed > straight:
        other, straight = other[::-1], crossed
    turned = straight >= _ALIKE and one[0].denies != one[1].denies and _turned(one, other)
    if (turned and _alike(one, other[::-1]) < straight) or _mixed(ours, theirs, one, other):
        yield one[0].words, other[0].words


def _turned(one: Sequence[Half], other: Sequence[Half]) -> bool:
    """Whether each half denies what is so in the other text; it has to say enough of it."""
    least = 1 if one[0].words.isascii() or _alike(one, other) >= _ALL_ALIKE else _LEAST
    return all(
        a.denies != b.denies and min(len(content(a.said)), len(content(b.said))) >= least
        for a, b in zip(one, other, strict=True)
    )


def _halves(facts: Facts) -> Sequence[Half]:
    """Return the two halves of a text; nothing where it has more, or one alone."""
    text = _ENDING.sub("", facts.text)
    breaks = [m.span() for m in _BREAK.finditer(text) if m.start()]
    if not breaks and text and not text.isascii():
        # 有线能上无线不能上: the first half ends as the second does.
        last = text[-2:] if text[-2:] in text[:-2] else text[-1]
        first = text.find(last) + len(last)
        breaks = [(first, first)] if _LEAST < first < len(text) - _LEAST else []
    if len(breaks) != 1:
        return ()
    end, start = breaks[0]
    return (
        Half(text[:end], _denies(facts, 0, end)),
        Half(text[start:], _denies(facts, start, len(text))),
    )


def _denies(facts: Facts, start: int, end: int) -> bool:
    denials = facts.denials or facts.english_denials
    return any(start <= denial.start < end for denial in denials)


def _alike(one: Sequence[Half], other: Sequence[Half]) -> float:
    return sum(alike(a.said, b.said) for a, b in zip(one, other, strict=True))


def _mixed(ours: Facts, theirs: Facts, one: Sequence[Half], other: Sequence[Half]) -> bool:
    """Whether two texts say the same in all, but no half of the one is a half of the other."""
    if content(ours.text) != content(theirs.text) or any(h.denies for h in (*one, *other)):
        return False
    likeness = [shared(a.words, b.words) for a in one for b in other]
    return min(likeness) > 0 and max(likeness) < _OF_THE_SAME

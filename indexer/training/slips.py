"""Texts with a slip of the hand in them, as the second reading has to see through them.

Chinese is typed by its sound, and the wrong one of the characters offered is what slips in most.
Of two characters of one sound the commoner one is offered first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

# What a slip must not touch: without it, another thing is asked.
_KEPT = re.compile("[0-9不没未无别非]")
# Rarer characters are not what an input method offers.
_COMMON = 100
# How often another sound is taken for this one, where dialects don't part them.
_LIKE = 0.15
_FOLDS = ((re.compile("^([zcs])h"), r"\1"), (re.compile("^l"), "n"), (re.compile("ng$"), "n"))


class Slips:
    """Makes slips, with the characters that are common in the texts that it is given."""

    def __init__(self, texts: Iterable[str]) -> None:
        from pypinyin import lazy_pinyin

        counts = Counter(char for text in texts for char in text if "一" <= char <= "鿿")
        common = [char for char, count in counts.items() if count >= _COMMON]
        self._sounds = dict(zip(common, lazy_pinyin(common), strict=True))
        alike: dict[str, list[str]] = {}
        for char, sound in self._sounds.items():
            alike.setdefault(_folded(sound), []).append(char)
        self._counts, self._alike = counts, alike

    def of(self, text: str, random: np.random.Generator) -> str:
        """Return the text with one slip, mostly a character for one that sounds like it.

        It is the same text where the slip would have touched a number or a denial. It needs two
        characters at least.
        """
        found = self._slipped(text, random)
        return found if _KEPT.findall(found) == _KEPT.findall(text) else text

    def _slipped(self, text: str, random: np.random.Generator) -> str:
        at, kind = int(random.integers(len(text) - 1)), random.random()
        if kind < 0.6:
            return self._misheard(text, random)
        if kind < 0.8:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        return text[:at] + (text[at + 1 :] if kind < 0.92 else text[at] + text[at:])

    def _misheard(self, text: str, random: np.random.Generator) -> str:
        """Return the text with a word of one or two characters replaced by its sound."""
        at, width = int(random.integers(len(text))), 1 + int(random.random() < 0.25)
        heard = [self._for(char, random) for char in text[at : at + width]]
        return text[:at] + "".join(heard) + text[at + width :]

    def _for(self, char: str, random: np.random.Generator) -> str:
        sound = self._sounds.get(char)
        others = [o for o in self._alike[_folded(sound)] if o != char] if sound else []
        return _one_of(others, self._weights(others, sound), random) if others else char

    def _weights(self, others: Sequence[str], sound: str | None) -> NDArray[np.float64]:
        likeness = np.array([1.0 if self._sounds[one] == sound else _LIKE for one in others])
        return likeness * np.sqrt([self._counts[one] for one in others])


def _folded(sound: str) -> str:
    for pattern, to in _FOLDS:
        sound = pattern.sub(to, sound)
    return sound


def _one_of(
    several: Sequence[str], weights: NDArray[np.float64], random: np.random.Generator
) -> str:
    return several[int(random.choice(len(several), p=weights / weights.sum()))]

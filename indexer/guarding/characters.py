"""Single characters that stand for their opposite, or for another figure, in the same place.

上个月 against 下个月, 科目二 against 科目三: a character says little by itself, so what stands
around it has to be the same in both texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from indexer.guarding.words import words

# Characters of a text that may be told apart, each with its places.
Turning = Mapping[str, tuple[int, ...]]

# With these a sentence goes on after its content.
LOOSE_NEXT: Final = frozenset("了吗呢的怎如是要可能还需有多啊吧么和与，。, ")
# What there is more or less of.
_SCALES: Final = frozenset(
    "大小多少高低长短快慢远近难易冷热凉重轻厚薄深浅宽窄松紧软硬亮暗早晚新旧好坏强弱"
)


def turning(text: str) -> Turning:
    """Return the characters that have an opposite or are figures, each with its places."""
    local, figures = words().local, words().figures
    found: dict[str, list[int]] = {}
    for place, char in enumerate(_bound().sub(lambda match: "\0" * len(match[0]), text)):
        if char in figures or (char in local and not _compound(text, place, local[char])):
            found.setdefault(char, []).append(place)
    return {char: tuple(places) for char, places in found.items()}


@cache
def _bound() -> re.Pattern[str]:
    return re.compile("|".join(words().bound))


def _compound(text: str, place: int, others: tuple[str, ...]) -> bool:
    """Whether the opposite stands beside the character, so that both are meant: 进出, 大小."""
    return text[place - 1 : place] in others or text[place + 1 : place + 2] in others


def opposed_characters(
    asked: str, ours: Turning, found: str, theirs: Turning
) -> Iterator[tuple[int, int]]:
    """Yield where in each text one character stands for its opposite in the same place."""
    local = words().local
    for char, places in ours.items():
        for other in local.get(char, ()):
            if other in theirs:
                for place, there in _same_place(asked, places, found, theirs[other]):
                    if not (_whether(asked, place) and _whether(found, there)):
                        yield place, there


def _whether(text: str, place: int) -> bool:
    """Whether a text asks if something is so, and as well if it is the opposite: 远不远, 近不近."""
    char = text[place]
    return char in _SCALES and (
        text.startswith(f"不{char}", place + 1) or text.endswith(f"{char}不", 0, place)
    )


def other_figures(
    asked: str, ours: Turning, found: str, theirs: Turning
) -> Iterator[tuple[int, int]]:
    """Yield where a figure in characters differs in the same place: 科目二 and 科目三."""
    figures = words().figures
    for char in sorted(ours.keys() & figures):
        for other in sorted(theirs.keys() & figures):
            if other != char:
                for place, there in _same_place(asked, ours[char], found, theirs[other]):
                    # What it names stands before it; what it counts, after it.
                    if place and there and asked[place - 1] == found[there - 1]:
                        yield place, there


def _same_place(
    asked: str, places: tuple[int, ...], found: str, others: tuple[int, ...]
) -> Iterator[tuple[int, int]]:
    for place in places:
        for there in others:
            left, right = _shared(asked, place, found, there)
            if left + right >= 2 or (left + right == 1 and _ends(asked, place, found, there, left)):
                inside = asked[place - min(left, 1) : place + 1 + min(right, 1)]
                swapped = inside.replace(asked[place], found[there])
                if inside not in found and swapped not in asked:
                    yield place, there
                    break


def _shared(asked: str, place: int, found: str, there: int) -> tuple[int, int]:
    """Return how many characters, at most two, are the same on the left and on the right."""
    left = right = 0
    while (
        left < 2 and min(place, there) > left and asked[place - left - 1] == found[there - left - 1]
    ):
        left += 1
    after, behind = asked[place + 1 : place + 3], found[there + 1 : there + 3]
    while right < min(2, len(after), len(behind)) and after[right] == behind[right]:
        right += 1
    return left, right


def _ends(asked: str, place: int, found: str, there: int, left: int) -> bool:
    """Whether both texts end, or go on with a small word, on the side that differs."""
    step = 1 if left else -1
    sides = [
        text[where + step] if 0 <= where + step < len(text) else ""
        for text, where in ((asked, place), (found, there))
    ]
    return all(not side or side in LOOSE_NEXT for side in sides)

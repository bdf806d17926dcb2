"""Two writings of one question: a slip of the keyboard, or the same words in another order.

A model that reads tokens may see little left of a word with a character too many. Such pairs
count although their cosine is somewhat short of the threshold; a replaced character does not,
since that may be another thing altogether.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from store.text import normalise

_LONG_ENOUGH = 6
_DENIALS = "不没未"


@lru_cache(maxsize=65_536)
def _letters(text: str) -> Counter[str]:
    return Counter(char for char in normalise(text) if char.isalnum())


def same_writing(first: str, second: str) -> bool:
    """Whether both are made of the same characters, one of them at most being missing once."""
    left, right = _letters(first), _letters(second)
    if min(left.total(), right.total()) < _LONG_ENOUGH:
        return False
    surplus, lack = left - right, right - left
    return surplus.total() + lack.total() <= 1


def one_slip(first: str, second: str) -> bool:
    """Whether one becomes the other by exchanging two neighbours, or dropping one character."""
    left, right = (_line(text) for text in (first, second))
    if len(left) > len(right):
        left, right = right, left
    start = 0
    while start < len(left) and left[start] == right[start]:
        start += 1
    if len(right) == len(left) + 1:
        return left[start:] == right[start + 1 :]
    if len(right) != len(left) or start + 1 >= len(left):
        return False
    swapped = left[:start] + left[start + 1] + left[start] + left[start + 2 :]
    return swapped == right


def added_denial(first: str, second: str) -> str:
    """Return the denying character that one text has and the other lacks; else nothing."""
    shorter, longer = sorted((_line(first), _line(second)), key=len)
    if len(longer) != len(shorter) + 1:
        return ""
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    added = longer[start]
    return added if added in _DENIALS and shorter[start:] == longer[start + 1 :] else ""


@lru_cache(maxsize=65_536)
def _line(text: str) -> str:
    return "".join(char for char in normalise(text) if char.isalnum())

"""Numbers as people write them, in figures, in Chinese characters, in English words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from indexer.guarding.words import words

_DIGITS: Final[Mapping[str, int]] = dict(
    zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_TENS: Final[Mapping[str, int]] = {"十": 10, "百": 100, "千": 1000}
SCALES: Final[Mapping[str, float]] = {
    "万": 1e4,
    "亿": 1e8,
    "千": 1e3,
    "百": 1e2,
    "w": 1e4,
    "k": 1e3,
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
}
CHARACTERS: Final = "零〇一二两三四五六七八九十百千万亿"
ENGLISH: Final[Mapping[str, int]] = {
    word: number for number, word in enumerate(words().english_numbers)
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100}
ORDINALS: Final[Mapping[str, int]] = {
    word: number for number, word in enumerate(words().english_ordinals, 1)
}


def chinese_number(text: str) -> float | None:
    """Return the value of 三百二, 二十五, 二〇二四 or 三万; None for what is no number."""
    if len(text) > 1 and all(char in _DIGITS for char in text):
        return float("".join(str(_DIGITS[char]) for char in text))
    total = section = 0.0
    digit: float | None = None
    last = 1.0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
            last = 10 if char in "零〇" else last
        elif char in _TENS:
            section += (1 if digit is None else digit) * _TENS[char]
            digit, last = None, _TENS[char]
        else:
            whole = section + (digit or 0)
            if not whole:
                return None
            total = (total + whole) * SCALES[char]
            section, digit, last = 0, None, SCALES[char]
    # 三百二 is 320, but 三百零二 is 302.
    return total + section + (digit or 0) * (last / 10 if digit and last >= 100 else 1)

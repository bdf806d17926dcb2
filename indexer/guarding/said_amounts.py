"""Amounts that are said in a word, or as a share: 首次, 对折, 双倍, 百分之十, 三分之一, 九零后."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from indexer.guarding.numerals import chinese_number

_NUMERAL: Final = "零〇一二两三四五六七八九十百"
_SHARE: Final = re.compile(
    rf"(?P<of>[百千万]|[{_NUMERAL}]{{1,3}}|\d{{1,2}})分之"
    rf"(?P<so_many>\d+(?:\.\d+)?|[{_NUMERAL}]+(?:点[{_NUMERAL}]+)?)"
)
_WORDS: Final = {
    "对折": ("折", 5),
    "半价": ("折", 5),
    "双倍": ("times", 2),
    "一半": ("percent", 50),
}
_WORD: Final = re.compile("|".join(_WORDS))
# What is first is counted so: 首次 is 第一次, 头胎 is 第一胎.
_FIRST: Final = re.compile("(?:首(?=[次套批轮针])|头一?(?=[次胎批])|初(?=次))([次套批轮针胎])")
_DIMENSION: Final = {"次": "times"}
_BORN: Final = re.compile("(?<![0-9])(?:([0-9])0|([五六七八九零〇])[零〇])后")
_ANY: Final = re.compile("分之|[折价倍半首头初后]")
_SCALES: Final = {"百": 100.0, "千": 1_000.0, "万": 10_000.0}


class Said(NamedTuple):
    """An amount of a kind, the number that it was said with, and where in the text it stands."""

    kind: str
    value: float
    number: float
    start: int
    end: int


def said_amounts(text: str) -> tuple[tuple[Said, ...], str]:
    """Return the amounts that a normalised text says so, and the text with them blanked."""
    if not _ANY.search(text):
        return (), text
    found = tuple(_found(text))
    for one in found:
        text = text[: one.start] + "\0" * (one.end - one.start) + text[one.end :]
    return found, text


def _found(text: str) -> Iterator[Said]:
    for match in _SHARE.finditer(text):
        of, so_many = _SCALES.get(match["of"]) or _number(match["of"]), _number(match["so_many"])
        if of and so_many is not None:
            yield Said("percent", 100 * so_many / of, so_many, *match.span())
    for match in _WORD.finditer(text):
        kind, value = _WORDS[match[0]]
        yield Said(kind, value, value, *match.span())
    for match in _FIRST.finditer(text):
        yield Said(f"ordinal {_DIMENSION.get(match[1], match[1])}", 1, 1, *match.span())
    for match in _BORN.finditer(text):
        decade = _number(match[1] or match[2]) or 0.0
        yield Said("born", decade, decade, *match.span())


def _number(text: str) -> float | None:
    if text[0].isdecimal():
        return float(text)
    whole, _, part = text.partition("点")
    value = chinese_number(whole)
    if not part or value is None:
        return value
    return value + float("0." + "".join(f"{chinese_number(one) or 0:.0f}" for one in part))

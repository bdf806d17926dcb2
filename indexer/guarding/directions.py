"""Texts of which one goes from A to B and the other from B to A."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from indexer.guarding.english import Token
from indexer.guarding.words import words

_TURNING: Final = re.compile(r"[转换改变兑飞到](?:成|为|到|入|换)?")
_HOW: Final = re.compile("(?:怎么|怎样|如何|咋|能不能|可不可以|可以|能否|能|想要|想|要|该|直接)+$")


def turned_round(asked: str, found: str) -> Iterator[tuple[str, str]]:
    """Yield where the one goes from A to B and the other from B to A: 定期转活期, 活期转定期."""
    for match in _TURNING.finditer(asked):
        start = _HOW.sub("", asked[: match.start()])[-2:]
        end = asked[match.end() : match.end() + 2]
        if len(start) < 2 or len(end) < 2 or start == end or start in asked[match.end() :]:
            continue
        for other in _TURNING.finditer(found):
            before, after = _HOW.sub("", found[: other.start()]), found[other.end() :]
            if end in before[-4:] and start in after[:4] and start not in before:
                yield start + match[0] + end, before[-2:] + other[0] + after[:2]
                return


def turned_round_english(
    asked: tuple[Token, ...], found: tuple[Token, ...]
) -> Iterator[tuple[str, str]]:
    """Yield where the one goes from A to B and the other from B to A: "USD to EUR"."""
    theirs = set(_ways(found)) if found else set()
    for start, end in _ways(asked) if theirs else ():
        if start != end and (end, start) in theirs:
            yield f"{start} to {end}", f"{end} to {start}"


def _ways(tokens: tuple[Token, ...]) -> Iterator[tuple[str, str]]:
    """Yield the words before and after a "to"; after "from", the first word is the former."""
    function = words().function
    start, origin, waiting = "", False, False
    for token in tokens:
        if token.word in ("to", "into"):
            waiting = bool(start)
        elif token.word == "from":
            start, origin = "", True
        elif token.word not in function:
            if waiting:
                yield start, token.word
                start, origin, waiting = token.word, False, False
            elif not (origin and start):
                start = token.word

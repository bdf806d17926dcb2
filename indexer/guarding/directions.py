"""Texts of which one goes from A to B and the other from B to A."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from indexer.guarding.english import Token
from indexer.guarding.words import words

# What stands before goes to what stands after.
_TURNING: Final = re.compile(
    r"(?<!更)[转换改变兑飞](?!绑)[点些]?(?:成|为|到|入|换|至|进|去|往|给|回)?"
    r"|[送传导移迁搬寄发汇调跳存划拷切提充]到|(?<![看收找拿听见遇达得不感碰做查搜买抢弄])到"
    r"|[送传导移迁搬寄发汇调跳存划拷切]?(?:成|给|至|回|往)"
)
_CLAUSE: Final = re.compile("[，,。；;！!？?]")
_CHUNK: Final = re.compile(r"[a-z][a-z0-9]+|(?=([\u4e00-\u9fff]{2}))")
_EMPTY: Final = frozenset(
    "的了吗呢啊呀吧么着过是我你您他它这那请问想要怎样如何咋办为什会能可以还就都也很在有个和与把将从面去来再用让直接该点"
)
_BEFORE, _BEHIND = 14, 6
# Both ways round, these say the same: A和B有什么区别.
_BOTH: Final = re.compile("[、。；;/？?]|^(?:和|与|跟|及|或|又|同|还是)|绑定|关联|是什么")
_EITHER: Final = re.compile("区别|差别|不同|一样|哪个|哪家|对比|比较")


def turned_round(asked: str, found: str) -> Iterator[tuple[str, str]]:
    """Yield where the one goes from A to B and the other from B to A: 定期转活期, 活期转定期."""
    theirs = list(_from_and_to(found)) if ("被" in asked) == ("被" in found) else []
    for start, end, said in _from_and_to(asked) if theirs else ():
        for origin, target, other in theirs:
            if (start & target) - end - origin and (end & origin) - start - target:
                yield said, other
                return


def _from_and_to(text: str) -> Iterator[tuple[frozenset[str], frozenset[str], str]]:
    """Yield the chunks before each word of direction, those after it, and it with both."""
    for match in _TURNING.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        after = _CLAUSE.split(text[match.end() :])[0][:_BEHIND]
        start, end = _chunks(before), _chunks(after)
        if start and end:
            yield start, end, before[-4:] + match[0] + after[:4]


def _chunks(text: str) -> frozenset[str]:
    found = (match[1] or match[0] for match in _CHUNK.finditer(text))
    return frozenset(chunk for chunk in found if chunk and not _EMPTY & set(chunk))


def changed_places(asked: str, found: str) -> Iterator[tuple[str, str]]:
    """Yield two words that stand in each other's place: 客厅热卧室不热, 卧室热客厅不热.

    Who does and who suffers have changed places where a 被 is all that differs: 我是被追尾的.
    """
    if found in (asked.replace("是被", "是", 1), asked) or asked == found.replace("是被", "是", 1):
        yield asked, found
        return
    if len(asked) != len(found) or sorted(asked) != sorted(found) or _EITHER.search(asked):
        return
    differ = [i for i, (a, b) in enumerate(zip(asked, found, strict=True)) if a != b]
    ours, theirs = asked[differ[0] : differ[-1] + 1], found[differ[0] : differ[-1] + 1]
    for first in range(1, len(ours) - 1):
        if not theirs.endswith(ours[:first]):
            continue
        for last in range(1, len(ours) - first):
            between = ours[first:-last]
            words = ours[:first], ours[-last:]
            if (
                theirs == words[1] + between + words[0]
                and len(between) > 1
                and not _BOTH.search(between)
                and all(set(word) - _EMPTY for word in words)
            ):
                yield ours, theirs
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

"""Where two texts say opposite words and ask the same for all that.

被封了怎么解除 asks what 怎么解封 asks, 预约想取消 what 取消预约 does; and who asks whether it costs
something asks whether it is free. None of these opposites is a conflict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from indexer.guarding.content import content
from indexer.guarding.english_order import in_order
from indexer.guarding.undoing import undoing
from indexer.guarding.words import words

if TYPE_CHECKING:
    from indexer.guarding.opposites import Pole

_WHETHER: Final = re.compile(r"[^，,。？?]{0,2}[吗么吧嘛]$")
_WHETHER_ENGLISH: Final = re.compile(r"(?:so |and )?(?:is|are|was|were|will|does|do) ")
# What has been done already: 停机之后, an archived project.
_STATE: Final = re.compile("[了过的]?(?:之后|以后|后(?![台期续])|期满|状态)")
# Of what it is so: 锁定的行. It is given where something else is to happen to it.
_ATTRIBUTE: Final = re.compile("[了掉过]?的(?=[\u4e00-\u9fff])")
_SO: Final = re.compile("了|的(?=[\u4e00-\u9fff])")
_GIVEN: Final = ("被", "已", "已经", "从", "误", "错误", "不小心")
# What is to happen to such a state: 被封了怎么解除.
_RELEASING: Final = re.compile(
    "解除|恢复|解开|打开|放出来|移出|找回|取消|撤销|(?:怎么|如何|怎样|咋|能)解(?=$|[吗呢?？，,])"
)
_UNDOING: Final = frozenset("解恢复取撤移")
_OF_STATE: Final = re.compile(
    r"(?<![a-z])(?:an?|the|my|our|your|already|been|was|after|accidentally"
    r"|mistakenly)\s$"
)
_ORIGIN: Final = re.compile(r"(?<![a-z])from (?:(?:an?|the|my|our) )?$")
# "the card I reported lost" has been found.
_REPORTED: Final = re.compile(r"\b(?:reported|marked|listed|declared)(?: it| as)* $")
_MISTAKEN: Final = re.compile(r" (?:by (?:mistake|accident)|accidentally)")


def same_end(texts: tuple[str, str], one: Pole, other: Pole) -> bool:
    """Whether two texts, each with its own of two opposites, ask for the same."""
    return (
        _undone_apart(texts, one, other)
        or _released(texts, one, other)
        or _in_same_order(texts, one, other)
        or _asked_alike(texts, one, other)
    )


def is_given(text: str, pole: Pole) -> bool:
    """Whether a text starts from what a word says, as from what is so already: 停机之后, 被封."""
    if pole.word[0].isascii():
        if pole.word == "lost" and _REPORTED.search(text, 0, pole.start):
            return True
        return _ORIGIN.search(text, 0, pole.start) is not None or (
            pole.word.endswith("ed")
            and bool(_OF_STATE.search(text, 0, pole.start) or _MISTAKEN.match(text, pole.end))
        )
    return bool(_STATE.match(text, pole.end)) or text.endswith(_GIVEN, 0, pole.start)


def is_given_before(text: str, pole: Pole, others: Iterable[Pole]) -> bool:
    """Whether a word names what its opposite is to happen to: 锁定的行解锁, split merged cells."""
    if pole.word[0].isascii():
        return pole.word.endswith("ed") and any(o.end + 1 == pole.start for o in others)
    return _ATTRIBUTE.match(text, pole.end) is not None and any(
        o.start > pole.end or _RELEASING.match(o.word) for o in others
    )


def _undone_apart(texts: tuple[str, str], one: Pole, other: Pole) -> bool:
    """Whether what one word undoes is undone elsewhere in the other text: 取消预约, 预约想取消."""
    pairs = ((one.word, texts[1]), (other.word, texts[0]))
    return any(
        undo is not None and undo[0] != word and undo[0] in text
        for word, text in pairs
        for undo in (undoing().match(word),)
    )


def _released(texts: tuple[str, str], one: Pole, other: Pole) -> bool:
    """Whether a text asks how to undo what it says, and the other how to: 被封了怎么解除, 解封."""
    return any(
        undo.word[0] in _UNDOING
        and _RELEASING.search(text, state.end) is not None
        and (is_given(text, state) or state.word[0] == "被" or _SO.match(text, state.end))
        for text, state, undo in ((texts[0], one, other), (texts[1], other, one))
    )


def _in_same_order(texts: tuple[str, str], one: Pole, other: Pole) -> bool:
    """Whether what is before something has that after it: "eat before swimming"."""
    if {one.word, other.word} != {"before", "after"}:
        return False
    order = in_order(texts[0])
    return order is not None and order == in_order(texts[1])


def _asked_alike(texts: tuple[str, str], one: Pole, other: Pole) -> bool:
    """Whether both ask whether it is the one or the other: 要钱吗, 免费吗, 免不免费, 是不是免费."""
    return all(
        pole.word in words().asked_alike and _asks_whether(text, pole)
        for text, pole in zip(texts, (one, other), strict=True)
    ) and (not one.word.isascii() or _in_other_words(texts, one, other))


def _in_other_words(texts: tuple[str, str], one: Pole, other: Pole) -> bool:
    """Whether the rest of English questions differs: "are you open", "is the store closed"."""
    ours, theirs = (
        content(text[: pole.start] + " " + text[pole.end :])
        for text, pole in zip(texts, (one, other), strict=True)
    )
    return ours != theirs


def _asks_whether(text: str, pole: Pole) -> bool:
    if pole.word.isascii():
        return _WHETHER_ENGLISH.match(text) is not None
    before = text[: pole.start]
    return (
        _WHETHER.match(text, pole.end) is not None
        or text.startswith(
            (f"不{pole.word}", "是不是", "是否", "期是不是", "期是否"), pole.end
        )  # 贵不贵
        or before.endswith(("是不是", "会不会", "是否", f"{pole.word[0]}不"))
    )

"""How often, how soon and up to what: 每秒 against 每月, 实时 against 24小时后.

Figures alone are compared in `quantities`; here one of the sides, or both, say it without one, or
both have the same and one goes up to it (前30分钟) where the other begins with it (满30分钟).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from indexer.guarding.content import alike
from indexer.guarding.cues import holding, needs
from indexer.guarding.either_way import Pair, either_way, set_against

_SAID: Final = 0.75
_EACH: Final = re.compile(
    "每一?个?(?P<unit>秒|分钟|小时|天|日|周|星期|月|季度|年|次|笔|单|人|张|件|户)(?!个)"
)
_PER: Final = re.compile(
    r"\b(?:per|each|every) (?P<unit>second|minute|hour|day|week|month|year|person|order|item)\b"
)
_ALIKE: Final = {"日": "天", "星期": "周", "笔": "次", "单": "次"}


@needs(holding("每", _EACH), holding("每", _EACH))
def other_rate(asked: str, found: str) -> Iterator[Pair]:
    """Yield by what it is counted, where all the rest is the same: 每秒几次, 每月几次."""
    yield from _counted_by(asked, found, _EACH)


@needs(_PER.search)
def other_rate_english(asked: str, found: str) -> Iterator[Pair]:
    """Yield by what it is counted in English: "per day", "per month"."""
    yield from _counted_by(asked, found, _PER)


def _counted_by(asked: str, found: str, each: re.Pattern[str]) -> Iterator[Pair]:
    ours, theirs = list(each.finditer(asked)), list(each.finditer(found))
    if len(ours) != 1 or len(theirs) != 1:
        return
    units = {_ALIKE.get(unit, unit) for unit in (ours[0]["unit"], theirs[0]["unit"])}
    if len(units) > 1 and alike(each.sub("", asked), each.sub("", found)) >= _SAID:
        yield ours[0][0], theirs[0][0]


_FIGURE: Final = r"(?:\d+|[一两二三四五六七八九十半几]+)"
_AT_ONCE: Final = re.compile("实时|即时|立即|立刻|马上|秒(?=到)|当[天日]|当场")
_NEXT_DAY: Final = re.compile(r"次日|第二天|隔[天日]|转天|t\+1")
_SOON: Final = re.compile(f"{_AT_ONCE.pattern}|{_NEXT_DAY.pattern}")
_LATER: Final = re.compile(
    f"(?<!第)(?:要?等)?(?<!第){_FIGURE}个?(?:小时|天|工作日|周|星期|礼拜|月)(?:之?后|以后|才)?"
)
_ONE_DAY: Final = re.compile("(?<!\\d)(?:24小时|[1一]个?(?:天|工作日))")
_BESIDE: Final = re.compile("要等|[就才到]")


@needs(_SOON.search)
@either_way
def other_delay(mine: str, other: str) -> Pair | None:
    """Return how soon it comes, of which the one has no figure: 实时到账, 24小时后到账."""
    found = set_against(mine, other, _SOON, _LATER)
    if found is None:
        return None
    soon, later = found
    if _NEXT_DAY.match(soon[0]) and _ONE_DAY.search(later[0]):
        return None
    rests = (
        _BESIDE.sub("", text.replace(said[0], "")) for text, said in ((mine, soon), (other, later))
    )
    return found.words if alike(*rests) >= _SAID else None


_FIRST: Final = re.compile(
    f"(?<![提之以])[前头](?P<much>{_FIGURE}个?(?:分钟|小时|天|公里|单|次|件|名|年|月|gb?|兆))"
)


@needs(_FIRST.search)
@either_way
def first_or_after(mine: str, other: str) -> Pair | None:
    """Return where it is so of the first of a thing, and of what comes after: 前3次, 满3次."""
    first = _FIRST.search(mine)
    if first is None or _FIRST.search(other):
        return None
    much = re.escape(first["much"])
    after = re.search(f"(?:[停用满够超]{{1,2}}过?|达到?|买满?){much}|{much}[之以]?[后外]", other)
    return (first[0], after[0]) if after else None


_DIGIT: Final = re.compile(r"\d")
_FROM_ON: Final = re.compile(
    r"(?P<figure>\d[\d.]*) (?:and|or) (?:later|newer|above|higher|up|over|more)\b"
    r"|\b(?:from|since|at least) (?:[a-z]+ )?(?P<after>\d[\d.]*)(?! to)"
)
_UP_TO: Final = re.compile(
    r"(?P<figure>\d[\d.]*) (?:and|or) (?:earlier|older|below|lower|under|less)\b"
    r"|\b(?:up to|until|at most|no later than|before) (?:[a-z]+ )?(?P<after>\d[\d.]*)"
)


def _from_on(text: str) -> re.Match[str] | None:
    return _FROM_ON.search(text) if _DIGIT.search(text) else None


@needs(_from_on)
@either_way
def other_bound(mine: str, other: str) -> Pair | None:
    """Return where one figure is the least in the one and the most in the other: "iOS 15"."""
    found = set_against(mine, other, _FROM_ON, _UP_TO)
    if found is None:
        return None
    least, most = found
    same = (least["figure"] or least["after"]) == (most["figure"] or most["after"])
    return found.words if same else None

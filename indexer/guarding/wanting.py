"""What is wanted and what is not: not coming or unwelcome, needed or not, opened or to be off.

收不到短信 against 不想收到短信, 不开会员也能 against 只有会员才能, 自动更新怎么打开 against
不想自动更新, 闹钟不响 against 闹钟老是响.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import shared
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way

_SAID: Final = 0.5
_WITHOUT: Final = re.compile(
    "(?:不|没有?|无|非)(?P<what>[^，,。]{1,5}?)(?:也|都)(?:能|可以?|行|会|给)"
)
_ONLY_WITH: Final = re.compile(
    "(?:只有|只能|仅限?|必须|一定要|得|要|限)(?P<what>[^，,。]{1,8}?)(?:才|(?=能|可以)|$)"
)


@needs(_WITHOUT.search)
@either_way
def needed_or_not(mine: str, other: str) -> Pair | None:
    """Return what it is done without, and in the other only with: 不开会员也能, 只有会员才能."""
    without, only = _WITHOUT.search(mine), _ONLY_WITH.search(other)
    if without is None or only is None or _WITHOUT.search(other) or "不" in only[0]:
        return None
    if mine.endswith("吗") != other.endswith("吗"):
        return None
    both = _pairs(without["what"]) & _pairs(only["what"])
    return (without[0], only[0]) if both and shared(mine, other) >= _SAID else None


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


_LACKS: Final = re.compile(
    "[收接]不到|(?:没有?|未)(?:能)?[收接]到|(?:不再|没有?再?)(?:收到|给我发)"
    "|(?:怎么|为什么|咋)(?:就|都|又|现在)?不再?(?:给我)?[发推]"
)
_UNWANTED: Final = re.compile(
    "(?:不想|不要|不愿意?|别|不需要|勿|不希望)(?:再)?[^，,。]{0,3}?"
    "(?:[收接看]到|[收接]|(?:给我|向我|对我)?[发推打]|(?:给|向)我|想要了?(?=[，,。能可怎]|$))"
    "|(?<![是要])不要了"
)
_TOO_OFTEN: Final = re.compile(
    "(?:总是?|老是?|一直|频繁|天天|经常|不停|连续|重复|反复)[地的]?(?:在)?"
    "(?:[收接]到|给我[发打推]|[发打推][来给])|[收接]到[^，,。]{0,6}(?:不是我|非本人|别人的|陌生)"
)


@needs(_LACKS.search)
@either_way
def unwanted_or_lacking(mine: str, other: str) -> Pair | None:
    """Return what doesn't come in the one and is not wanted in the other: 收不到, 不想收到."""
    lacks = _LACKS.search(mine)
    if lacks is None or _LACKS.search(other) or _UNWANTED.search(mine) or _TOO_OFTEN.search(mine):
        return None
    comes = _UNWANTED.search(other) or _TOO_OFTEN.search(other)
    return (lacks[0], comes[0]) if comes and shared(mine, other) >= _SAID else None


_FAILS: Final = re.compile(
    "(?:不会|不能|不|没法)(?:自动|自己|主动)?(?P<deed>(?![了住好行用是对到完])[\u4e00-\u9fff]{1,2}?)"
    "(?=了?(?:$|[怎，,。是]))"
)
_FAILED: Final = re.compile("[^，,。]{0,3}(?:[不没]|失败)")
_ALWAYS: Final = re.compile("(?:老|总|一直|频繁|反复|不停)[是地的]?(?:在|自动|自己|主动|乱|会)*")


@needs(_FAILS.search, _ALWAYS.search)
@either_way
def never_or_always(mine: str, other: str) -> Pair | None:
    """Return what never happens in the one and all the time in the other: 不响, 老是响."""
    fails = _FAILS.search(mine)
    if fails is None:
        return None
    deed = fails["deed"]
    for always in _ALWAYS.finditer(other):
        place = always.end()
        # 旋转 is 转; 一直还款失败 fails as well.
        end = next((place + len(w) for w in (deed, deed[-1]) if other.startswith(w, place)), 0)
        if end and not _FAILED.match(other, end) and shared(mine, other) >= _SAID:
            return fails[0], other[always.start() : end]
    return None


_REFUSED: Final = re.compile(
    "(?:不想|不要|不愿意?|不希望|不再?让|别)(?:再|让|要|用|它|他|自己|继续){0,3}(?P<what>[^，,。？?]{2,6})"
)
_OPENS: Final = re.compile(
    "打开|开启|开通|启用|加入|报名|订阅|安装|绑定|(?:怎么|如何|怎样|咋)(?:开|设|弄成)"
)
_OPENED: Final = re.compile("打开|开启|开通")
_NO: Final = re.compile("[不没未别关误被退解拒停]|取消|为什么|重新|注销|屏蔽")
_MORE_SAID: Final = 0.7


@needs(_REFUSED.search, _OPENS.search)
@either_way
def opened_or_unwanted(mine: str, other: str) -> Pair | None:
    """Return what the one wants none of and the other opens: 不想自动更新, 自动更新怎么打开."""
    refused, opens = _REFUSED.search(mine), _OPENS.search(other)
    if refused is None or opens is None or _NO.search(other) or _OPENED.search(mine):
        return None
    # 不想每次手动还 names nothing of 自动还款: what is refused is read two characters at a time.
    what = refused["what"]
    if not any(what[i : i + 2] in other for i in range(0, len(what) - 1, 2)):
        return None
    said = shared(other.replace(opens[0], ""), mine)
    return (refused[0], opens[0]) if said >= _MORE_SAID else None

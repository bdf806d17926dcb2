"""What one text does and the other undoes: 绑定 and 解绑, 锁车 and 解锁车."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from indexer.guarding.characters import LOOSE_NEXT
from indexer.guarding.content import shared
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way
from indexer.guarding.english import whole_words
from indexer.guarding.words import words

# So much of the rest of the sentence must be the same for 取消预约 to oppose 预约.
_SAID: Final = 0.8
_RELEASED: Final = re.compile(
    "解(?P<undone>[锁绑冻封约禁挂密聘])"
    "|被(?P<tied>[锁绑冻封禁])[^，,。；;]{0,8}(?:怎么|如何|怎样|咋|能)(?:解|打)开?(?=$|[吗呢?？，,])"
)
_DONE: Final = re.compile("了(?![吗没])|之?后")
_OPENING: Final = re.compile("[解开破]|取消|恢复")


@cache
def undoing() -> re.Pattern[str]:
    """Return what finds a word for undoing what follows it."""
    return re.compile(f"(?:{'|'.join(words().undoing)})(?:了|掉|我的|这个|该)?")


@cache
def _ending() -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(words().ending)})|恢复|[不没无未别关]|退[了掉]?[吗呢?？]?$")


def is_ending(word: str) -> bool:
    """Whether a word is for ending or undoing something."""
    return word in words().undoing or word in words().ending


@needs(undoing().search)
def undone_alone(asked: str, found: str) -> Iterator[tuple[str, str]]:
    """Yield what one text undoes and the other does, with no word for undoing anywhere."""
    for mine, other, swapped in ((asked, found, False), (found, asked, True)):
        match = undoing().search(mine)
        if match is None or undoing().search(other) or _ending().search(other):
            continue
        thing = mine[match.end() : match.end() + 2]
        rest = [c for c in mine[: match.start()] + mine[match.end() :] if c not in LOOSE_NEXT]
        said = sum(c in other for c in rest) / len(rest) if rest else 0.0
        if len(thing) == 2 and thing in other and said >= _SAID:
            undone = whole_words(mine, match.start(), match.end() + 2)
            done = whole_words(other, other.index(thing), other.index(thing) + 2)
            yield (done, undone) if swapped else (undone, done)


@needs(_RELEASED.search)
@either_way
def released(mine: str, other: str) -> Pair | None:
    """Return what one text locks and the other unlocks: 手机怎么锁车, 手机怎么解锁车."""
    match = _RELEASED.search(mine) if "解" in mine and not _OPENING.search(other) else None
    if match is None or len(other) > len(mine) + 1:
        return None
    done = match["undone"] or match["tied"]
    tied = re.search(f"(?<![被已没]){done}(?![了住死着])", other)
    if _DONE.match(mine, match.end()):  # 解封了 and 被封了
        tied = re.search(f"[被已]{done}|{done}[了住死着]", other)
    if tied is None or mine.count(done) > 1:
        return None
    rest = [c for c in mine[: match.start()] + mine[match.end() :] if c not in LOOSE_NEXT]
    if sum(c in other for c in rest) >= _SAID * len(rest):
        return match[0], tied[0]
    return None


# What was done by mistake is to be got back: 误注销了怎么恢复.
_GOT_BACK: Final = "恢复|找回|还原|复原|挽回|撤回|弄回|救回|回来"
_TO_GET_BACK: Final = re.compile(
    "(?P<deed>[注删取解卸清销退停关撤踢扔]|格式化)[^，,。？?]{0,5}[，,]?(?:怎么|如何|怎样|咋|还?能|可以)"
    f"[^，,。？?]{{0,4}}?(?:{_GOT_BACK})"
)
_GETS_BACK: Final = re.compile(f"{_GOT_BACK}|误|不小心|打开|重新|解除")
# So much of the shorter text must be the same for what is to be got back to be the same thing.
_SAID_OF_IT: Final = 0.5


@needs(_TO_GET_BACK.search)
@either_way
def got_back(mine: str, other: str) -> Pair | None:
    """Return what the one is to do and the other to get back: 怎么注销, 误注销了怎么恢复."""
    if "回" not in mine and "复" not in mine and "还原" not in mine:
        return None
    back = _TO_GET_BACK.search(mine)
    if back is None or _GETS_BACK.search(other):
        return None
    done = re.search(f"(?:怎么|如何|怎样|咋|想要?|能|可以)[^，,。被了]{{0,5}}{back['deed']}", other)
    if done and shared(mine, other) >= _SAID_OF_IT:
        return back[0], done[0]
    return None


# What is put on a thing and taken off it: 图片上加水印, 图片上的水印去掉.
_PUT: Final = re.compile(
    "(?<![增更参附])[加添配写印贴画放填][上入个些]?(?P<thing>[\u4e00-\u9fff]{2})"
)
_TAKEN_OFF: Final = re.compile("去掉|去除|划掉|抹掉|删掉|删除|移除|擦掉|撕掉|拿掉|清除")


@needs(_TAKEN_OFF.search)
@either_way
def taken_off(mine: str, other: str) -> Pair | None:
    """Return what the one puts on and the other takes off: 给文档加页码, 把文档页码去掉."""
    off = _TAKEN_OFF.search(other) if "掉" in other or "除" in other else None
    if off is None or _TAKEN_OFF.search(mine):
        return None
    for put in _PUT.finditer(mine):
        thing = put["thing"]
        if thing in other and put[0] not in other and shared(mine, other) >= _SAID_OF_IT:
            return put[0], off[0]
    return None

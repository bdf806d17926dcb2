"""What one text does and the other undoes: 绑定 and 解绑, 锁车 and 解锁车."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from indexer.guarding.characters import LOOSE_NEXT
from indexer.guarding.either_way import Pair, either_way
from indexer.guarding.english import whole_words
from indexer.guarding.words import words

# So much of the rest of the sentence must be the same for 取消预约 to oppose 预约.
_SAID: Final = 0.8
_RELEASED: Final = re.compile("解([锁绑冻封约禁挂密聘])")
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


@either_way
def released(mine: str, other: str) -> Pair | None:
    """Return what one text locks and the other unlocks: 手机怎么锁车, 手机怎么解锁车."""
    match = _RELEASED.search(mine) if "解" in mine and not _OPENING.search(other) else None
    if match is None or len(other) > len(mine) + 1:
        return None
    tied = re.search(f"(?<![被已没]){match[1]}(?![了住死着])", other)
    if _DONE.match(mine, match.end()):  # 解封了 and 被封了
        tied = re.search(f"[被已]{match[1]}|{match[1]}[了住死着]", other)
    if tied is None or mine.count(match[1]) > 1:
        return None
    rest = [c for c in mine[: match.start()] + mine[match.end() :] if c not in LOOSE_NEXT]
    if sum(c in other for c in rest) >= _SAID * len(rest):
        return match[0], tied[0]
    return None

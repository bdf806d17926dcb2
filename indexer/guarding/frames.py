"""One word put for another in a sentence that is the same else: 流量可以转赠吗, 流量可以共享吗.

Lists of opposites never end, but a reader who sees all the rest repeated takes the one word for
what is asked. Words that may stand for one another are listed; everything else is a difference.
A single character is left to the lists, as it may be a slip of the writer (注消 for 注销); but
not where it alone is the verb, at the end: 彩铃怎么订, 彩铃怎么退.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.words import words

_SMALL: Final = re.compile(r"请问|麻烦|你好|您好|一下|[的了吗呢啊呀吧嘛着过]|[^\w]")
_MAY: Final = re.compile("能不能|可不可以|能否|可以")
# Where one side denies or finds fault, another way to say it is as likely as another matter.
_FAULTS: Final = frozenset("不没无未非别免勿唔冇难拒停忘失误缺少差坏慢错异故")
_HAN: Final = re.compile("[\u4e00-\u9fff]{1,3}")
_VERB: Final = ("怎么", "怎样", "如何", "咋", "能", "要")
# So much besides must be said for the rest to be a sentence.
_LEAST: Final = 3
_GROWN: Final = 2


def frame(text: str) -> str:
    """Return a normalised text without the small words, which say nothing of what is asked."""
    return _SMALL.sub("", _MAY.sub("能", text) if "能" in text or "可" in text else text)


def other_word(asked: str, found: str) -> tuple[str, str] | None:
    """Return the word of each frame in which alone they differ, if those are not alike."""
    if len(asked) != len(found) or asked == found:
        return None
    start, end = 0, len(asked)
    while asked[start] == found[start]:
        start += 1
    while asked[end - 1] == found[end - 1]:
        end -= 1
    one, other = asked[start:end], found[start:end]
    if len(one) == 1 and (end < len(asked) or not asked[:start].endswith(_VERB)):
        return None
    if len(asked) - len(one) < _LEAST:
        return None
    if not _HAN.fullmatch(one) or not _HAN.fullmatch(other) or _FAULTS & {*one, *other}:
        return None
    if any(a == b for a, b in zip(one, other, strict=True)) or {*one} & {*other}:
        return None
    return None if _alike(asked, found, start, end) else (one, other)


def _alike(asked: str, found: str, start: int, end: int) -> bool:
    """Whether a line of the lists has both, each with as much of what stands around it."""
    alike = words().alike
    for first in range(max(0, start - _GROWN), start + 1):
        for last in range(end, min(len(asked), end + _GROWN) + 1):
            ours = alike.get(asked[first:last])
            if ours and ours & alike.get(found[first:last], frozenset()):
                return True
    return False

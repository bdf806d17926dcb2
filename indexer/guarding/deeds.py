"""What is done to a thing: 门禁卡怎么添加 and 门禁卡怎么注销, "pause my plan" and "move my plan".

Verbs belong to stages of what people do with all that they have; those without a stage in common
are told apart where all the rest of the two texts is the same, question words and courtesy aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from indexer.guarding.comparing import Span
from indexer.guarding.english import Token, stem, tokens
from indexer.guarding.words import Lexicon, words

if TYPE_CHECKING:
    from indexer.guarding.facts import Facts

# Longer texts say more than one thing, and a verb has no more characters than these.
_LONGEST: Final = 30
_LONGEST_ENGLISH: Final = 60
_DIFFER: Final = 4
_DIFFER_ENGLISH: Final = 9
# What says nothing of the thing or of what is done to it.
_ASIDE: Final = re.compile(
    "请问一?下?|想问一?下|问一?下|你好|您好|麻烦|谢谢|帮忙|[请帮]我|告诉我|谁知道|急"
    "|怎么样?才?|如何才?|怎样才?|咋样?|应该怎么?|可不可以|能不能|可以|能否|可否|是否|是不是|能够"
    "|需要|想要|应该|要不要|用不用|哪里|哪儿|在哪|办法|方法|流程|步骤|教程|操作|手续|方式|申请流程"
    "|进行|一下子?|这个|那个|这张|这款|我们|你们|咱们?|自己|已经|刚刚?"
    "|(?:给|给我)?(?:别人|他人|朋友|家人|好友|亲友|对方|同事|人)"
    "|(?<=暂停|停止|开始|恢复)使用"
    "|[我你您想要能会把将给的了吗呢啊呀吧么嘛呗呐去在来到再又这那个掉去好]|[\\s，,。.？?！!~、]"
)
# X怎么办 asks for a way out, but of a licence or a card how to get it.
_WAY_OUT: Final = ("怎么办", "咋办", "如何办")
_GOT: Final = re.compile("(?<=[证卡照案贷务餐户险保籍学票续](?:怎么|如何)办)")
_ASKED: Final = ("怎么", "如何", "怎样", "咋", "怎么样", "能", "可以", "想", "要", "去", "来")
# What such ways to ask are written with: as _ASIDE, a character at a time.
_LOOSE: Final = frozenset(
    "请问想一下你您好麻烦谢帮我怎么样如何才咋应该可以能否是需要的了吗呢啊呀吧给哪里在,，。.？?！! "
)
_NO_VERB_BEFORE: Final = frozenset("不没能是有会要")
_ENDING: Final = re.compile("[的了吗呢啊呀吧么嘛掉呗]*[?？!。]*$")


@dataclass(frozen=True)
class Deed:
    """What is done in a text, the stages it belongs to, and where it stands."""

    word: str
    stages: frozenset[int]
    span: Span


@cache
def _lexicon() -> Lexicon:
    return Lexicon(words().deeds)


@cache
def _english() -> Mapping[str, frozenset[int]]:
    """Return the stages of each English verb without its ending, or of two words joined."""
    found: dict[str, frozenset[int]] = {}
    for word, lines in words().english_deeds.items():
        form = word if "-" in word else stem(word)
        found[form] = found.get(form, frozenset()) | {line for line, _ in lines}
    return found


def other_deed(ours: Facts, theirs: Facts) -> Iterator[tuple[Span, Span]]:
    """Yield the verbs of two texts that say the same but for what is done."""
    if not _may_differ(ours, theirs):
        return
    if "谁" in ours.text or "谁" in theirs.text:  # any way somebody helps will do
        return
    one, other = _deeds(ours.text), _deeds(theirs.text)
    for rest in one.keys() & other.keys():
        mine, their = one[rest], other[rest]
        # 退货怎么退 asks what 退货怎么申请 asks.
        if not mine.stages & their.stages and not {mine.word[0], their.word[0]} & {*rest}:
            yield mine.span, their.span
            return


def _may_differ(ours: Facts, theirs: Facts) -> bool:
    """Whether it can be the verbs alone that two texts differ in; most pairs are spared more."""
    longest = max(len(ours.text), len(theirs.text))
    if longest > _LONGEST and not (longest <= _LONGEST_ENGLISH and ours.text.isascii()):
        return False
    most = _DIFFER_ENGLISH if ours.text.isascii() else _DIFFER
    same = len(ours.characters & theirs.characters)
    return 0 < max(len(ours.characters), len(theirs.characters)) - same <= most


def characters(text: str) -> frozenset[str]:
    """Return the characters of a text, without those that ways to ask are written with."""
    return frozenset(text) - _LOOSE


@lru_cache(maxsize=65_536)
def _deeds(text: str) -> Mapping[tuple[str, ...], Deed]:
    """Return what may be done in a text, by all the rest of it in order of the alphabet."""
    found: dict[tuple[str, ...], Deed] = {}
    for rest, deed in _in_english(text) if text.isascii() else _chinese(text):
        found.setdefault(tuple(sorted(rest)), deed)
    return found


def _chinese(text: str) -> Iterator[tuple[Iterable[str], Deed]]:
    deeds = words().deeds
    for word, start, end in _lexicon().find(text):
        if len(word) > 1 or is_verb(text, start, end):
            stages = frozenset(line for line, _ in deeds[word])
            yield (
                _ASIDE.sub("", f"{text[:start]} {text[end:]}"),
                Deed(word, stages, (start, end)),
            )


def _in_english(text: str) -> Iterator[tuple[Iterable[str], Deed]]:
    known, function = _english(), words().function
    found = tokens(text)
    plain = [t for t in found if not t.is_joined]
    said = [t for t in plain if t.word not in function]
    pairs = ((one, other, f"{one.word}-{other.word}") for one, other in pairwise(plain))
    joined = (Token(w, w, one.start, other.end) for one, other, w in pairs if w in known)
    for token in (*joined, *(t for t in found if t.is_joined or t.word not in function)):
        stages = known.get(token.word) or known.get(token.stem)
        if stages:
            rest = [t.stem for t in said if not token.start <= t.start < token.end]
            yield rest, Deed(token.stem, stages, (token.start, token.end))


def is_verb(text: str, start: int, end: int) -> bool:
    """Whether a single character is the verb of a question, and no piece of another word."""
    if text.endswith(_WAY_OUT, 0, end):
        return _GOT.match(text, end) is not None
    if end < len(text) and text[end] in _NO_VERB_BEFORE:  # 怎么还不能
        return False
    # 用身份证查 names a means, 怎么用 the deed.
    asked = text[start] != "用" and text.endswith(_ASKED, 0, start)
    return asked or _ENDING.match(text, end) is not None

"""What is asked for of the same thing: 家长会在哪开 and 家长会几点开, "where" and "when".

A text may ask for several things at once, and the same thing in several ways: 怎么 is 在哪 for a
page (怎么改密码, 在哪改密码) and 多少 for a price, so 怎么 is told apart from nothing in Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from indexer.guarding.content import content
from indexer.guarding.cues import needs
from indexer.guarding.english import whole_words

_MEASURED: Final = "次份本册张件条台位笔瓶片粒盒包袋箱斤克升米栋门科名"
_CHINESE: Final = re.compile(
    "(?P<when>(?<!的)什么时[候间]|啥时候?|何时|几时|几点|哪一?天|哪年|哪个月|多会儿)"
    "|(?P<long>多久(?!.{0,6}一[次回])|多长时间|(?:几|多少)个?(?:天|小时|工作日|月|星期|礼拜|周|钟头|分钟|年|日)|几岁|(?<!电话)(?<!电话是)几号(?![口楼门窗柜线院馆]))"
    "|(?P<place>[在到去放往于](?:了?哪(?!一?[天年月些种家位款]|[个了])|(?:什么|啥|哪个)(?:地方|位置|网点|教室|窗口|柜台|门))"
    "|哪里|哪儿|几号(?=[口楼门窗柜馆])|几楼|几层|几栋)"
    "|(?P<money>多少[块元]?钱|几块钱?|几元|几毛|几个钱)"
    "|(?P<who>(?<![找问系])谁(?!知道|推荐|介绍|能|懂|晓得|有|来?帮|家|会)|哪个人|哪位|哪个部门|哪一?方)"
    f"|(?P<count>(?:几|多少)(?:公斤|千克|毫升|[{_MEASURED}]))"
    "|(?P<amount>多少(?![号岁级时])|(?:怎么|如何|咋)(?:收费|计费|算|计))"
)
_ASKS: Final = (
    r"(?= (?:is|are|was|were|do|does|did|can|could|will|would|should|must|has|have|to)\b)"
)
_ENGLISH: Final = re.compile(
    rf"\b(?:(?P<when>when{_ASKS}|what (?:time|date|day)){_ASKS}"
    rf"|(?P<long>how (?:long|soon|often|late|early"
    r"|much (?:time|longer)|many (?:sick |vacation |business )?(?:minutes|hours|days"
    r"|nights|weeks|months|years)))"
    rf"|(?P<place>where{_ASKS}|(?:which|what) (?:gate|room|building|floor|counter|desk))"
    rf"|(?P<money>how much(?! (?:time|longer)\b))"
    rf"|(?P<who>who(?:m|se)?(?! (?:can|could|knows|do|should|to)\b))"
    rf"|(?P<count>how (?:many(?! times)|heavy))"
    rf"|(?P<why>why{_ASKS})"
    rf"|(?P<how>how (?:(?:do|can|should) (?:i|we)|to)))\b"
)
# What costs money takes time: the verb goes with what is asked for.
_PAYS: Final = frozenset(("cost", "take", "last"))
_NEVER: Final = 2.0
# What is not the other, and how much of the rest of the texts must be the same then.
_APART: Final = {
    frozenset(pair): said
    for *pair, said in (
        ("when", "place", 0.4),
        ("when", "who", 0.4),
        ("when", "money", 0.4),
        ("when", "count", 0.4),
        ("when", "amount", 0.4),
        ("long", "place", 0.4),
        ("long", "who", 0.4),
        ("long", "money", 0.4),
        ("long", "count", 0.6),
        ("long", "amount", 0.6),
        ("place", "money", 0.4),
        ("place", "count", 0.4),
        ("who", "place", 0.6),
        ("who", "money", 0.4),
        ("who", "count", 0.4),
        ("who", "amount", 0.4),
        ("money", "count", 0.6),
        ("why", "how", 0.99),
        ("when", "how", 0.99),
        ("who", "how", 0.99),
        ("why", "when", 0.99),
    )
}


@dataclass(frozen=True)
class Asked:
    """What a text asks for, the words it asks with, and all that it says beside."""

    kinds: frozenset[str]
    words: str
    rest: frozenset[str]


@lru_cache(maxsize=65_536)
def asked(text: str) -> Asked | None:
    """Return what a text asks for; None where no word says so."""
    pattern = _ENGLISH if text.isascii() else _CHINESE
    matches = list(pattern.finditer(text))
    if not matches:
        return None
    kinds = frozenset(match.lastgroup or "" for match in matches)
    first = matches[0]
    return Asked(kinds, whole_words(text, *first.span()), content(pattern.sub(" ", text)) - _PAYS)


@needs(asked, asked)
def asked_for_another(ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    """Yield the words that ask for different things about the same."""
    one = asked(ours)
    other = asked(theirs) if one else None
    if one is None or other is None or one.kinds & other.kinds:
        return
    needed = max(_APART.get(frozenset((a, b)), _NEVER) for a in one.kinds for b in other.kinds)
    both = len(one.rest & other.rest)
    if both and both >= needed * len(one.rest | other.rest):
        yield one.words, other.words

"""Of how much something is so: of all, of one alone, or of all but one.

只有周末 against 除了周末, "only on wifi" against "except on wifi", "for all users" against "for
one user". 除了…还 names one more and excepts nothing.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import content, shared
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way, set_against
from indexer.guarding.negation import denials

# So much of the shorter text must be the same.
_SAID: Final = 0.75
_PART: Final = "[^，,。；;？?、 ]"
_EXCEPT: Final = re.compile(
    f"(?:除了?|除开|除去|不包括|不含|排除)(?P<what>{_PART}{{1,10}}?)(?:以外|之外|外|[，,]|(?=其[他它余]|别的|剩|都|全|所有|谁))"
    f"(?![，,]?[^，,。]{{0,6}}[还也])|(?<![除])(?P<beyond>[0-9a-z\u4e00-\u9fff]{{1,6}}?)(?:以外|之外)的"
)
_ONLY: Final = re.compile(
    f"(?:只有|只在|只让|只给|只许|只准|只能|只限|只要|只对|只想|只是|只|仅限|仅|唯独|单独|单单|光(?!猫|纤|盘|线|标|大|驱|学|源|伏)|就(?=让|给|限|剩|[\u4e00-\u9fff]{{2,4}}(?:一个|不行|不能|不可以|没|断|坏)))"
    f"(?P<what>{_PART}{{1,8}})"
)
_REST: Final = re.compile("别的|其[他它余]")
_CHUNK: Final = re.compile("[a-z0-9]+|(?=([\u4e00-\u9fff]{2}))")
_MEASURES: Final = "[个台人张户间家位名条件单笔]"
_ALL: Final = re.compile(
    f"所有|全部|全都|每一?{_MEASURES}(?!月)|整个|全家|全体|全公司|人人|全场|大家都|统统|通通|一律|个个|谁都"
)
_ONE: Final = re.compile(
    f"(?:只有|(?<![一都])就(?=[\u4e00-\u9fff]{{1,4}}(?:不|没|断|坏|一{_MEASURES}))|光(?=[\u4e00-\u9fff]{{1,4}}[不没断坏])|唯独|单单)"
    f"(?P<what>(?![能可会是要不没得想])[\u4e00-\u9fff]{{1,4}})"
    f"|让(?P<able>[\u4e00-\u9fff]{{1,5}})才[能可]"
    f"|只[给让对](?:我|自己|本人)(?:一个人|自己)?|(?:某|其中|单独|只|就|仅)这?一{_MEASURES}|(?:只有)?(?:部分|个别)|(?:[只就仅])[^，,。；;？?]{{0,4}}一{_MEASURES}"
    f"|(?<=[\u4e00-\u9fff])(?<![哪另同第每有])一(?![笔单]){_MEASURES}(?!月|小时|星期|礼拜|钟)"
)


@needs(_ONLY.search)
@either_way
def excepted(mine: str, other: str) -> Pair | None:
    """Return where it is so only of what the other excepts: 除了财务都能看, 只让财务看."""
    found = set_against(mine, other, _EXCEPT, _ONLY)
    if found is None:
        return None
    aside, only = found
    if bool(denials(mine)) != bool(denials(other)):  # 除了微信都不能付 is 只能微信付
        return None
    if denials(mine) and _REST.search(other):  # 除了吹风都不行 is 只能吹风别的都不行
        return None
    same = _chunks(aside["what"] or aside["beyond"]) & _chunks(only["what"])
    return found.words if same else None


def _chunks(text: str) -> frozenset[str]:
    return frozenset(m[1] or m[0] for m in _CHUNK.finditer(text)) - {""}


@needs(_ALL.search)
@either_way
def all_or_one(mine: str, other: str) -> Pair | None:
    """Return where it is so of all, and in the other of one: 所有设备都断网, 就电视断网."""
    found = set_against(mine, other, _ALL, _ONE)
    if found is None:
        return None
    every, one = found.words
    rest = shared(mine.replace(every, ""), other.replace(one, ""))
    return (every, one) if rest >= _SAID else None


_NOT_ALL: Final = r"(?:except|excluding|apart from|other than|aside from|besides|but not)(?: for)?"
_EXCEPT_ENGLISH: Final = re.compile(rf"\b{_NOT_ALL} (?P<what>[a-z' ]+)")
_ONLY_ENGLISH: Final = re.compile(
    r"\b(?:only|just|exclusively|nothing but|no one but)"
    r"(?: for| on| in| at| to| the| my| with| from| when| over| by)*"
    r" (?P<what>[a-z' ]+)"
)
_EXCEPTING: Final = re.compile(rf"\b{_NOT_ALL}\b")
_NOT: Final = re.compile(
    r"n't\b|\b(?:not|no|never|nothing|nobody|cannot|cant|wont|doesnt|dont|without)\b"
)
_ALL_ENGLISH: Final = re.compile(
    r"\b(?:all(?: of)?|every|the (?:whole|entire))(?: the| my| our| of| your)* (?P<what>[a-z]+)"
)
_ONE_ENGLISH: Final = re.compile(
    r"\b(?:(?:only |just )?one(?: of)?|a single|single|a specific|a particular|a certain"
    r"|just this|only this|individual)"
    r"(?: the| my| our| of| your| specific| single| particular)* (?P<what>[a-z]+)"
)


def _not_of_one(text: str) -> bool:
    return _EXCEPTING.search(text) is not None or _ALL_ENGLISH.search(text) is not None


@needs(_not_of_one)
@either_way
def other_scope(mine: str, other: str) -> Pair | None:
    """Return where an English text is of all but one, or of all, and the other of that one."""
    excepting = _EXCEPTING.search(mine)
    if excepting and content(mine) - content(excepting[0]) == content(other):
        return mine[excepting.start() :], other
    for many, few in (
        (_EXCEPT_ENGLISH, _ONLY_ENGLISH),
        (_ALL_ENGLISH, _ONE_ENGLISH),
        (_ALL_ENGLISH, _ONLY_ENGLISH),
    ):
        aside = many.search(mine)
        only = few.search(other) if aside else None
        if aside is None or only is None or many.search(other) or few.search(mine):
            continue
        if bool(_NOT.search(mine)) != bool(_NOT.search(other)):
            continue
        if content(aside["what"]) & content(only["what"]):
            return aside[0], only[0]
    return None

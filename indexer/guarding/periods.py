"""Whether a thing is within a period or a class or outside it, and still so or no longer.

试用期内 against 过了试用期, 生鲜类 against 生鲜类以外, 还在用 against 已经不用了, 从没办过 against
办过. Only what both texts name, without a number (those are `quantities`), is compared.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import content, shared
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way, set_against

_WITHIN: Final = re.compile(
    "([\u4e00-\u9fff]期)(?:之内|以内|期间|内|里|中)|([\u4e00-\u9fff]{2})(?:之内|以内|期间)"
)
_OVER: Final = "已经?过|过了(?!吗|没有?[呢啊]?[?？]?$)|过完|结束|过后|之外|以外"
# 怀孕后 is 怀孕期间, but 保修期后 is over.
_OVER_TERM: Final = f"{_OVER}|已满|届满|满|之?后|以后|外"

_NOT_IN: Final = re.compile("不[在是][^，,。]?$")


@needs(_WITHIN.search)
@either_way
def beyond(first: str, second: str) -> Pair | None:
    """Return the words of each text where the one is within what the other is beyond."""
    for within in _WITHIN.finditer(first):
        if _NOT_IN.search(first, 0, within.start()):
            continue
        named = within[1] or within[2]
        past = re.compile(
            f"(?<![不没未超])(?:过了?|超过了?|超出?|出了?)[^，,。 ]{{0,2}}{named}"
            f"|{named}(?:{_OVER_TERM if within[1] else _OVER})"
        )
        over = past.search(second)
        if over and not past.search(first) and not _within(second, named):
            return within[0], over[0]
    return None


def _within(text: str, named: str) -> bool:
    return any(named in (m[1], m[2]) for m in _WITHIN.finditer(text))


_OUTSIDE: Final = re.compile(
    "([\u4e00-\u9fff]{2})(?:类|类商品|产品|商品)?[以之]外|(?<![扣去消删免解拆移清废排])除了?(?P<but>[\u4e00-\u9fff]{2,5}?)[以之]?外"
)
_LONGER: Final = 8
_ALSO: Final = re.compile("[还也都]|其[他它余]|别的")
_STILL: Final = re.compile("(?:还|仍然?|依然|依旧)(?:正?在|是|能|可以)?([\u4e00-\u9fff])")
_NO_LONGER: Final = re.compile(
    "(?:已经?|早就?|现在)(?:都)?不(?:再|在|能|是)?([\u4e00-\u9fff])|不再?([\u4e00-\u9fff]{1,2})了"
)


@needs(_OUTSIDE.search)
@either_way
def outside(first: str, second: str) -> Pair | None:
    """Return where the one asks of a class what the other asks of all but it: 生鲜以外的."""
    if abs(len(first) - len(second)) > _LONGER:
        return None
    match = _OUTSIDE.search(first)
    named = (match["but"] or match[1]) if match else ""
    if match is None or named not in second or "外" in second or "除" in second:
        return None
    return None if _ALSO.search(first + second) else (match[0], named)


@needs(_STILL.search, _NO_LONGER.search)
@either_way
def no_longer(first: str, second: str) -> Pair | None:
    """Return where the one still does what the other does no longer: 还在住院, 已经不住院了."""
    if "不" not in second or "不" in first:
        return None
    still, over = _STILL.search(first), _NO_LONGER.search(second)
    if still and over and still[1] == (over[1] or over[2][0]):
        return still[0], over[0]
    return None


# So much of the shorter text must be the same.
_SAID: Final = 0.5
# 通过 and 超过 are words, and no 过 of the past.
_DID: Final = "((?![通超经越路难度错放])[\u4e00-\u9fff])"
_NEVER: Final = re.compile(f"(?:从来?[没未]有?|(?<!有)没有?|从?未曾?){_DID}[过上]?过")
_FIRST_TIME: Final = re.compile(f"(?:首次|(?:第|头)一[次回]|初次){_DID}")
_NEVER_BEFORE: Final = re.compile(f"{_NEVER.pattern}|{_FIRST_TIME.pattern}")
_EVER: Final = re.compile(f"(?<![没未有不]){_DID}过(?![没不期敏滤户审年渡程度])")


@needs(_NEVER_BEFORE.search)
@either_way
def ever_before(first: str, second: str) -> Pair | None:
    """Return where the one has never done what the other has done before: 从没办过, 办过."""
    never = _NEVER.search(first) or _FIRST_TIME.search(first)
    if never is None or _NEVER_BEFORE.search(second):
        return None
    ever = next((m for m in _EVER.finditer(second) if m[1] == never[1]), None)
    if ever and shared(first, second) >= _SAID:
        return never[0], ever[0]
    return None


# With these a text says whether it is still so.
_STILL_SO: Final = re.compile(r"\b(?:not|no longer|still|any ?more)\b|n't\b")
_STILL_ENGLISH: Final = re.compile(r"\bstill\b")
_NO_LONGER_ENGLISH: Final = re.compile(r"\bno longer\b|n't\b[^.,;?!]*\bany ?more\b")


@needs(_STILL_ENGLISH.search, _NO_LONGER_ENGLISH.search)
@either_way
def no_longer_english(mine: str, other: str) -> Pair | None:
    """Return where the one is still so and the other no longer: "no longer want"."""
    found = set_against(mine, other, _STILL_ENGLISH, _NO_LONGER_ENGLISH)
    if found is None:
        return None
    same = content(_STILL_SO.sub(" ", mine)) == content(_STILL_SO.sub(" ", other))
    return found.words if same else None

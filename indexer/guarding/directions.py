"""Texts of which one goes from A to B and the other from B to A."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from indexer.guarding.cues import anything, needs
from indexer.guarding.either_way import Pair, either_way
from indexer.guarding.english import whole_words
from indexer.guarding.roles import THEM

# What stands before goes to what stands after.
_TURNING: Final = re.compile(
    r"(?<!更)(?:[转换改变兑飞升降](?!绑)|升级|降级|退回|降回)(?!级)[点些]?(?:成|为|到|入|换|至|进|去|往|给|回)?"
    r"|[送传导移迁搬寄发汇调跳存划拷切提充]到|(?<![看收找拿听见遇达得不感碰做查搜买抢弄])到"
    r"|[送传导移迁搬寄发汇调跳存划拷切]?(?:成|给|至|回|往)"
)
_ORIGIN: Final = re.compile("(?<![自服顺听])从")
_TARGET: Final = re.compile(
    r"(?:[寄送发转运搬迁调飞传导拷汇存进升降换回]|去|走)?(?<![看收找拿听见遇达得不感碰做查搜买抢弄等])[到往至]|(?<![过出])去(?=[\u4e00-\u9fff]{2})"
    r"|[卖送寄发转打交还租借]给|(?:(?<=从..)|(?<=从...))[迁搬转换改调飞]"
    r"|[存放移加装塞搬拉转导录填贴写拖复粘迁挪倒灌充投打拨汇][进入](?![行口度一])"
    r"|(?<!更)[改换转变调切设译弄](?:成|为)"
)
# 外地寄来, 他行转入: what stands right before is where it comes from; but 余额宝转入 goes there.
_ARRIVING: Final = re.compile(
    "[转寄汇调迁发运搬打飞借送传携导拷递](?:[过进]?来)|[转汇调迁携导寄](?P<into>[入进])"
)
_ELSEWHERE: Final = re.compile("[他她别其它外异海境]")
_LONGEST_PLACE: Final = 5
_NO_PLACE: Final = frozenset("的了是把将给向去来我你")
_CLAUSE: Final = re.compile("[，,。；;！!？?]")
_CHUNK: Final = re.compile(r"[a-z][a-z0-9]+|\d+(?:\.\d+)*|(?=([\u4e00-\u9fff]{2}))")
_EMPTY: Final = frozenset(
    "的了吗呢啊呀吧么着过是我你您他它这那请问想要怎样如何咋办为什会能可以还就都也很在有个和与把将从面去来再用让直接该点"
)
_BEFORE, _BEHIND = 14, 6
_PERSON: Final = re.compile(THEM)
_PERSONS: Final = frozenset("我你他她它")
# Both ways round, these say the same: A和B有什么区别.
_BOTH: Final = re.compile(
    "[、。；;/？?]|^(?:和|与|跟|及|或|又|同|还是)|绑定|关联|匹配|适合|认识|是什么"
)
_EITHER: Final = re.compile("还是|区别|差别|不同|一样|哪个|哪家|对比|比较")


@needs(_TURNING.search, _TURNING.search)
def turned_round(asked: str, found: str) -> Iterator[tuple[str, str]]:
    """Yield where the one goes from A to B and the other from B to A: 定期转活期, 活期转定期."""
    theirs = list(_from_and_to(found)) if ("被" in asked) == ("被" in found) else []
    for start, end, said in _from_and_to(asked) if theirs else ():
        for origin, target, other in theirs:
            back, over = start & target, (end & origin) - start - target
            # 全日制转非全日制: the one end has all of the other in it.
            inside = (back and start <= end and target <= origin) or (
                end & origin and end <= start and origin <= target and back - end - origin
            )
            if (back - end - origin and over) or (inside and (over or back)):
                yield said, other
                return


def _comes(text: str) -> bool:
    return "从" in text or _ARRIVING.search(text) is not None


@needs(_comes)
@either_way
def other_way(first: str, second: str) -> Pair | None:
    """Return where the one goes to what the other comes from: 寄到香港, 从香港寄过来."""
    if "从" not in first:
        return _arrives(first, second)
    comes, goes = _ends(first)
    others_come, others_go = _ends(second)
    # 港 of 香港 and 从香港: the first word after 从 is where it comes from.
    for place, said in comes.items():
        if place in others_go and place not in goes and place not in others_come:
            goes_there = others_go[place]
            return said, goes_there
    return None


def _arrives(first: str, second: str) -> Pair | None:
    """Return what comes in the one from where it goes in the other: 外地寄来, 寄到外地."""
    for verb in _ARRIVING.finditer(first):
        for start in range(max(0, verb.start() - _LONGEST_PLACE), verb.start() - 1):
            place = first[start : verb.start()]
            if {place[0], place[-1]} & _NO_PLACE or (verb["into"] and not _ELSEWHERE.search(place)):
                continue
            for target in _TARGET.finditer(second) if place in second else ():
                if second.startswith(place, target.end()):
                    comes, goes = (start, verb.end()), (target.start(), target.end() + len(place))
                    return whole_words(first, *comes), whole_words(second, *goes)
    return None


def _ends(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the first word after each 从, and the first after each 到, each with both as written.

    They are in the order of the text.
    """
    comes: dict[str, str] = {}
    goes: dict[str, str] = {}
    for pattern, found in ((_ORIGIN, comes), (_TARGET, goes)):
        for before in pattern.finditer(text):
            if word := _CHUNK.match(text, before.end()):
                end = word.end(1) if word[1] else word.end()
                found.setdefault(word[1] or word[0], whole_words(text, before.start(), end))
    return comes, goes


def _from_and_to(text: str) -> Iterator[tuple[frozenset[str], frozenset[str], str]]:
    """Yield the chunks before each word of direction, those after it, and it with both."""
    for match in _TURNING.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        after = _CLAUSE.split(text[match.end() :])[0][:_BEHIND]
        start, end = _chunks(before), _chunks(after)
        if start and end:
            around = match.start() - len(before[-4:]), match.end() + len(after[:4])
            yield start, end, whole_words(text, *around)


def _chunks(text: str) -> frozenset[str]:
    found = (match[1] or match[0] for match in _CHUNK.finditer(text))
    return frozenset(chunk for chunk in found if chunk and not _EMPTY & set(chunk))


@needs(anything)
def changed_places(asked: str, found: str) -> Iterator[tuple[str, str]]:
    """Yield two words that stand in each other's place: 客厅有网卧室没网, 卧室有网客厅没网.

    Who does and who suffers have changed places where a 被 is all that differs: 我是被追尾的.
    """
    if len(asked) != len(found):
        if found == asked.replace("是被", "是", 1) or asked == found.replace("是被", "是", 1):
            yield asked, found
        return
    if sorted(asked) != sorted(found) or _EITHER.search(asked):
        return
    differ = [i for i, (a, b) in enumerate(zip(asked, found, strict=True)) if a != b]
    place = differ[0], differ[-1] + 1
    ours, theirs = asked[slice(*place)], found[slice(*place)]
    for first in range(1, len(ours) - 1):
        if not theirs.endswith(ours[:first]):
            continue
        for last in range(1, len(ours) - first):
            between = ours[first:-last]
            words = ours[:first], ours[-last:]
            if (
                theirs == words[1] + between + words[0]
                and (
                    len(between) > 1
                    or _sets_apart(between, words)
                    or (between == "不" and asked.endswith("只", 0, place[0]))
                )
                and not _BOTH.search(between)
                and all(word in _PERSONS or set(word) - _EMPTY for word in words)
            ):
                yield whole_words(asked, *place), whole_words(found, *place)
                return


def _sets_apart(between: str, sides: tuple[str, str]) -> bool:
    """Whether a single character tells which side is which: 甲比乙, and what persons do."""
    return between == "比" or (not _PERSON.match(between) and all(map(_PERSON.fullmatch, sides)))


# What comes first and what after it: 先付款再发货, 发货后再付款.
_FIRST: Final = re.compile(
    r"先(?P<one>[^，,。；;？?]{1,10}?)[，,]?(?:然后|之后|以后|再|后|才)再?(?P<other>[^，,。；;？?]{1,8})"
    r"|(?P<done>[^，,。；;？?先]{1,8}?)(?:之后|以后|后|好|完(?P<what>[^，,。；;？?]{0,4}?))[，,]?(?:才|再)能?(?P<next>[^，,。；;？?]{2,8})"
)


@needs(_FIRST.search)
def other_order(asked: str, found: str) -> Iterator[tuple[str, str]]:
    """Yield what the texts say of the order of two things where each begins with the other."""
    ours, theirs = _FIRST.search(asked), _FIRST.search(found)
    if ours and theirs:
        (first, second), (sooner, later) = _steps(ours), _steps(theirs)
        if first & later - second and second & sooner - first and not first & sooner:
            yield ours[0], theirs[0]


# What comes of a deed, and whether who is so already may do it: 打完针发烧, 发烧能打针吗.
_CAME_OF: Final = re.compile(
    "(?P<done>[^，,。；;？?]{1,8}?)(?:完|之后|以后|后)(?P<rest>[^。；;？?]{2,14})"
)
_IN_STATE: Final = re.compile(
    "(?P<state>[^，,。；;？?完后]{2,8}?)(?:[了着]|的?时候?|期间?)?[，,]?还?"
    "(?:能不能|可不可以|能否|可以|能|可)(?P<deed>[^，,。；;？?完后]{2,8}?)[吗么不]?[?？]?$"
)


@needs(_CAME_OF.search, _IN_STATE.match)
@either_way
def came_of_it(first: str, second: str) -> Pair | None:
    """Return what comes of a deed in the one, where the other asks if one may do it so already."""
    came = _CAME_OF.search(first)
    may = _IN_STATE.match(second) if came else None
    if came is None or may is None:
        return None
    done, rest = _characters(came["done"]), _characters(came["rest"])
    state, deed = _characters(may["state"]), _characters(may["deed"])
    apart = not state & (deed | done)
    if state and deed & done and apart and state <= rest and deed - {"做"} <= done | rest:
        return came[0], may[0]
    return None


def _steps(order: re.Match[str]) -> tuple[frozenset[str], frozenset[str]]:
    first = order["one"] or order["done"] + (order["what"] or "")
    return _characters(first), _characters(order["other"] or order["next"])


def _characters(text: str) -> frozenset[str]:
    return frozenset(text) - _EMPTY

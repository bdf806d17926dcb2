"""How a text says in words of its own what another denies in Chinese.

没到期 is 期内, 收不到也发不出 is 收发不了, 不热 is 凉的; a condition is asked with a denial or
without one; and who wants no more of a thing asks how to end it. None of these is a conflict.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.facts import Facts
from indexer.guarding.negation import Denial
from indexer.guarding.opposites import Pole
from indexer.guarding.undoing import is_ending
from indexer.guarding.words import words

_NEAR: Final = 3
_HOW: Final = re.compile("怎么|怎样|如何|咋|教程|步骤")
# 怎么关, and 关 at the end: a single character is a word for ending there only.
_ENDS_IT: Final = re.compile(
    "(?:怎么|怎样|如何|咋|能|可以|想|要|帮我|给我)[关停撤删退解]|[关停撤删退解](?:了|掉)?[吗呢]?$"
)
_UNWANTED: Final = ("不想", "不要", "不需要", "不用", "别", "不再", "不必", "不让", "不许")
# Who goes there no more wants an end of it, too: 不去健身了能退卡吗.
_GIVEN_UP: Final = re.compile("不[去来玩干租学住读买坐上做][^，,。;；!！?？]{0,3}了")
_HIDING: Final = ("隐藏", "屏蔽", "阻止", "拦截", "免打扰", "防止", "避免", "预防", "防范")
# 怎么才能不自动续费 wants an end, too; 怎么不发货 asks why.
_HOW_NOT: Final = re.compile(
    "(?:怎么|如何|怎样|咋)(?:才能|才可以|设置|让|做到)[^，,。]{0,6}$|如何$"
)
# A bound, and no denial: 不超过20公斤 is 20公斤以内.
_AT_MOST: Final = re.compile(
    r"[不没未](?:能|得|可以?|应该?|许)?(?:超过|[少低小多高大早晚迟]于)"
    r"(?=[\d一二两三四五六七八九十半几多什哪])"
)
_YET: Final = re.compile("[还在一直]没|没|怎么还不|还不")
_WHEN: Final = re.compile("(?:什么时候|啥时候?|几时|何时|多久|几天)(?P<then>[^，,。？?]*)")
_SOON_THEN: Final = 3
_BUT_FOR: Final = re.compile("除了?(?P<what>[^，,。？?都什]{2})[^，,。？?都什]{0,6}(?:都|什么|外)")
_ONLY: Final = re.compile("只[有能在]?(?P<what>[\u4e00-\u9fff]{2})")
# 不换号 is 保留原号码.
_LEFT: Final = re.compile("换|改|变|动|删|丢|更")
_KEEPING: Final = re.compile("保留|保持|维持|原有|原来")
# Who asks whether it may be asks whether it may not: 是不是不能喝水, 可以喝水吗.
_WHETHER: Final = re.compile("是不是|是否|难道")
_SURELY_SO: Final = re.compile("难道|岂")
_OR_NOT: Final = re.compile(r"(.)[不没]\1|能否|可否|是否")
_SURELY: Final = re.compile("吧[?？]?$")
_NO_MORE_ASKED: Final = re.compile("了[吗么][?？]?$")
_STILL_ASKED: Final = re.compile("还(?:能|可以|会|有|是).*[吗么][?？]?$")
_ASKS: Final = re.compile(rf"[吗么][?？]?$|怎么还[不没]|{_OR_NOT.pattern}")
# 不绑手机能注册吗 asks what 必须绑手机吗 asks, and 没到18号 is 18号之前.
_MUST: Final = re.compile("必须|一定要|非要|必要|强制|需要[^，,。]{3,8}吗")
# 不绑卡就不能用吗 asks what 要绑卡才能用吗 asks.
_UNLESS: Final = re.compile("[不没无未非][^，,。？?]{1,10}[，,]?[就便则]?(?:不|没|无法)")
# 不满多少不送 asks what 最低多少起送 asks.
_BELOW_WHAT: Final = re.compile(
    "(?:[不未没]满|不到|不足|不够|没到|未到|没有?达到|达不到|[低少小]于)[^，,。]{0,2}(?:[几多]|什么)"
)
_FROM_WHAT: Final = re.compile("[几多]")
_ONLY_THEN: Final = re.compile(f"{_MUST.pattern}|才")
_MAY: Final = re.compile("能|可以|行[吗不]|可不可")
# 没权限怎么开 asks what 怎么开通权限 asks.
_DENYING: Final = frozenset("不没无未非")
_HOW_TO: Final = re.compile("怎么|如何|怎样|咋")
_GETTING: Final = re.compile("(?:怎么|如何|怎样|咋)(?:才能)?(?:开|办(?=.{2})|申请|获取|弄)")
_REACHED: Final = re.compile(
    r"(?:[到满足]|超过)(?=期|点|时|年|岁|月|[\d一二两三四五六七八九十])|过(?=[\u4e00-\u9fff]?期)"
)
_NOT_DUE: Final = re.compile("期[没未][到过满]")
_SHORT_OF: Final = re.compile("前|以下|[以之]内|期[内间]|有效期|不足|[少低小]于")
# 没有单号 is 不知道单号, 不是会员了 is 会员没了, and 不用邮箱 is 除邮箱外.
_LACKING: Final = re.compile("没有?|无|不会")
_UNKNOWN: Final = ("不知道", "不记得", "不清楚", "不晓得", "不懂", "不会用", "不会使用")
_NO_MORE: Final = re.compile("没了|没有了|不见了|消失")
_COMPLETED: Final = re.compile("理?(?:下来|好|完|出来|成)")
_FIRST_TIME: Final = re.compile("首次|[第头]一[次回]|初次|刚开始")
_ASIDE: Final = re.compile("除了?([^，,。？?]{1,8}?)(?:以外|之外|外|还|怎|，|,)")
_PAST: Final = re.compile("(?<![没未不])(?:过了|已过|超过|超出|过期|过保|到期)")
# How long it takes is asked by who has waited: 还要几天放款, 怎么还没放款.
_WAITS: Final = re.compile("还[要得需有][^，,。]{0,2}(?:多久|几[天个]|多长)|(?:多久|几天)[才能]")
_NOT_YET: Final = re.compile("还没有?|一直没")
_JOINING: Final = frozenset("但却可而也又还就都了，, ")
# What was done to me, and what I want now.
_AGAINST_MY_WILL: Final = re.compile("被|擅自|私自|自动|没同意|未经|莫名|给我|不知情|误|不小心")
_ENDS: Final = re.compile(
    "(?:怎么|如何|怎样|咋|想|要|能|可以)[^，,。]{0,4}(?:退|取消|关|停|注销|解|删|撤)"
)
# With these goes on what is not to be: 不想用指纹了怎么取消.
_GOES_ON: Final = re.compile("[，,。;；!！?？了怎如咋能行]|可以")


def denied_end(text: str, denial: Denial) -> int:
    """Return where the denied words end that stand behind a denial."""
    head = next((h for h in denial.heads if text.startswith(h, denial.end)), "")
    return denial.end + len(head)


def said_otherwise(mine: Facts, denial: Denial, other: Facts, answer: str | None) -> bool:
    """Whether the other says what mine denies; `answer` is the word for it that it affirms."""
    text = mine.text
    return (
        _wants_an_end(text, denial, other.text)
        or _asks_how(text, denial, other.text)
        or _asks_both(text, denial, other.text)
        or _denied_beside(denial, other)
        or _is_missing(text, denial, other.text)
        or _is_condition(text, denial, other.text)
        or _AT_MOST.match(text, denial.start) is not None
        or _is_kept(denial, other.text)
        or _is_awaited(text, denial, other.text)
        or _is_only(text, denial, other.text)
        or _has_fault(other.text, text, answer)
        or _is_opposite(denial, mine, other)
    )


def _is_kept(denial: Denial, other: str) -> bool:
    return _KEEPING.search(other) is not None and any(_LEFT.match(h) for h in denial.heads)


def _is_awaited(text: str, denial: Denial, other: str) -> bool:
    """Whether what has not been done yet is asked for when it will be: 还没退, 什么时候退."""
    when = _WHEN.search(other)
    if when is None or not _YET.match(text, max(0, denial.start - 1)):
        return False
    return any(head in when["then"][: _SOON_THEN + len(head)] for head in denial.heads)


def _is_only(text: str, denial: Denial, other: str) -> bool:
    """Whether what is denied of all but one is so of that one alone: 除了周末都没法, 只有周末能."""
    only = _ONLY.search(other)
    but = _BUT_FOR.search(text, 0, denial.start) if only else None
    return bool(only and but and only["what"] == but["what"])


def _denied_beside(denial: Denial, other: Facts) -> bool:
    """Whether the other denies it together with something else: 收不到也发不出, 收发不了."""
    text = other.text
    for one in other.denials:
        if denied_end(text, one) == one.end:  # 收发不了: the words stand before
            if any(
                (place := text.rfind(head, max(0, one.start - len(head) - 1), one.start + 1)) > -1
                and not _JOINING & set(text[place + len(head) : one.start])
                for head in denial.heads
            ):
                return True
        elif any(
            text.startswith(head, denied_end(text, one)) or one.heads[0].endswith(head)
            for head in denial.heads
        ):
            return True
    return False


def _is_missing(text: str, denial: Denial, other: str) -> bool:
    """Whether the other says in words of its own that what is denied is not there."""
    if not denial.heads:
        return False
    if _LACKING.match(text, denial.start) and any(
        f"{unknown}{head}" in other or f"{head}{unknown}" in other
        for unknown in _UNKNOWN
        for head in denial.heads
    ):
        return True
    if any(f"待{head}" in other for head in denial.heads):  # 没付款的, 待付款的
        return True
    if any(
        f"在{head}" in other and _COMPLETED.match(text, denial.end + len(head))
        for head in denial.heads
    ):  # 没办下来, 还在办
        return True
    if text.startswith("过", denial.end + 1) and _FIRST_TIME.search(other):
        return True
    if _NOT_YET.search(text, max(0, denial.start - 2)) and _WAITS.search(other):
        return True
    if text.startswith(("不是", "找不", "不显示"), denial.start) and _NO_MORE.search(other):
        return True
    if text.startswith("不在", denial.start) and _PAST.search(other):
        return True
    aside = _ASIDE.search(other)
    return bool(aside and aside[1][-2:] in text[denial.end : denial.end + _NEAR + 2])


def _wants_an_end(text: str, denial: Denial, other: str) -> bool:
    """Whether "I want no more of it" meets a word for ending it: 不想用指纹了, 取消指纹."""
    if not (
        text.startswith(_UNWANTED, denial.start)
        or _GIVEN_UP.match(text, denial.start)
        or _HOW_NOT.search(text, 0, denial.start)
    ):
        return False
    # 千万别取消 wants no end: it is the end that is not wanted.
    kept = _GOES_ON.split(text[denial.start :], maxsplit=1)[0]
    ends = (*_HIDING, *words().undoing, *words().ending, *_single_ends(other, text))
    return any(word in other and word not in kept for word in ends)


def _single_ends(other: str, text: str) -> set[str]:
    """Return the single characters that end something in a text; 退款 that both name does not."""
    found = {match[0].rstrip("了掉吗呢")[-1] for match in _ENDS_IT.finditer(other)}
    named = (other[place : place + 2] for place, char in enumerate(other) if char == "退")
    return found | {"退" for name in named if len(name) < 2 or name not in text}


def unwanted(ours: Facts, theirs: Facts) -> bool:
    """Whether one text wants no more of what the other ends: 别再发通知了怎么设置, 关掉通知."""
    return any(
        _wants_an_end(mine.text, denial, other.text)
        for mine, other in ((ours, theirs), (theirs, ours))
        for denial in mine.denials
    )


def ended_anyway(text: str, pole: Pole, other: Pole) -> bool:
    """Whether what a text has happened to it is to end there, too: 被开通了业务怎么退, 退订业务."""
    return (
        is_ending(other.word)
        and _AGAINST_MY_WILL.search(text, 0, pole.start) is not None
        and _ENDS.search(text, pole.end) is not None
    )


def _asks_how(text: str, denial: Denial, other: str) -> bool:
    """Whether "I don't know how to" meets "how to": 不会安装, 怎么安装."""
    if _HOW.search(text, 0, denial.start):  # 怎样才不会被封号
        return False
    return text.startswith("不会", denial.start) and bool(_HOW.search(other))


def _asks_both(text: str, denial: Denial, other: str) -> bool:
    """Whether a denial is asked about where the other asks, too: 是不是卖不了, 能不能卖."""
    if _OR_NOT.search(other) and _ASKS.search(text):
        return True
    if _NO_MORE_ASKED.search(text, denial.start) and _STILL_ASKED.search(other):
        return True
    asks = (
        _WHETHER.search(text, 0, denial.start) or _SURELY.search(text) or _SURELY_SO.search(other)
    )
    return bool(asks and _ASKS.search(other))


def _is_condition(text: str, denial: Denial, other: str) -> bool:
    """Whether a denial says under which condition, and the other says the same without one."""
    if _MUST.search(other) and _MAY.search(text, denial.end):
        return True
    if _ONLY_THEN.search(other) and _UNLESS.search(text):
        return True
    if _BELOW_WHAT.search(text) and _FROM_WHAT.search(other) and not _BELOW_WHAT.search(other):
        return True
    head = denial.heads[0] if denial.heads else ""
    # 没绑卡怎么绑 asks what 怎么绑卡 asks, and 没激活怎么开通 what 怎么激活 asks.
    asked = head and _asks_how_to(head, other)
    if asked and (_GETTING.search(text, denial.end) or _asks_how_to(head[0], text[denial.end :])):
        return True
    if _GETTING.search(text, denial.end) and any(
        re.search(f"(?:开通|申请|办理|获取).{{0,6}}{head}", other) for head in denial.heads[:1]
    ):
        return True
    if _NOT_DUE.match(text, max(0, denial.start - 1)) and _SHORT_OF.search(other):
        return True
    reached = _REACHED.search(text, denial.start, denial.end + 3)
    return bool(reached and _SHORT_OF.search(other))


def without_it(mine: Facts, pole: Pole, other: Facts) -> bool:
    """Whether a word denies what the other asks the need of: 不预约可以进吗, 需要预约吗."""
    return pole.word[0] in _DENYING and any(
        d.start == pole.start and _is_condition(mine.text, d, other.text) for d in mine.denials
    )


def _asks_how_to(head: str, text: str) -> bool:
    return any(text.startswith(head, how.end()) for how in _HOW_TO.finditer(text))


def _has_fault(text: str, other: str, answer: str | None) -> bool:
    """Whether a text says the fault in a word; beside the denied thing, where it names that."""
    faults = [word for word in words().implicit if word in text and word not in other]
    if answer is None or len(answer) < 2:
        return bool(faults)
    place = text.find(answer)
    near = text[max(0, place - _NEAR) : place + len(answer) + _NEAR + 1]
    return any(word in near for word in faults)


def _is_opposite(denial: Denial, mine: Facts, other: Facts) -> bool:
    """Whether the other says by an opposite what is denied here: 不成功 and 失败."""
    near = [p for p in mine.poles if denial.start < p.start <= denial.end + 1]
    local = words().local
    said_of = denial.heads[0] if denial.heads else ""
    if any(_is_said(char, other.text) for one in said_of for char in local.get(one, ())):
        return True
    said = {(o.pair, o.side) for o in other.poles}
    # 热水器 is in both texts, and no hot water for all that.
    near = [p for p in near if (p.pair, p.side) not in said or mine.text.count(p.word) > 1]
    return any(p.pair == o.pair and p.side != o.side for p in near for o in other.poles)


def _is_said(char: str, text: str) -> bool:
    """Whether a text says of something that it is this: 是凉的, 太慢."""
    return re.search(f"[是太变很好偏发]{char}|{char}(?:的|了)?(?:怎|$)", text) is not None

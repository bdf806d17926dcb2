"""Whether one text denies what the other affirms.

A denial of one side stands alone where the other side neither denies the like nor says the
fault in a word of its own (忘记 for 记不住, "failed" for "did not work"). It is a conflict where
the other speaks of the denied thing, or says all the rest of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from indexer.guarding.english import EnglishDenial, whole_words
from indexer.guarding.negation import Denial
from indexer.guarding.words import words

if TYPE_CHECKING:
    from indexer.guards import Facts

# So much of the sentence around a denial must be said by the other text, too.
_SAID: Final = 0.6
_SAID_ENGLISH: Final = 0.6
# Where the other does not name the denied thing, both must say all the rest.
_SAID_ALL: Final = 0.8
_NEAR: Final = 3
_HOW: Final = re.compile("怎么|怎样|如何|咋|教程|步骤")
_UNWANTED: Final = ("不想", "不要", "不需要", "不用", "别", "不再", "不必", "不让", "不许")
_HIDING: Final = ("隐藏", "屏蔽", "阻止", "拦截")
# A bound, and no denial: 不超过20公斤 is 20公斤以内.
_AT_MOST: Final = re.compile(
    r"[不没未](?:能|得|可以?|应该?|许)?(?:超过|[少低小多高大早晚迟]于)"
    r"(?=[\d一二两三四五六七八九十半几多什哪])"
)
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
_ASKS: Final = re.compile(rf"[吗么][?？]?$|{_OR_NOT.pattern}")
# 不绑手机能注册吗 asks what 必须绑手机吗 asks, and 没到18号 is 18号之前.
_MUST: Final = re.compile("必须|一定要|非要|必要|强制")
# 不绑卡就不能用吗 asks what 要绑卡才能用吗 asks.
_UNLESS: Final = re.compile("[不没无未][^，,。？?]{1,10}[，,]?[就便则]?(?:不|没|无法)")
_ONLY_THEN: Final = re.compile(f"{_MUST.pattern}|才")
_MAY: Final = re.compile("能|可以|行[吗不]|可不可")
# 没权限怎么开 asks what 怎么开通权限 asks.
_GETTING: Final = re.compile("(?:怎么|如何|怎样|咋)(?:才能)?(?:开|办|申请|获取|弄)")
_SUBJECT: Final = (
    r"(?:i|you|we|it|they|he|she|this|that|there|these|those"
    r"|the|my|your|our|a|an|any|anyone|people)"
)
# Who asks "Can't I" asks "Can I"; "Can't log in" is no question.
_FRONTED: Final = re.compile(
    rf"(?:^|[,.;:!?] )(?:(?:so|but|and|hi|hello) )?"
    rf"(?:(?:ca|could|do|does|did|was|were|wo|have|has|should|would)n't {_SUBJECT}\b"
    r"|(?:is|are)n't (?!\w+(?:ing|ed)\b)|(?:is|are) there no\b)"
)
# "Are pets not allowed" may mean it: only in other words does it ask the same.
_LEADING: Final = re.compile(
    r"(?:can|could|do|does|did|is|are|was|wo|have|has|should|would)n?'t\b"
    r"|(?:can|could|do|does|is|are|will) (?:i|you|we|it|there|they) (?:not|no)\b"
)
# "I don't want it" says nothing against "cancel it", but against "I want it".
_WANTS_NOT: Final = re.compile(
    r"\b(?:(?:do|would|did)(?:n't| not)|no longer|never) (?:want|need|like|wish)\b"
)
_WANTS: Final = re.compile(r"\b(?:want|need|like|wish)\b")
_NOT_ENGLISH: Final = re.compile(r"n't\b|\b(?:not|no|never|without|cannot|stop|cancel)\b")
_REQUIRED: Final = frozenset(
    ["required", "require", "requires", "need", "needed", "necessary", "mandatory", "must"]
)
_REACHED: Final = re.compile(
    r"(?:[到满足]|超过)(?=期|点|时|年|岁|月|[\d一二两三四五六七八九十])|过(?=[\u4e00-\u9fff]?期)"
)
_NOT_DUE: Final = re.compile("期[没未][到过满]")
_SHORT_OF: Final = re.compile("前|以下|[以之]内|期[内间]|有效期|不足|[少低小]于")
# 没有单号 is 不知道单号, 不是会员了 is 会员没了, and 不用邮箱 is 除邮箱外.
_LACKING: Final = re.compile("没有?|无")
_UNKNOWN: Final = ("不知道", "不记得", "不清楚", "不晓得")
_NO_MORE: Final = re.compile("没了|没有了|不见了|消失")
_ASIDE: Final = re.compile("除了?([^，,。？?]{1,8}?)(?:以外|之外|外|还|怎|，|,)")
_PAST: Final = re.compile("(?<![没未不])(?:过了|已过|超过|超出|过期|过保|到期)")
_JOINING: Final = frozenset("但却可而也又还就都了，, ")
# With these goes on what is not to be: 不想用指纹了怎么取消.
_GOES_ON: Final = re.compile("[，,。;；!！?？了怎如咋能行]|可以")
_CLAUSE: Final = re.compile(r"[，,。;；!！?？\n]|(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_CONTENT: Final = re.compile(r"[\u4e00-\u9fff]|[a-z0-9]+")
_EMPTY: Final = frozenset(
    "的了吗呢啊呀吧么着过是我你他它们这那请问想要怎样如何办为什会能可以还就都也很在有个和与"
)


def denied_alone(ours: Facts, theirs: Facts) -> Iterator[tuple[str, str]]:
    """Yield the words of each side where one of the two texts denies what the other affirms."""
    for mine, other, swapped in ((ours, theirs, False), (theirs, ours, True)):
        for denial, answer in _chinese(mine, other):
            pair = mine.text[denial.start : _end(mine.text, denial)], answer
            yield (pair[1], pair[0]) if swapped else pair
        if wanted := _unwanted_english(mine, other):
            yield (wanted[1], wanted[0]) if swapped else wanted
        for english, answer in _english(mine, other):
            pair = mine.text[english.start : english.end], answer
            yield (pair[1], pair[0]) if swapped else pair


def _end(text: str, denial: Denial) -> int:
    head = next((h for h in denial.heads if text.startswith(h, denial.end)), "")
    return denial.end + len(head)


def _chinese(mine: Facts, other: Facts) -> Iterator[tuple[Denial, str]]:
    left = _unmatched(mine.denials, other.denials)
    others = _unmatched(other.denials, mine.denials)
    spare = len(others) + len(other.english_denials)
    affirmed, own = _affirmed(other), _affirmed(mine) if others else ""
    for denial in left:
        # 已签收没拿到 against 未签收已拿到: each denies what the other affirms.
        if (there := _has_happened(denial, affirmed)) and any(
            _has_happened(one, own) for one in others
        ):
            yield denial, there
            continue
        answer = next((head for head in denial.heads if head in affirmed), None)
        said = _said(mine.text, denial, other.text)
        if spare:
            spare -= 1  # each denies something, in words of its own
            continue
        if _wants_an_end(mine.text, denial, other.text):
            continue
        if _asks_how(mine.text, denial, other.text) or _asks_both(mine.text, denial, other.text):
            continue
        if _denied_beside(denial, other) or _is_missing(mine.text, denial, other.text):
            continue
        if _is_condition(mine.text, denial, other.text):
            continue
        if _AT_MOST.match(mine.text, denial.start):
            continue
        if _KEEPING.search(other.text) and any(_LEFT.match(head) for head in denial.heads):
            continue
        if _has_fault(other.text, mine.text, answer) or _is_opposite(denial, mine, other):
            continue
        if answer is not None and said >= _SAID / 2:
            yield denial, _affirmation(other.text, answer)
        elif answer is None and said >= _SAID_ALL and _all_said(other.text, mine.text):
            yield denial, ""


def _has_happened(denial: Denial, text: str) -> str:
    """Return where a text says of what is denied that it is there: 已签收, 收到了, 有声音."""
    head = denial.heads[0] if denial.heads else ""
    happened = (f"已{head}", f"已经{head}", f"{head}了", f"{head}成功") if len(head) > 1 else ()
    there = (f"{is_so}{one}" for is_so in ("有", "能") for one in denial.heads)
    return next((said for said in (*happened, *there) if said in text), "")


def _denied_beside(denial: Denial, other: Facts) -> bool:
    """Whether the other denies it together with something else: 收不到也发不出, 收发不了."""
    text = other.text
    for one in other.denials:
        if _end(text, one) == one.end:  # 收发不了: the words stand before
            if any(
                (place := text.rfind(head, max(0, one.start - len(head) - 1), one.start + 1)) > -1
                and not _JOINING & set(text[place + len(head) : one.start])
                for head in denial.heads
            ):
                return True
        elif any(
            text.startswith(head, _end(text, one)) or one.heads[0].endswith(head)
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
    if text.startswith("不是", denial.start) and _NO_MORE.search(other):
        return True
    if text.startswith("不在", denial.start) and _PAST.search(other):
        return True
    aside = _ASIDE.search(other)
    return bool(aside and aside[1][-2:] in text[denial.end : denial.end + _NEAR + 2])


def _unmatched(mine: tuple[Denial, ...], others: tuple[Denial, ...]) -> list[Denial]:
    rest = list(others)
    left = []
    for denial in mine:
        match = next((o for o in rest if set(o.heads) & set(denial.heads)), None)
        if match is None:
            left.append(denial)
        else:
            rest.remove(match)
    return left


def _affirmed(facts: Facts) -> str:
    text = facts.text
    for denial in facts.denials:
        end = _end(text, denial)
        text = text[: denial.start] + "\0" * (end - denial.start) + text[end:]
    return text


def _affirmation(text: str, head: str) -> str:
    place = text.find(head)
    start = place
    for modal in ("可以", "能", "会", "要", "有", "需要", "支持", "用"):
        if text.startswith(modal, place - len(modal)):
            start = place - len(modal)
            break
    return whole_words(text, start, place + max(2, len(head)))


def _said(text: str, denial: Denial, other: str) -> float:
    """Return how much of the clause around a denial the other text says, too."""
    starts = [0, *(m.end() for m in _CLAUSE.finditer(text))]
    start = max(s for s in starts if s <= denial.start)
    end = min((m.start() for m in _CLAUSE.finditer(text, denial.end)), default=len(text))
    around = text[start : denial.start] + " " + text[denial.end : end]
    content = [c for c in _CONTENT.findall(around) if c not in _EMPTY]
    if not content:
        return 1.0 if len(starts) == 1 else 0.0
    return sum(c in other for c in content) / len(content)


def _all_said(text: str, other: str) -> bool:
    content = [c for c in _CONTENT.findall(text) if c not in _EMPTY]
    return sum(c in other for c in content) >= _SAID_ALL * len(content)


def _wants_an_end(text: str, denial: Denial, other: str) -> bool:
    """Whether "I want no more of it" meets a word for ending it: 不想用指纹了, 取消指纹."""
    if not text.startswith(_UNWANTED, denial.start):
        return False
    # 千万别取消 wants no end: it is the end that is not wanted.
    kept = _GOES_ON.split(text[denial.start :], maxsplit=1)[0]
    return any(
        word in other and word not in kept
        for word in ("退", *_HIDING, *words().undoing, *words().ending)
    )


def unwanted(ours: Facts, theirs: Facts) -> bool:
    """Whether one text wants no more of what the other ends: 别再发通知了怎么设置, 关掉通知."""
    return any(
        _wants_an_end(mine.text, denial, other.text)
        for mine, other in ((ours, theirs), (theirs, ours))
        for denial in mine.denials
    )


def _asks_how(text: str, denial: Denial, other: str) -> bool:
    """Whether "I don't know how to" meets "how to": 不会安装, 怎么安装."""
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
    if _GETTING.search(text, denial.end) and any(
        re.search(f"(?:开通|申请|办理|获取).{{0,6}}{head}", other) for head in denial.heads[:1]
    ):
        return True
    if _NOT_DUE.match(text, max(0, denial.start - 1)) and _SHORT_OF.search(other):
        return True
    reached = _REACHED.search(text, denial.start, denial.end + 3)
    return bool(reached and _SHORT_OF.search(other))


def _has_fault(text: str, other: str, answer: str | None) -> bool:
    """Whether a text says the fault in a word; beside the denied thing, where it names that."""
    faults = [word for word in words().implicit if word in text and word not in other]
    if answer is None or len(answer) < 2:
        return bool(faults)
    place = text.find(answer)
    near = text[max(0, place - _NEAR) : place + len(answer) + _NEAR]
    return any(word in near for word in faults)


def _is_opposite(denial: Denial, mine: Facts, other: Facts) -> bool:
    """Whether the other says by an opposite what is denied here: 不成功 and 失败."""
    near = [p for p in mine.poles if denial.start < p.start <= denial.end + 1]
    if any(_is_said(char, other.text) for char in words().local.get(_last_head(denial), ())):
        return True
    said = {(o.pair, o.side) for o in other.poles}
    # 热水器 is in both texts, and no hot water for all that.
    near = [p for p in near if (p.pair, p.side) not in said or mine.text.count(p.word) > 1]
    return any(p.pair == o.pair and p.side != o.side for p in near for o in other.poles)


def _last_head(denial: Denial) -> str:
    return denial.heads[-1] if denial.heads else ""


def _is_said(char: str, text: str) -> bool:
    """Whether a text says of something that it is this: 是凉的, 太慢."""
    return re.search(f"[是太变很好偏发]{char}|{char}(?:的|了)?(?:怎|$)", text) is not None


def _english(mine: Facts, other: Facts) -> Iterator[tuple[EnglishDenial, str]]:
    heads = [d.head for d in other.english_denials]
    left = []
    for denial in mine.english_denials:
        if denial.head in heads:
            heads.remove(denial.head)
        else:
            left.append(denial)
    # "I don't want" denies nothing by itself, but is as good as "without".
    negators = sum(t.word in words().negators for t in other.tokens)
    spare = len(heads) + len(other.denials) + max(0, negators - len(other.english_denials))
    said = {t.stem for t in other.tokens}
    for denial in left:
        if spare:
            spare -= 1
            continue
        if _is_fronted(mine.text, denial) or (
            denial is mine.english_denials[0] and _only_asks(mine, other)
        ):
            continue
        if mine.text.startswith("without", denial.start) and _REQUIRED & {
            t.word for t in other.tokens
        }:
            continue
        if _has_english_fault(other, mine) or _is_english_opposite(denial, mine, other):
            continue
        if _said_english(mine, denial, said) >= _SAID_ENGLISH:
            spans = ((t.start, t.end) for t in other.tokens if t.stem == denial.head)
            yield denial, other.text[slice(*next(spans, (0, 0)))]


def _unwanted_english(mine: Facts, other: Facts) -> tuple[str, str] | None:
    """Return the words of both where one wants what the other does not, and all else is said."""
    not_wanted = _WANTS_NOT.search(mine.text)
    wanted = _WANTS.search(other.text) if not_wanted else None
    if not_wanted is None or wanted is None or _NOT_ENGLISH.search(other.text):
        return None
    ours, theirs = _content(mine), _content(other) - {"id"}  # I'd like
    return (not_wanted[0], wanted[0]) if ours == theirs else None


def _is_fronted(text: str, denial: EnglishDenial) -> bool:
    return any(m.start() <= denial.start < m.end() for m in _FRONTED.finditer(text))


def _only_asks(mine: Facts, other: Facts) -> bool:
    """Whether "Can't I" asks as "Can I" does: in other words, not where it is all that differs."""
    return bool(_LEADING.match(mine.text)) and _content(mine) != _content(other)


def _content(facts: Facts) -> set[str]:
    lists = words()
    return {
        t.stem
        for t in facts.tokens
        if t.word not in lists.function and t.word not in lists.negators
    }


def _said_english(mine: Facts, denial: EnglishDenial, said: set[str]) -> float:
    lists = words()
    content = {
        t.stem
        for t in mine.tokens
        if t.word not in lists.function
        and t.word not in lists.negators
        and not denial.start <= t.start < denial.end
    }
    head = 1.0 if denial.head and denial.head in said else 0.0
    share = sum(word in said for word in content) / len(content) if content else 1.0
    return max(share if denial.head in said or not denial.head else share - 0.2, (head + share) / 2)


def _has_english_fault(other: Facts, mine: Facts) -> bool:
    faults = words().english_implicit
    return bool({t.word for t in other.tokens} & faults - {t.word for t in mine.tokens})


def _is_english_opposite(denial: EnglishDenial, mine: Facts, other: Facts) -> bool:
    stems = {t.stem for t in other.tokens}
    if any(prefix + denial.head in stems for prefix in words().prefixes):
        return True
    near = [p for p in mine.poles if denial.start < p.start <= denial.end]
    return any(p.pair == o.pair and p.side != o.side for p in near for o in other.poles)

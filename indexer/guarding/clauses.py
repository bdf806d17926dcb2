"""Which of two things is denied: 显示签收没收到 against 收到了没显示签收.

Each text denies what the other says is so, or has it so in the place where the other has not:
在家连不上公司没事, 在公司连不上在家没事.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from indexer.guarding.content import shared
from indexer.guarding.either_way import Pair, either_way
from indexer.guarding.english import whole_words
from indexer.guarding.facts import Facts
from indexer.guarding.negation import Denial
from indexer.guarding.otherwise import denied_end

# What has come into one's hands.
_RECEIVED: Final = re.compile("[拿取领]到|到手")
# 没有借呗额度 denies 额度, too.
_DENIED_TOO: Final = 2
_IS_SO: Final = (*"有能已就老总都还己会在", "显示")
_FORBIDS: Final = ("别", "勿", "不用", "不要", "不必", "莫")
_SHOWN: Final = re.compile("(?:显示|提示|说)[^，,。]{0,3}$")
_NOT_DONE: Final = re.compile("[没未]")
_SAID: Final = 0.5
_SAID_FINE: Final = re.compile("没事|正常|没问题|好好的|好用|能用|可以|就行|没毛病")
_FINE: Final = re.compile(
    f"(?P<place>[\u4e00-\u9fff]{{1,2}}?)[里上中]?[就都却又是还]?(?:{_SAID_FINE.pattern})"
)
_BUT: Final = re.compile(r"\b(?:but|yet|though|although|however|while)\b")


def denied_elsewhere(ours: Facts, theirs: Facts) -> Iterator[tuple[str, str]]:
    """Yield what the one denies and the other has, where the other denies what the one has."""
    if ours.denials and theirs.denials:
        mine, their = _had(ours, theirs), _had(theirs, ours)
        if mine and their and mine.heads[0] != their.heads[0]:
            yield _said(ours.text, mine), _said(theirs.text, their)
        else:
            yield from _other_place(ours.text, theirs.text)
            yield from _other_subject(ours, theirs)
    elif ours.english_denials and theirs.english_denials:
        yield from _in_english(ours, theirs)


def _said(text: str, denial: Denial) -> str:
    return whole_words(text, denial.start, denied_end(text, denial))


def _had(mine: Facts, other: Facts) -> Denial | None:
    """Return what is denied in the one and is so in the other."""
    affirmed, own = _affirmed(other), _affirmed(mine)
    for denial in mine.denials:
        head = _RECEIVED.sub("收到", denial.heads[0]) if denial.heads else ""
        if not head or _says(head, own) or not _says(head, affirmed):
            continue
        if (
            head == "显示"
            or _is_so(head, affirmed)
            or (len(head) > 1 and _is_forbidden(mine.text, denial))
        ):
            return denial
    return None


def _says(head: str, text: str) -> bool:
    """Whether a text names it, as it is or as what was done: 扣钱, 扣了钱."""
    return head in text or _was_done(head) in text


def _was_done(head: str) -> str:
    return f"{head[0]}了{head[1:]}"


def _is_forbidden(text: str, denial: Denial) -> bool:
    """Whether it is not to be done, so that who only names it wants it: 别放门口."""
    return text.startswith(_FORBIDS, denial.start)


def _is_so(head: str, text: str) -> bool:
    if len(head) > 1 and _was_done(head) in text:
        return True
    return any(f"{so}{head}" in text for so in _IS_SO) or bool(
        re.search(f"有[^，,。;； 没]{{1,3}}{head}|{head}[^，,。;； 了]{{0,3}}了", text)
    )


def _affirmed(facts: Facts) -> str:
    text = facts.text
    for denial in facts.denials:
        end = denied_end(text, denial)
        end = min(len(text), end + _DENIED_TOO)
        text = text[: denial.start] + "\0" * (end - denial.start) + text[end:]
    return _RECEIVED.sub("收到", text)


def _other_place(ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    one = _FINE.search(ours) if _SAID_FINE.search(ours) and _SAID_FINE.search(theirs) else None
    other = _FINE.search(theirs) if one else None
    if one is None or other is None or one["place"] == other["place"]:
        return
    if _fails(one["place"], theirs) and _fails(other["place"], ours):
        yield one[0], other[0]


def _fails(place: str, text: str) -> bool:
    return re.search(f"{place}[里上中]?[^，,。;；]{{0,5}}[不没无]", text) is not None


def _in_english(ours: Facts, theirs: Facts) -> Iterator[tuple[str, str]]:
    if not (_BUT.search(ours.text) and _BUT.search(theirs.text)):
        return
    mine, their = _had_english(ours, theirs), _had_english(theirs, ours)
    if mine and their and mine != their:
        yield mine, their


def _had_english(mine: Facts, other: Facts) -> str:
    """Return the word that the one denies and the other has; or ""."""
    spans = [(d.start, d.end) for d in other.english_denials]
    said = {t.stem for t in other.tokens if not any(s <= t.start < e for s, e in spans)}
    own = [(d.start, d.end) for d in mine.english_denials]
    affirmed = {t.stem for t in mine.tokens if not any(s <= t.start < e for s, e in own)}
    denied = {d.head for d in other.english_denials}
    for denial in mine.english_denials:
        if denial.head in said and denial.head not in affirmed | denied:
            return mine.text[denial.start : denial.end]
    return ""


def _other_subject(ours: Facts, theirs: Facts) -> Iterator[tuple[str, str]]:
    """Yield the same denied of two things that both name: 名字没动地址搬了, 地址没动名字改了."""
    for one in ours.denials:
        for other in theirs.denials:
            if not set(one.heads) & set(other.heads) or not one.heads:
                continue
            mine, their = _subject(ours.text, one.start), _subject(theirs.text, other.start)
            if (
                mine
                and their
                and not set(mine) & set(their)
                and their in _beside(ours.text, one.start)
                and mine in _beside(theirs.text, other.start)
            ):
                yield (
                    mine + ours.text[one.start : one.end],
                    their + theirs.text[other.start : other.end],
                )
                return


def _beside(text: str, place: int) -> str:
    """Return all the clauses but the one at a place."""
    breaks = [0, *(m.start() for m in _BREAK.finditer(text)), len(text)]
    start = max(b for b in breaks if b <= place)
    return f"{text[:start]} {text[min((b for b in breaks if b > place), default=len(text)) :]}"


_BREAK: Final = re.compile("[，,。;；? ]")
_SUBJECT: Final = re.compile("([\u4e00-\u9fff]{2})[也都还却就又倒是]{0,2}$")


def _subject(text: str, end: int) -> str:
    found = _SUBJECT.search(text, 0, end)
    return found[1] if found else ""


def _is_done(text: str, denial: Denial, affirmed: str) -> str:
    """Return where it is said outright that what is denied has been done: 带了卡, 已寄出; or "".

    Not what is only shown not to be: 显示没付款但已经付了.
    """
    head = denial.heads[0]
    if not _NOT_DONE.search(text, denial.start, denial.end):
        return ""
    if _SHOWN.search(text, 0, denial.start):
        return ""
    done = (
        *(f"{so}{head}" for so in ("已", "已经", "明明")),
        *((_was_done(head),) if len(head) > 1 else ()),
    )
    return next((said for said in done if said in affirmed), "")


@either_way
def still_to_come(mine: Facts, other: Facts) -> Pair | None:
    """Return what the one denies where the other has it, but not what comes after: 收了没住."""
    if not (mine.denials and other.denials):
        return None
    if "了" not in other.text and "已" not in other.text:
        return None
    affirmed, own = _affirmed(other), _affirmed(mine)
    denied = {head for denial in other.denials for head in denial.heads}
    for denial in mine.denials:
        head = denial.heads[0] if denial.heads else ""
        if not head or head in own or (len(head) == 1 and head in denied):
            continue
        done = _is_done(mine.text, denial, affirmed)
        if done and head not in denied and shared(mine.text, other.text) >= _SAID:
            return _said(mine.text, denial), done
        if head not in affirmed:
            continue
        after = mine.text[denied_end(mine.text, denial) :][:2]
        come = re.search(f"{head}(?:{re.escape(after)})?了[，, ]?[^，,。;；了]{{0,4}}\0", affirmed)
        if come:
            there = whole_words(other.text, come.start(), come.end() - 1).strip()
            return _said(mine.text, denial), there
    return None

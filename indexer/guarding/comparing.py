"""Which numbers, dates and codes of two texts differ, each compared with its own kind.

A value conflicts where both texts speak of that kind of thing and each has a value that the
other lacks; what only one of them mentions says nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isclose

from indexer.guarding.codes import Code
from indexer.guarding.dates import DatePart
from indexer.guarding.quantities import EVER, Quantity
from indexer.guarding.words import words

# 1,000 megabytes are a gigabyte, to people, and 30 days a month; half a month is two weeks.
_NEARLY, _NEARLY_AS_LONG = 0.035, 0.08

# Kinds that are taken for each other: what is measured in the one may be in the other.
_LIKE_KINDS = ({"celsius", "fahrenheit"}, {"data", "rate"}, {"weight", "volume"})

# Of one number the one is never the other: 6个月 of age and 6岁.
_OTHER_AGES = {"time", "years old"}

# Days counted from today, and from what happens.
_DAYS = {"day": "event day", "event day": "day"}

Span = tuple[int, int]


@dataclass(frozen=True)
class Difference:
    """What two texts differ in, and where it stands in each."""

    kind: str
    asked: Span
    found: Span


def different_numbers(asked: Sequence[Quantity], found: Sequence[Quantity]) -> Iterator[Difference]:
    """Yield quantities of one kind that differ."""
    ours, theirs = _by_kind(asked), _by_kind(found)
    told = False
    for kind in ours:
        mine, other = ours[kind], theirs.get(kind, [])
        pair = _exclusive(mine, other)
        if pair:
            told = True
            yield Difference(_number_kind(*pair), _span(pair[0]), _span(pair[1]))
    if not told:
        yield from _odd_kinds(ours, theirs)


def _odd_kinds(
    ours: dict[str, list[Quantity]], theirs: dict[str, list[Quantity]]
) -> Iterator[Difference]:
    """Yield what differs though the kinds are not the same: other currencies, no unit at all."""
    a = [q for kind, found in ours.items() if kind not in theirs for q in found]
    b = [q for kind, found in theirs.items() if kind not in ours for q in found]
    if len(a) != 1 or len(b) != 1:
        return
    one, other = a[0], b[0]
    if one.is_money and other.is_money:
        yield Difference("amount", _span(one), _span(other))
    elif (not one.kind or not other.kind) and not _same(one, other):
        named = one if one.kind else other
        if not named.kind or named.is_money or named.kind == "data":
            yield Difference("amount" if named.is_money else "number", _span(one), _span(other))
    elif {one.kind, other.kind} in _LIKE_KINDS or (
        (one.number == other.number or EVER in (one.number, other.number))
        and ({one.kind, other.kind} == _OTHER_AGES or _packed_otherwise(one.unit, other.unit))
    ):
        yield Difference("unit", _span(one), _span(other))


def _packed_otherwise(one: str, other: str) -> bool:
    """Whether things come in the one or in the other: two boxes are not two bags."""
    packs = words().packs
    return one in packs and other in packs and packs[one] != packs[other]


def _by_kind(found: Sequence[Quantity]) -> dict[str, list[Quantity]]:
    kinds: dict[str, list[Quantity]] = defaultdict(list)
    for quantity in found:
        kinds[quantity.kind].append(quantity)
    return kinds


def _exclusive(asked: list[Quantity], found: list[Quantity]) -> tuple[Quantity, Quantity] | None:
    ours = [q for q in asked if not any(_same(q, o) for o in found)]
    theirs = [q for q in found if not any(_same(q, o) for o in asked)]
    return (ours[0], theirs[0]) if ours and theirs else None


def _same(one: Quantity, other: Quantity) -> bool:
    """Whether two are as much; in one unit only what is exactly so: 38度 is not 39度.

    What is less than so much is not what is more.
    """
    if one.bound * other.bound < 0:
        return False
    nearly = _NEARLY_AS_LONG if one.kind == "time" else _NEARLY
    nearly = 1e-6 if isclose(one.factor, other.factor) else nearly
    return abs(one.value - other.value) <= nearly * min(abs(one.value), abs(other.value))


def _number_kind(one: Quantity, other: Quantity) -> str:
    if one.number == other.number and one.unit != other.unit and not one.is_money:
        return "unit"
    return "amount" if one.is_money else "number"


def different_dates(asked: Sequence[DatePart], found: Sequence[DatePart]) -> Iterator[Difference]:
    """Yield parts of dates of one name that differ."""
    ours, theirs = _parts(asked), _parts(found)
    for part, values in ours.items():
        others = theirs.get(part) or _counted_from_today(part, ours, theirs)
        ours_alone = [v for v in values if v not in others]
        theirs_alone = [v for v in others if v not in values]
        if ours_alone and theirs_alone:
            one, other = values[ours_alone[0]], others[theirs_alone[0]]
            yield Difference("date", _span(one), _span(other))


def _counted_from_today(
    part: str, ours: dict[str, dict[str, DatePart]], theirs: dict[str, dict[str, DatePart]]
) -> dict[str, DatePart]:
    """Return the days of the one that are counted from today, of the other from what happens.

    当天 is no 明天; nothing where either counts in both ways, or names several days.
    """
    like = _DAYS.get(part, "")
    others = theirs.get(like, {})
    return others if like not in ours and len(ours[part]) == len(others) == 1 else {}


def _parts(found: Sequence[DatePart]) -> dict[str, dict[str, DatePart]]:
    parts: dict[str, dict[str, DatePart]] = defaultdict(dict)
    for one in found:
        parts[one.part].setdefault(one.value, one)
    return parts


def different_codes(asked: Sequence[Code], found: Sequence[Code]) -> Iterator[Difference]:
    """Yield codes that differ: of one make or of one form, or the only ones there are."""
    ours = {(c.letters, c.figures): c for c in asked}
    theirs = {(c.letters, c.figures): c for c in found}
    mine = [c for key, c in ours.items() if key not in theirs]
    others = [c for key, c in theirs.items() if key not in ours]
    for one in mine:
        for other in others:
            if one.figures == other.figures and _shortened(one.letters, other.letters):
                continue
            alike = one.letters == other.letters or (
                one.figures == other.figures and _form(one) == _form(other)
            )
            if alike or (len(ours) == len(theirs) == 1 and _form(one) == _form(other)):
                yield Difference("code", _span(one), _span(other))
                return


def _shortened(one: str, other: str) -> bool:
    """Whether one is the other without its maker: X200 is a TW-X200, but no RX200."""
    short, long = sorted((one, other), key=len)
    return len(long) > len(short) + 1 and long.endswith(short)


def _form(code: Code) -> str:
    if code.letters in ("edition", "#", "v"):
        return code.letters
    if re.fullmatch(r"[\u4e00-\u9fff]", code.letters):
        return code.letters
    return "code"


def _span(one: Quantity | DatePart | Code) -> Span:
    return one.start, one.end

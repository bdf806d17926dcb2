"""When a text speaks of: days, weekdays, months, years, hours and feasts.

Each is kept as a part (such as "weekday") with its value; parts of one name are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from indexer.guarding.numerals import CHARACTERS, ENGLISH, chinese_number
from indexer.guarding.words import words

_N: Final = rf"(?:\d{{1,2}}|[{CHARACTERS[2:13]}]{{1,3}})"
_ISO: Final = re.compile(
    r"(?<![\d.])((?:19|20)\d\d)[-/.](1[0-2]|0?\d)(?:[-/.](3[01]|[12]\d|0?\d))?(?![\d.])"
)
# 2000元, $2000, 2000毫克, M2070 and the end of 400-820-2070 are no years, and 2024款 is one.
_MEASURED: Final = "|".join(
    re.escape(word)
    for line in words().units.strip().splitlines()
    for word in line.partition(":")[2].split()[::2]
)
_YEAR: Final = re.compile(
    rf"(?<![\da-z¥$€£])(?:(?<![\da-z]-)|(?<=(?:19|20)\d\d-))((?:19|20)\d\d)"
    rf"(?:年|(?![\d.%a-z]|\s?(?:个|次|人|条|件|张|步|字|股|份|台|只|箱|瓶|套|间|平|名|位|m|g|k|w|(?:{_MEASURED})(?![a-z]))))"
)
_CALENDAR: Final = re.compile(
    rf"(?<!个)({_N})月(?:份|(?!租|薪|卡|付|均|供|费|度|经|结|子|入))(?:({_N})[日号])?"
)
_QUARTER: Final = re.compile(r"(?<![a-z\d])q([1-4])(?![a-z\d])|第?([一二三四1-4])季度")
_DAY: Final = re.compile(rf"(?<![\d月{CHARACTERS[2:13]}第])({_N})号(?![楼线院店码机门床柜窗航])")
_WEEKDAY: Final = re.compile(
    r"(?<!黑色)(?<!网络)(?:周|星期|礼拜)([一二三四五六日天1-7末])([日天])?(?!年)"
)
# 3 business days are any three; but of "9 to 5 weekdays" the 5 is an hour.
_WORKDAYS: Final = re.compile(
    rf"(?<![\d{CHARACTERS[2:13]}几个非])工作日|(?<![a-z])weekdays?(?![a-z])"
    rf"|(?P<counted>(?:\d|(?<![a-z])(?:{'|'.join(ENGLISH)}|few|several|many))\s?)?"
    r"(?<![a-z])business days?(?![a-z])"
)
_TO: Final = re.compile(r"\s?(?:-|~|—|到|至|to|through)\s?")
# 除了周末 speaks of the other days.
_BUT: Final = re.compile("(?:除了?|except(?: for| on)?|other than) ?$")
_RELATIVE: Final = re.compile(
    r"(上上|下下|上|下|本|这|当)个?(周|星期|礼拜|月|季度|学期|年度)(?![一二三四五六日天末])"
)
_CLOCK: Final = re.compile(
    rf"(?<![\d.])(?<!分之)({_N})(?:点钟|点整|点(?![儿赞击餐评数名播]|开(?![始门业会课放盘奖车]))|时整|:)(半|[0-5]\d)?"
)
_CLOCK_ENGLISH: Final = re.compile(r"(?<![\d.:])(\d{1,2})(?::([0-5]\d))?\s?(a\.?m|p\.?m)(?![a-z])")
_WEEKS: Final[Mapping[str, str]] = {
    "天": "日",
    "7": "日",
    **dict(zip("123456", "一二三四五六", strict=True)),
}
_MONTHS: Final = (
    "january february march april may june july august september october november december"
)
_SHORT: Final[Mapping[str, int]] = {
    **{name: number for number, name in enumerate(_MONTHS.split(), 1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS.split(), 1)},
    "sept": 9,
}
_MONTH: Final = rf"(?P<month>{'|'.join(sorted(_SHORT, key=len, reverse=True))})\.?"
_OF_MONTH: Final = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_DIGIT: Final = re.compile(r"\d")
# "May 3 people come" is no date.
_DAY_ENGLISH: Final = re.compile(
    rf"(?<![a-z])(?<!i )(?<!you )(?<!we )(?<!they ){_MONTH} {_OF_MONTH}(?![\d:.%]|\s?[ap]\.?m)"
    r"(?!\s(?!to|and|or|for|on|at|in|the|a|an|is|as|still|this|next|if|yet|work)[a-z]+)"
    rf"|(?<![\d:.]){_OF_MONTH.replace('day', 'before')}(?: of)? "
    rf"{_MONTH.replace('month', 'named')}(?![a-z])"
)
# Words of their own, too.
_MARCH_MAY: Final = re.compile(
    r"(?:\b(?:in|for|of|from|since|until|till|by|last|next|this|early|late|my|the)\s|\d\s?)(march|may)\b"
    r"(?!\s(?:i|we|you|be|not|have)\b)"
)
_DAYS: Final = "monday tuesday wednesday thursday friday saturday sunday"
_WEEK: Final = "一二三四五六日"


def _named() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for line in words().named_dates.strip().splitlines():
        part, _, rest = line.partition(":")
        items = rest.split()
        for value, word in zip(items[::2], items[1::2], strict=True):
            found.setdefault(word.replace("-", " "), []).append((part, value))
    for number, name in enumerate(_MONTHS.split(), 1):
        if name not in ("march", "may"):  # words of their own
            found[name] = [("month", str(number))]
    for day, name in zip(_WEEK, _DAYS.split(), strict=True):
        found[name] = found[name + "s"] = [("weekday", day)]
    found["weekend"] = found["weekends"] = [("weekday", "六"), ("weekday", "日")]
    for name, span in (
        ("week", "week"),
        ("month", "month"),
        ("year", "year"),
        ("quarter", "quarter"),
    ):
        for word, place in (("last", "-1"), ("this", "0"), ("next", "1"), ("previous", "-1")):
            found[f"{word} {name}"] = [(f"{span} ago", place)]
    for place, said in (
        ("-1", "day before"),
        ("0", "same day"),
        ("1", "next day"),
        ("1", "following day"),
        ("1", "day after"),
    ):
        found[said] = found[said.replace(" ", "-")] = [("event day", place)]
    return found


_WORDS: Final = _named()
_LATIN: Final = "|".join(
    w for w in sorted(_WORDS, key=len, reverse=True) if w.isascii() and not w.isdigit()
)
# 618 is a feast, and in 400-618-4571 it is none.
_HAN: Final = "|".join(
    rf"(?<![a-z-]){w}(?![a-z-])" if w.isdigit() else w
    for w in sorted(_WORDS, key=len, reverse=True)
    if not w.isascii() or w.isdigit()
)
_WORD: Final = re.compile(rf"(?<![a-z])(?:{_LATIN})(?![a-z])|(?<!\d)(?:{_HAN})(?!\d)")
# What each of all these has in it; half of the texts have none.
_ANY: Final = re.compile(rf"[\da-z:点时月号周星礼工季学年{''.join({w[0] for w in _WORDS})}]")
_PLACES: Final[Mapping[str, str]] = {
    "上上": "-2",
    "上": "-1",
    "本": "0",
    "这": "0",
    "当": "0",
    "下": "1",
    "下下": "2",
}
_SPANS: Final[Mapping[str, str]] = {
    "周": "week",
    "星期": "week",
    "礼拜": "week",
    "月": "month",
    "季度": "quarter",
    "学期": "term",
    "年度": "year",
}


@dataclass(frozen=True)
class DatePart:
    """One part of a date, such as ("weekday", "一"), and where in the text it stands."""

    part: str
    value: str
    start: int
    end: int


def dates(text: str) -> tuple[tuple[DatePart, ...], str]:
    """Return the parts of a normalised text, and the text with what they stand on blanked."""
    if not _ANY.search(text):
        return (), text
    found: list[DatePart] = []
    whole = text
    for scan in (_iso, _clock, _calendar, _calendar_english, _weeks, _words):
        new = list(scan(text))
        found += new
        for part in new:
            text = text[: part.start] + "\0" * (part.end - part.start) + text[part.end :]
    said = [p for p in found if not _BUT.search(whole, 0, p.start)]
    return (*said, *_between(whole, said)), text


def _between(text: str, found: list[DatePart]) -> Iterator[DatePart]:
    """Yield the days between two days of the week: 周一到周五 has Wednesday in it."""
    days = sorted((p for p in found if p.part == "weekday"), key=lambda p: p.start)
    for one, other in pairwise(days):
        first, last = _WEEK.index(one.value), _WEEK.index(other.value)
        if _TO.fullmatch(text, one.end, other.start):
            for day in _WEEK[first + 1 : last]:
                yield DatePart("weekday", day, one.start, other.end)


def _iso(text: str) -> Iterator[DatePart]:
    for match in _ISO.finditer(text):
        yield DatePart("year", match[1], *match.span())
        yield DatePart("month", str(int(match[2])), *match.span())
        if match[3]:
            yield DatePart("day of month", str(int(match[3])), *match.span())


def _clock(text: str) -> Iterator[DatePart]:
    for match in _CLOCK_ENGLISH.finditer(text):
        yield DatePart("hour", f"{int(match[1]) % 12}:{match[2] or '00'}", *match.span())
        evening = int(match[1]) % 12 >= 6
        half = "am" if match[3][0] == "a" else "eve" if evening else "pm"
        if match[1] == "12":
            half = "night" if half == "am" else "noon"
        yield DatePart("hour of day", half, *match.span())
    for match in _CLOCK.finditer(text):
        if match[0].endswith(":") and not match[2]:
            continue
        minutes = "30" if match[2] == "半" else match[2] or "00"
        if (hour := _int(match[1])) is not None and hour <= 24:
            yield DatePart("hour", f"{hour % 12}:{minutes}", *match.span())


def _calendar(text: str) -> Iterator[DatePart]:
    for match in _YEAR.finditer(text):
        yield DatePart("year", match[1], *match.span())
    for match in _CALENDAR.finditer(text):
        month = _int(match[1])
        if month is not None and 1 <= month <= 12:
            yield DatePart("month", str(month), *match.span())
            if match[2] and (day := _int(match[2])):
                yield DatePart("day of month", str(day), *match.span())
    for match in _QUARTER.finditer(text):
        yield DatePart("quarter", str(_int(match[1] or match[2])), *match.span())
    for match in _DAY.finditer(text):
        day = _int(match[1])
        if day is not None and 1 <= day <= 31:
            yield DatePart("day of month", str(day), *match.span())


def _calendar_english(text: str) -> Iterator[DatePart]:
    if not _DIGIT.search(text):
        return
    for match in _DAY_ENGLISH.finditer(text):
        month, day = match["month"] or match["named"], match["day"] or match["before"]
        yield DatePart("month", str(_SHORT[month]), *match.span())
        yield DatePart("day of month", str(int(day)), *match.span())


def _weeks(text: str) -> Iterator[DatePart]:
    for match in _WEEKDAY.finditer(text):
        # 周六日 are two days, and so is 周末.
        for day in "六日" if match[1] == "末" else filter(None, (match[1], match[2])):
            yield DatePart("weekday", _WEEKS.get(day, day), *match.span())
    for match in _WORKDAYS.finditer(text) if "工作日" in text or "day" in text else ():
        if not match["counted"]:
            yield from (DatePart("weekday", day, *match.span()) for day in _WEEK[:5])
    for match in re.finditer("非工作日|双休日", text):
        yield from (DatePart("weekday", day, *match.span()) for day in _WEEK[5:])
    for match in _RELATIVE.finditer(text):
        yield DatePart(f"{_SPANS[match[2]]} ago", _PLACES[match[1]], *match.span())


def _words(text: str) -> Iterator[DatePart]:
    for match in _WORD.finditer(text):
        for part, value in _WORDS[match[0]]:
            yield DatePart(part, value, *match.span())
    for match in _MARCH_MAY.finditer(text):
        yield DatePart("month", "3" if match[1] == "march" else "5", *match.span(1))


def _int(text: str) -> int | None:
    value = int(text) if text.isdigit() else chinese_number(text)
    return None if value is None else int(value)

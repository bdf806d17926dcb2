"""How much a text speaks of: numbers with their units, in one measure for each kind of thing.

A number is compared only with one of its own kind: days with days however they are written,
money of one currency, bytes, and otherwise things counted by the same word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from indexer.guarding.numerals import CHARACTERS, ENGLISH, ORDINALS, SCALES, chinese_number
from indexer.guarding.said_amounts import said_amounts
from indexer.guarding.words import words

_DIMENSIONS: Final[Mapping[str, tuple[str, float]]] = {
    word: (kind.strip(), float(factor))
    for kind, _, rest in (line.partition(":") for line in words().units.strip().splitlines())
    for word, factor in zip(rest.split()[::2], rest.split()[1::2], strict=True)
} | {word: (word, 1.0) for word in words().counted.split()}
_SYMBOLS: Final[Mapping[str, str]] = {"¥": "cny", "$": "usd", "€": "eur", "£": "gbp"}
_MONEY: Final = frozenset({"cny", "usd", "eur", "gbp", "hkd", "jpy"})
_ROMAN: Final[Mapping[str, int]] = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}

_UNIT: Final = "|".join(sorted(map(re.escape, _DIMENSIONS), key=len, reverse=True))
_FIGURES: Final = r"\d+(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?(?!\d|st|nd|rd|th)"
_WORDS: Final = "|".join(sorted([*ENGLISH], key=len, reverse=True))
_NUMBER: Final = re.compile(
    rf"(?P<sign>[¥$€£])?\s?(?:(?P<figures>{_FIGURES})(?P<scale>[万亿]|百(?!度)|千(?![克米瓦])|[wk](?![a-z]))?"
    rf"|(?<![a-z])(?P<english>{_WORDS})(?![a-z])(?:[ ](?P<many>hundred|thousand|million)(?![a-z]))?"
    rf"|(?P<chinese>[{CHARACTERS}]+?(?=千[克米瓦卡])|[{CHARACTERS}]+)|(?P<half>半)(?=[个天小年月斤升吨米片粒颗袋勺瓶杯盒]|公[斤里升分]|千[克米]|毫升)"
    rf"|(?<![a-z])(?P<roman>i{{1,3}}|iv|v)(?=类|型|期|级|代))"
)
# 一米二, 三块五
_TENTH: Final = rf"(?<=[米块度])[1-9一二三四五六七八九](?![\d{CHARACTERS}a-z.%个天月年次人])"
_AFTER: Final = re.compile(
    rf"(?P<more>个半|多|余|来)?[\s-]?(?:(?:business|working|calendar)\s)?(?P<unit>{_UNIT})(?![a-z])"
    rf"(?:(?P<half>半(?!价))|(?P<tenth>{_TENTH}))?"
    rf"|\s(?P<noun>[a-z]{{3,}})"
)
_BELOW_BEFORE: Final = re.compile(
    r"(?:不到|[不没未].?满|不足|未到|没到|[不没未]超过|[不没未]过|不[多高大]于"
    r"|(?<![a-z])(?:within|under|below|less than|fewer than|up to|at most|no more than)"
    r"(?: the first)?\s?)$"
)
_ABOVE_BEFORE: Final = re.compile(
    r"(?:超过|过了|[高多大]于|年?满|不[少低小]于"
    r"|(?<![a-z])(?:after|over|above|beyond|past|more than|at least)\s?)$"
)
_BELOW_AFTER: Final = re.compile("[以之]?内|[以之]下")
_ABOVE_AFTER: Final = re.compile("[以之]上|[以之过]?后| or more| later")
_FOREVER: Final = re.compile(
    "永久|终身|终生|无限期|(?<![a-z])(?:permanent(?:ly)?|forever|lifetime|indefinitely)(?![a-z])"
)
EVER: Final = 1e9
# 三代 is the third, with 第 and without.
_IN_ORDER: Final = frozenset(("代", "届", "胎"))
# What has a number of its own: 附件一, 满一百减二十.
_NUMBERED: Final = re.compile("(?:附件|附表|附录|方案|选项|条款|步骤|阶段|情形|减)$")
_EACH: Final = re.compile("各[\u4e00-\u9fff]?$")
_ANY: Final = re.compile(rf"[\d半{CHARACTERS}a-z永终无]")
_LAST: Final = -1.0  # 最后一针 is no 第一针
_WEIGHED: Final = re.compile(
    "包裹|快递|寄|重|秤|称|糖|盐|食|奶|药|茶|金|斤|(?<![a-z])[mk]g(?![a-z])"
)
_STORED: Final = re.compile("流量|内存|网|套餐|信号|手机|宽带|存储|[gm]b")
# 押一付三, 买一送一: what is counted is said by the verb before.
_DEAL: Final = re.compile(
    r"([押付买送赠])([一二两三四五六七八九十]|\d{1,2})(?=[押付买送赠减]|$|[的吗怎是活优如，,。 ])"
)
_RANGE: Final = re.compile(r"\s?(?:-|~|到|至|—|to)\s?(?=[\d零一二两三四五六七八九十])")
_FROM_TO: Final = re.compile("(?:一[二两三]|[二两][三四]|三[四五]|四五|五六|六七|七八|八九)")
_SEEMING: Final = sorted(map(re.escape, words().not_counting.split()), key=len, reverse=True)
# 1.5万能分期, 五万能借, 四十一人, 十分钟 and 三星级 count.
_MASKED: Final = re.compile(
    rf"(?<![\d十百千零])(?!(?<=[二三四五六七八九])十|十分钟|三星级|(?<=[一二两三四五六七八九])万[能事])(?:{'|'.join(_SEEMING)})"
)
_ORDINAL: Final = re.compile(
    rf"(?<![a-z])({'|'.join(ORDINALS)})(?![a-z])|(\d+)(?:st|nd|rd|th)(?![a-z])"
)


@dataclass(frozen=True)
class Quantity:
    """A number in the first unit of its kind, and where in the text it stands.

    `kind` is "" where no unit follows; `unit` is the word that did, `number` what it was given.
    `bound` is -1 where less than that is spoken of, 1 where more is.
    """

    kind: str
    value: float
    number: float
    unit: str
    start: int
    end: int
    bound: int = 0

    @property
    def factor(self) -> float:
        """How many of the first unit of its kind its own is."""
        return self.value / self.number if self.number else 1.0

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of some currency."""
        return self.kind in _MONEY


def mask(text: str) -> str:
    """Return the text with words that only look like numbers blanked, as long as before."""
    return _MASKED.sub(lambda match: "\0" * len(match[0]), text)


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of a normalised text, in the order in which they stand."""
    said, rest = said_amounts(text)
    found = [
        Quantity(kind, value, number, kind, start, end, _bound(text, start, end))
        for kind, value, number, start, end in said
    ]
    return (*found, *(_found(mask(rest)) if _ANY.search(rest) else ()))


def counted_at(found: Iterable[Quantity], place: int) -> bool:
    """Whether what stands at a place is counted in a unit, and so compared by that."""
    return any(q.unit and q.start <= place < q.end for q in found)


def _found(text: str) -> Iterator[Quantity]:
    for named in _ORDINAL.finditer(text):
        place = ORDINALS[named[1]] if named[1] else int(named[2])
        yield Quantity("ordinal", place, place, "", *named.span())
    for ever in _FOREVER.finditer(text):
        yield Quantity("time", EVER, EVER, ever[0], *ever.span())
    for deal in _DEAL.finditer(text):
        value = float(deal[2]) if deal[2].isdigit() else chinese_number(deal[2])
        if value is not None:
            yield Quantity(deal[1], value, value, "", *deal.span())
    place = 0
    waiting: list[tuple[float, int, int]] = []
    while match := _NUMBER.search(text, place):
        place = match.end()
        value = _value(match)
        # The other end of a range is no part of a word, though a dash stands before it: 3-5天.
        if value is None or (not waiting and _inside_word(text, match)):
            continue
        if _FROM_TO.fullmatch(match[0]):  # 三五天 is 3-5天, and 三十五天 is not.
            waiting += [
                (chinese_number(one) or 0, at, match.end())
                for at, one in enumerate(match[0], match.start())
            ]
        else:
            waiting.append((value, match.start(), match.end()))
        if (range_ := _RANGE.match(text, place)) and not match["sign"]:
            place = range_.end()
            continue
        yield from _with_unit(text, match, waiting)
        waiting = []


def _with_unit(
    text: str, match: re.Match[str], waiting: list[tuple[float, int, int]]
) -> Iterator[Quantity]:
    after = _AFTER.match(text, match.end())
    unit = (after["unit"] or "") if after else ""
    kind, factor = _DIMENSIONS.get(unit, ("", 1.0))
    if unit == "g" and is_weighed(text):
        kind, factor = _DIMENSIONS["克"]
    start = waiting[0][1]
    if text[max(0, start - 1) : start] == "第" or kind in _IN_ORDER:
        kind, factor = f"ordinal {kind}".strip(), 1.0
    elif match[0] == "一" and text.endswith("最后", 0, match.start()):
        waiting[-1] = (_LAST, *waiting[-1][1:])
        kind, factor = f"ordinal {kind}".strip(), 1.0
    if _EACH.search(text[: match.start()][-2:]):  # 早晚各一次 is 一天两次
        kind = f"each {kind}"
    if match["sign"] in _SYMBOLS:
        kind, factor = _SYMBOLS[match["sign"]], 1.0
    half = 0.0
    if after and unit and (after["half"] or after["more"] == "个半"):
        half = 0.5
    elif after and after["tenth"]:
        tenth = after["tenth"]
        half = (int(tenth) if tenth.isdigit() else chinese_number(tenth) or 0) / 10
    if not kind and after and after["noun"] and not match["chinese"]:
        kind = unit = after["noun"].removesuffix("s")
    spelled = match["chinese"] or match["english"] or match["half"] or match["roman"]
    if not kind and spelled and not _plain(match) and not _NUMBERED.search(text, 0, start):
        return
    end = after.end() if after and unit else match.end()
    for value, start, _ in waiting:
        if kind == "折" and value >= 10:  # 95折 is 9.5折
            value /= 10
        bound = _bound(text, waiting[0][1], end)
        yield Quantity(kind, (value + half) * factor, value + half, unit, start, end, bound)


def _bound(text: str, start: int, end: int) -> int:
    before = text[max(0, start - 24) : start]
    if _BELOW_BEFORE.search(before) or _BELOW_AFTER.match(text, end):
        return -1
    return 1 if _ABOVE_BEFORE.search(before) or _ABOVE_AFTER.match(text, end) else 0


def is_weighed(text: str) -> bool:
    """Whether a g in a text is a gram; else it is a gigabyte, or a network."""
    return bool(_WEIGHED.search(text)) and not _STORED.search(text)


def _plain(match: re.Match[str]) -> bool:
    """Whether a number in words can stand without a unit: 两百 and ten thousand can, 三 can't."""
    return bool(match["many"]) or (
        bool(match["chinese"]) and len(match["chinese"]) > 1 and match["chinese"][-1] in "百千万亿"
    )


def _inside_word(text: str, match: re.Match[str]) -> bool:
    start = match.start("figures")
    before = text[start - 1] if start > 0 else ""
    return bool(match["figures"]) and (
        (before.isascii() and before.isalpha()) or before in ("-", "_", ".")
    )


def _value(match: re.Match[str]) -> float | None:
    if match["figures"]:
        scale = SCALES.get(match["scale"] or "", 1.0)
        return float(match["figures"].replace(",", "")) * scale
    if match["chinese"]:
        return chinese_number(match["chinese"])
    if match["english"]:
        return ENGLISH[match["english"]] * SCALES.get(match["many"] or "", 1.0)
    return float(_ROMAN[match["roman"]]) if match["roman"] else 0.5

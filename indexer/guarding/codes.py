"""Product codes, versions and model numbers: letters and figures that name one thing.

A code is kept as its letters and its figures, so that iphone 14 and iphone 15 are seen to be
of one make, and 4g and 5g of one kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from indexer.guarding.numerals import ENGLISH, chinese_number
from indexer.guarding.quantities import is_weighed
from indexer.guarding.words import words

# Figures with one of these are a quantity.
_MEASURES: Final = (
    "kb|mb|gb|tb|ghz|mhz|kg|kgs|mg|ml|cm|mm|km|mbps|gbps|kbps|mah|rmb|usd|hkd|cny|rs|inr|h|hr|hrs|min|mins|sec|lb|lbs|oz|ft|w|kw|st|nd|rd|th|am|pm|"
    "days?|hours?|weeks?|months?|years?|minutes?|seconds?|m|t|k|l"
)
_TIGHT: Final = re.compile(
    r"(?<![a-z0-9])(?<![a-z]-)(?=[a-z0-9.+/_-]*\d)(?=[a-z0-9.+/_-]*[a-z])"
    r"[a-z]*(?:[-_]?\d+(?:\.\d+)*)[a-z]*(?:[-_.]?[a-z0-9]+)*\+?(?![a-z0-9])"
)
_QUANTITY: Final = re.compile(
    rf"\d+(?:\.\d+)?(?:{_MEASURES})(?:[-_](?:\d+(?:{_MEASURES})?|[a-z]+))*|\d+-[a-z]+"
)
_GRAMS: Final = re.compile(r"\d+(?:\.\d+)?g")
_DATA: Final = re.compile(r"(?:[7-9]|\d\d+|\d\.\d+)g|\d+g(?=流量|内存|运存|的流量|空间)")
_COUNTED: Final = "[万千百元块天次个年月日分小台条张倍点岁折米周]"
_LOOSE: Final = re.compile(
    r"(?<![a-z0-9])([a-z]{2,}(?:-[a-z]+)?)\s?(\d+(?:\.\d+)*)"
    rf"(?![\d%:/.]|,\d{{3}}|{_COUNTED}|\s?[¥$€£])(?P<more>\s?[a-z])?"
)
_ANY: Final = re.compile(r"[a-z\d航]")  # each code has one, few Chinese texts do
_ALIASES: Final = {"windows": "win", "version": "v", "rm": "room"}
_VERSION: Final = re.compile(
    r"(?<![a-z0-9.])v?(\d+\.\d+(?:\.\d+)*)(?![\d%a-z]|[万千元块天倍折米公斤个小寸升])"
)
_LETTER: Final = re.compile(
    r"(?<![a-z0-9])([a-hj-z])(?=[型股类级座面款档区口卡照版班组栋套费]|方案)"
    r"|(?<=[表格案餐项栏栋座区组班码京津沪渝冀豫辽黑湘皖鲁苏浙赣鄂桂晋陕闽粤川琼])([a-hj-z]|x{1,3}[sl])(?![a-z0-9])"
    r"|(?<![a-z0-9])(m|x{0,3}[sl])(?=[码号](?!线))"
)
# 套餐A, A套餐; 方案A, A方案; L码, L号.
_SAME_LETTER: Final = {"餐": "套", "案": "方", "号": "码"}
_TERMINAL: Final = re.compile(
    "([一二三四五1-5])号航站楼|(?<![a-z])terminal ([1-5]|one|two|three|four|five)(?![a-z\\d])"
)
_LONG: Final = re.compile(
    r"(?<![\d.a-z])(?!\d+000(?!\d))\d{5,}(?![\d.a-z]|[元块万亿]|\s?(?:rmb|usd))"
)
# Figures in groups: a part number or a telephone, if it is no range.
_GROUPED: Final = re.compile(
    r"(?<![\d.a-z-])(\d+)-(\d+)((?:-\d+)*)"
    rf"(?![\d.a-z%-]|{_COUNTED}|号|\s?(?:rmb|usd))"
)
_FEWEST_GROUPED: Final = 5
EDITIONS: Final = "pro max|pro|max|plus|ultra|mini|air|lite"
# An edition may be written in one with its make, but "use" and "repair" name none.
_MAKES: Final = "|".join(sorted(word for word in words().naming if len(word) > 2))
_SUFFIX: Final = re.compile(
    rf"(?:(?<=[0-9\0])|(?<=[a-z])(?=\s)|(?<![a-z])(?:{_MAKES}))\s?({EDITIONS}|se|note)(?![a-z])"
    rf"|({EDITIONS})版"
)


@dataclass(frozen=True)
class Code:
    """A code in its letters and figures, and where in the text it stands."""

    letters: str
    figures: str
    start: int
    end: int


def codes(text: str) -> tuple[tuple[Code, ...], str]:
    """Return the codes of a normalised text, and the text with them blanked."""
    if not _ANY.search(text):
        return (), text
    found: list[Code] = []
    for scan in (_terminals, _grouped, _tight, _loose, _versions, _letters, _long, _suffixes):
        new = list(scan(text))
        found += new
        for code in new:
            text = text[: code.start] + "\0" * (code.end - code.start) + text[code.end :]
    return tuple(found), text


def is_quantity(written: str) -> bool:
    """Return whether figures and letters in one are so much of something: 500ml, 5g, 128gb."""
    return any(form.fullmatch(written) for form in (_QUANTITY, _GRAMS))


def _tight(text: str) -> Iterator[Code]:
    for match in _TIGHT.finditer(text):
        written = match[0]
        if _QUANTITY.fullmatch(written) or _DATA.match(text, match.start()):
            continue
        if _GRAMS.fullmatch(written) and is_weighed(text):
            continue
        bare = re.sub(r"[-_. /]", "", written)
        letters = re.sub(r"\d", "", bare)
        figures = re.sub(r"[^\d.]+", " ", written).strip()
        yield Code(_plain(letters), figures, *match.span())


def _loose(text: str) -> Iterator[Code]:
    lists = words()
    for match in _LOOSE.finditer(text):
        word = match[1]
        if (
            word in lists.counting
            or word in lists.function
            or (match["more"] and word not in lists.naming)
        ):
            continue
        yield Code(_plain(word), match[2], match.start(), match.end(2))


def _plain(letters: str) -> str:
    letters = letters.replace("-", "")
    return _ALIASES.get(letters, letters)


def _versions(text: str) -> Iterator[Code]:
    for match in _VERSION.finditer(text):
        if match[0][0] == "v" or "版" in text or "." in match[1].partition(".")[2]:
            yield Code("v", match[1], *match.span())


def _letters(text: str) -> Iterator[Code]:
    for match in _LETTER.finditer(text):
        # The figure is what is told apart: a股 and b股 are of one kind.
        kind = text[match.start() - 1] if match[2] else text[match.end()]
        kind = _SAME_LETTER.get(kind, kind)
        yield Code(kind, match[0], *match.span())


def _terminals(text: str) -> Iterator[Code]:
    for match in _TERMINAL.finditer(text):
        said = match[1] or match[2]
        number = ENGLISH.get(said) or chinese_number(said) or said
        yield Code("t", f"{float(number):.0f}", *match.span())


def _long(text: str) -> Iterator[Code]:
    for match in _LONG.finditer(text):
        yield Code("#", match[0], *match.span())


def _grouped(text: str) -> Iterator[Code]:
    for match in _GROUPED.finditer(text):
        first, second, more = match.groups()
        is_range = not more and int(first) < int(second) and len(second) <= len(first) + 1
        if not is_range and len(match[0].replace("-", "")) >= _FEWEST_GROUPED:
            yield Code("#", match[0], *match.span())


def _suffixes(text: str) -> Iterator[Code]:
    for match in _SUFFIX.finditer(text):
        yield Code("edition", match[1] or match[2], *match.span(match.lastindex or 0))

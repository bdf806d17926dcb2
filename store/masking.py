"""Personal numbers and addresses are taken out of a query before it is stored.

Masked are phone numbers, Chinese identity cards, bank cards and e-mail addresses, also in
full-width or Chinese digits and with spaces, dashes or invisible characters inside. A number
counts as a whole: what merely contains eleven digits like a phone's, as an order number does,
stays, for it tells nobody who asked. Public service numbers (95588, 400-...) stay too.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

PHONE, IDENTITY, CARD, EMAIL = "[phone]", "[id-card]", "[bank-card]", "[e-mail]"
MASKS = (PHONE, IDENTITY, CARD, EMAIL)

_CHINESE = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
# Between the groups of one number: spaces, dashes of every kind, dots, brackets, invisible marks.
_UNSEEN = r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_BETWEEN = rf"[\s.·•・_/()~,|*、\u2010-\u2015\u2212{_UNSEEN}-]{{1,4}}"
_CHINESE_RUN = re.compile(
    f"[零〇一二三四五六七八九幺](?:(?:{_BETWEEN})?[零〇一二三四五六七八九幺]){{10,}}"
)
_MIXED_RUN = re.compile(
    f"[0-9零〇一二三四五六七八九幺](?:(?:{_BETWEEN})?[0-9零〇一二三四五六七八九幺]){{10,}}"
)
# Typed with Chinese keys on, the dot of an address comes out as a full stop.
_STOP = "。(?=(?i:com|cn|net|org|edu|gov)(?![A-Za-z]))"
_EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\s{0,2}@\s{0,2}"
    rf"[A-Za-z0-9][A-Za-z0-9-]{{0,62}}(?:(?:\s\.\s?|\.|{_STOP})[A-Za-z0-9-]{{1,63}}){{1,8}}"
)
# Names and hosts in Chinese have no edge in running text: a few characters more are taken out.
_HOST = (
    rf"\s?@\s?[\w-]{{1,20}}(?:\.[\w-]{{1,20}})*"
    rf"(?:\.(?:[A-Za-z]{{2,6}}|中国|公司|网络)|(?:{_STOP}[A-Za-z]+)+)"
)
_CHINESE_EMAIL = re.compile(rf"(?:[\w.%+-]{{0,7}}[^\W\x00-\x7f]|[A-Za-z0-9._%+-]{{1,64}}){_HOST}")
_CHAIN = re.compile(rf"\+?\(?[0-9]+(?:{_BETWEEN}[0-9]+)*(?:(?:{_BETWEEN})?[Xx])?")
_GROUP = re.compile("[0-9]+|[Xx]")  # the X of an identity card may be a word's: 13812345678xyz
_MOBILE = re.compile(r"(?:00)?(?:86)?1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(?:00)?(?:86)?0?(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}")
_ABROAD = re.compile(
    r"(?:00)?(?:852|853)[569][0-9]{7}|(?:00)?886?0?9[0-9]{8}|09[0-9]{8}|07[0-9]{9}"
)
_CARDS = re.compile(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}|5[1-5][0-9]{14}|2[2-7][0-9]{14}|3[47][0-9]{13}"
    r"|3(?:0[0-5]|[68][0-9])[0-9]{11}|35[0-9]{14}|6[0-9]{15,18}|[89][0-9]{15,18}"
)
_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
_MOST_GROUPS = 20  # a number typed digit by digit
# What people write right before a number without a space; other letters make it a code.
_NAMED = re.compile(r"(?:^|[^a-z])(?:tel|phone|mobile|mob|call|cell|wx|vx|qq|no|number|card|id)$")


class _Found(NamedTuple):
    start: int
    end: int
    mask: str


def mask(text: str) -> str:
    """Return the text with a word in brackets for each personal number or address."""
    plain = "".join(map(_fold, text))
    found = []
    for form in (_EMAIL, _CHINESE_EMAIL):
        for match in form.finditer(plain):
            found.append(_Found(match.start(), match.end(), EMAIL))
            # What lies in an address is gone with it, and must not be looked at again.
            plain = _without(plain, found[-1])
    # Digits of both kinds last: a number beside a word like 一直 is not one with it.
    for run in (_CHINESE_RUN, _MIXED_RUN):
        for number in list(_numbers(run.sub(lambda r: r.group().translate(_CHINESE), plain))):
            found.append(number)
            plain = _without(plain, number)
    for start, end, word in sorted(found, reverse=True):
        text = text[:start] + word + text[end:]
    return text


def _without(plain: str, found: _Found) -> str:
    gone = "\x00" * (found.end - found.start)
    return plain[: found.start] + gone + plain[found.end :]


def _fold(char: str) -> str:
    if char < "\x80":
        return char
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.digit(char))
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 else char


def _numbers(plain: str) -> Iterator[_Found]:
    for chain in _CHAIN.finditer(plain):
        groups = [
            (chain.start() + group.start(), chain.start() + group.end())
            for group in _GROUP.finditer(chain.group())
        ]
        at = 0
        while at < len(groups):
            found = _longest(plain, groups, at)
            if found is None:
                at += 1
                continue
            last, match = found
            yield match
            at = last + 1


def _longest(plain: str, groups: list[tuple[int, int]], first: int) -> tuple[int, _Found] | None:
    """Return the longest personal number that begins with a group, and its last group."""
    start = groups[first][0]
    if _is_code(plain, start):
        return None
    for last in range(min(first + _MOST_GROUPS, len(groups)) - 1, first - 1, -1):
        end = groups[last][1]
        parts = [plain[a:b] for a, b in groups[first : last + 1]]
        # A letter behind makes it a code, but for a mobile: 13812345678vx同号.
        behind = plain[end : end + 1]
        mobile = behind.isalpha() and _MOBILE.fullmatch("".join(parts))
        if behind.isascii() and behind.isalnum() and not mobile:
            continue
        word = _kind(parts, plain[max(start - 2, 0) : start], plain[start:end])
        if word:
            signed = plain[:start].rstrip("( ").endswith("+")
            begin = plain.rindex("+", 0, start) if signed else start
            if ")" in plain[start:end] and plain[begin - 1 : begin] == "(":
                begin -= 1
            return last, _Found(begin, end, word)
    return None


def _is_code(plain: str, start: int) -> bool:
    """Whether letters stand right before the number, as in the code of an order."""
    before = plain[max(start - 8, 0) : start].casefold()
    if not before or not (before[-1].isascii() and before[-1].isalpha()):
        return False
    return _NAMED.search(before) is None


def _kind(parts: list[str], before: str, written: str) -> str:
    """Return the mask for what the groups of digits are, empty for anything else."""
    digits = "".join(parts)
    if _is_identity(digits):
        return IDENTITY
    if digits[-1] in "Xx":
        return ""
    if _MOBILE.fullmatch(digits) or _ABROAD.fullmatch(digits) or _is_landline(digits, parts):
        return PHONE
    if ("+" in before and 8 <= len(digits) <= 15) or _is_american(parts, written):
        return PHONE
    return CARD if _is_card(digits, parts) else ""


def _is_landline(digits: str, parts: list[str]) -> bool:
    """Whether it is a fixed line with its area code, the 0 before it or the country's written."""
    return _LANDLINE.fullmatch(digits) is not None and (
        digits[0] == "0" or (len(parts) > 1 and parts[0] == "86")
    )


def _is_american(parts: list[str], written: str) -> bool:
    """Whether it is an American number as people write it; ten bare digits may be anything."""
    if [len(part) for part in parts[-3:]] != [3, 3, 4] or parts[:-3] not in ([], ["1"]):
        return False
    return parts[-3][0] in "23456789" and parts[-3] not in ("400", "800") and "-" in written


def _is_identity(digits: str) -> bool:
    if not _PROVINCE.match(digits):
        return False
    if len(digits) == 18:
        return _is_day(digits[6:14])
    return len(digits) == 15 and digits.isdecimal() and _is_day("19" + digits[6:12])


def _is_day(digits: str) -> bool:
    try:
        day = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return dt.date(1890, 1, 1) <= day <= dt.date(2100, 1, 1)


def _is_card(digits: str, parts: list[str]) -> bool:
    if not _CARDS.fullmatch(digits):
        return False
    # A card mistyped is a card still where its form leaves no doubt.
    in_fours = len(parts) > 3 and all(len(part) == 4 for part in parts[:-1])
    return in_fours or digits.startswith("62") or _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0

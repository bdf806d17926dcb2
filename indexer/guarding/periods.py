"""Whether a thing happens within a period or beyond it: 试用期内, 过了试用期.

Only a period that both texts name, without a number (those are `quantities`), is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_WITHIN: Final = re.compile(
    "([\u4e00-\u9fff]期)(?:之内|以内|期间|内|里|中)|([\u4e00-\u9fff]{2})(?:之内|以内|期间)"
)
_OVER: Final = "已经?过|结束|过后|之外|以外"
# 怀孕后 is 怀孕期间, but 保修期后 is over.
_OVER_TERM: Final = f"{_OVER}|已满|届满|满|之?后|以后|外"


def beyond(asked: str, found: str) -> Iterator[tuple[str, str]]:
    """Yield the words of each text where the one is within what the other is beyond."""
    for first, second, swapped in ((asked, found, False), (found, asked, True)):
        if "内" not in first and "期" not in first:
            continue
        for within in _WITHIN.finditer(first):
            named = within[1] or within[2]
            past = re.compile(
                f"(?<![不没未超])(?:过了?|超过了?|超出?|出了?)[^，,。 ]{{0,2}}{named}"
                f"|{named}(?:{_OVER_TERM if within[1] else _OVER})"
            )
            over = past.search(second)
            if over and not past.search(first) and not _within(second, named):
                yield (over[0], within[0]) if swapped else (within[0], over[0])
                return


def _within(text: str, named: str) -> bool:
    return any(named in (m[1], m[2]) for m in _WITHIN.finditer(text))

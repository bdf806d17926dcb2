"""When two answers say the same, whoever wrote them.

Width, case, Traditional characters, spaces and punctuation say nothing, but for the marks that a
number has: 1.5 is not 15, nor are 1-3 days 13 days, 5% 5‰ or $100 €100.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from store.text import simplified, text_hash

_BETWEEN = re.compile(r"(\d+)(\s*)([-–—~〜/⁄:×.,、])\s*(?=(\d+))")
_BESIDE = re.compile(r"[%‰$€£₩₽₹]|[<>≤≥](?=\s*\d)|(?<=\d)[<>≤≥]")
_ALIKE = str.maketrans("–—~〜/⁄:×、", "--------,")


def answer_key(answer: str) -> bytes:
    """Return 16 bytes that are the same for answers that say the same; empty for no answer."""
    folded = simplified(unicodedata.normalize("NFKC", answer).casefold())
    marks = {*_between(folded), *(found.start() for found in _BESIDE.finditer(folded))}
    said = "".join(
        char if char.isalnum() else char.translate(_ALIKE)
        for place, char in enumerate(folded)
        if char.isalnum() or place in marks
    )
    if not any(map(str.isalnum, said)):  # An answer may be no more than a tick or a cross.
        said = "".join(char for char in folded if unicodedata.category(char) == "So")
    return text_hash(said) if said else b""


def _between(folded: str) -> Iterator[int]:
    """Yield the places of the marks between digits without which the number is another."""
    for found in _BETWEEN.finditer(folded):
        left, space, mark, right = found.groups()
        if mark in ".、":
            meant = not space and found.end() == found.end(3)  # "1. 5元" is an item of a list
        elif mark == ",":
            meant = len(right) != 3  # 1,000 is 1000
        else:
            meant = min(len(left), len(right)) < 3  # a telephone number goes with or without
        if meant:
            yield found.start(3)

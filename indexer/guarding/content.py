"""How much of what one text says another says, too: its characters, and its English words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from indexer.guarding.english import stem
from indexer.guarding.words import words

_UNIT: Final = re.compile("[a-z0-9]+|[\u4e00-\u9fff]")
_EMPTY: Final = frozenset(
    "的了吗呢啊呀吧么着过是我你他她它们这那请问想要怎样如何咋办为什会能可以还就都也很在有个和与把啥"
)


@lru_cache(maxsize=65_536)
def content(text: str) -> frozenset[str]:
    """Return the characters and the words without their endings that say something."""
    function = words().function
    units = {unit for unit in _UNIT.findall(text) if unit not in function} - _EMPTY
    return frozenset(unit if unit >= "\u4e00" else _single(stem(unit)) for unit in units)


def _single(word: str) -> str:
    """Return cancel for the cancell of cancelled."""
    return word[:-1] if word.endswith("ll") and len(word) > 5 else word


def shared(one: str, other: str) -> float:
    """Return how much of what the shorter text says the longer says, too."""
    mine, their = content(one), content(other)
    return len(mine & their) / (min(len(mine), len(their)) or 1)


def alike(one: str, other: str) -> float:
    """Return how much of all that two texts say both say."""
    mine, their = content(one), content(other)
    return len(mine & their) / (len(mine | their) or 1)

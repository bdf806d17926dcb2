"""A rule about two texts, tried with the one first and then with the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import NamedTuple, TypeVar

T = TypeVar("T")

# The words of each of the two texts, in their order.
Pair = tuple[str, str]


def either_way(rule: Callable[[T, T], Pair | None]) -> Callable[[T, T], Iterator[Pair]]:
    """Return a search that yields what the rule finds in the texts, or in the texts exchanged.

    What it finds in those is put back into the order that was asked for.
    """

    @wraps(rule)
    def search(asked: T, found: T) -> Iterator[Pair]:
        if pair := rule(asked, found):
            yield pair
        elif pair := rule(found, asked):
            yield pair[::-1]

    return search


class Against(NamedTuple):
    """What stands in the one text, and what stands against it in the other."""

    here: re.Match[str]
    there: re.Match[str]

    @property
    def words(self) -> Pair:
        """What both are."""
        return self.here[0], self.there[0]


def set_against(
    mine: str, other: str, here: re.Pattern[str], there: re.Pattern[str]
) -> Against | None:
    """Return what is `here` in the one text and `there` in the other; None if a text has both."""
    one = here.search(mine)
    opposite = there.search(other) if one else None
    if one is None or opposite is None or there.search(mine) or here.search(other):
        return None
    return Against(one, opposite)

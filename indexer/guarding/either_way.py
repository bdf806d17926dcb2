"""A rule about two texts, tried with the one first and then with the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import TypeVar

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

"""A rule about two texts, and what each of them must have for the rule to find anything.

Most texts lack what most rules look for. So it is found once for each text which rules it can be
the one side of, and which the other, and two texts are put to those rules alone that they are
both sides of: a search for duplicates compares a text with many others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from indexer.guarding.either_way import Pair

# Finds something in every text that can be that side of a rule; it may do so in others, too.
Cue = Callable[[str], object]
Comparison = Callable[[str, str], Iterator[Pair]]


@dataclass(frozen=True)
class Rule:
    """What compares two texts, and what is looked for in the one and in the other before that.

    Where it is `anything` in the other, what is looked for in the one is rare enough alone.
    """

    one: Cue
    other: Cue
    compare: Comparison


def anything(text: str) -> bool:
    """Find something in any text."""
    return True


def needs(one: Cue, other: Cue = anything) -> Callable[[Comparison], Rule]:
    """Return what makes a rule of a comparison; either of two texts may be the one."""
    return lambda compare: Rule(one, other, compare)

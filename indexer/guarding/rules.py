"""The rules that compare two texts as they stand, and which of them can hold of a text.

The order of the rules is that in which their conflicts are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from indexer.guarding.asked_for import asked_for_another
from indexer.guarding.cues import Cue, Rule, anything
from indexer.guarding.directions import (
    came_of_it,
    changed_places,
    other_order,
    other_way,
    turned_round,
)
from indexer.guarding.either_way import Pair
from indexer.guarding.english_order import (
    came_of_it_english,
    figures_turned,
    other_ending,
    other_first,
)
from indexer.guarding.english_parties import (
    by_another_english,
    fails_there,
    stopped,
    to_whom,
    unending,
)
from indexer.guarding.parties import (
    by_another,
    carried,
    done_by,
    done_to_mine,
    for_whom,
    made_to,
    me_or_them,
    on_mine,
    passed,
)
from indexer.guarding.periods import beyond, ever_before, no_longer, no_longer_english, outside
from indexer.guarding.roles import given_or_asked, other_payer, suffered
from indexer.guarding.scope import all_or_one, excepted, other_scope
from indexer.guarding.stages import (
    early_or_late,
    forgotten,
    further,
    further_english,
    nothing_came,
    overdue,
    overdue_english,
    wrongly_or_not,
)
from indexer.guarding.undoing import got_back, released, taken_off, undone_alone

_CHINESE: Final[tuple[Rule, ...]] = (
    undone_alone,
    released,
    got_back,
    taken_off,
    turned_round,
    beyond,
    other_way,
    changed_places,
    other_order,
    came_of_it,
    outside,
    no_longer,
    ever_before,
    suffered,
    given_or_asked,
    other_payer,
    passed,
    carried,
    done_by,
    done_to_mine,
    made_to,
    by_another,
    me_or_them,
    on_mine,
    for_whom,
    excepted,
    all_or_one,
    overdue,
    further,
    early_or_late,
    wrongly_or_not,
    forgotten,
)
_ENGLISH: Final[tuple[Rule, ...]] = (
    figures_turned,
    other_first,
    came_of_it_english,
    other_ending,
    to_whom,
    by_another_english,
    stopped,
    unending,
    fails_there,
    other_scope,
    overdue_english,
    further_english,
    nothing_came,
    no_longer_english,
)
_LETTER: Final = re.compile("[a-z]")
# Rules, and what finds out whether a text is written in what they read.
_GROUPS: Final[tuple[tuple[tuple[Rule, ...], Cue], ...]] = (
    (_CHINESE, lambda text: not text.isascii()),
    (_ENGLISH, _LETTER.search),
    ((asked_for_another,), anything),
)
RULES: Final = tuple(rule for rules, _ in _GROUPS for rule in rules)


class Sides(NamedTuple):
    """The rules that a text can be the one side of, and those it can be the other: a bit each."""

    one: int
    other: int


def sides(text: str) -> Sides:
    """Return what a normalised text can be."""
    one = other = 0
    bit = 1
    for rules, is_read in _GROUPS:
        if not is_read(text):
            bit <<= len(rules)
            continue
        for rule in rules:
            if rule.one(text):
                one |= bit
            if rule.other(text):
                other |= bit
            bit <<= 1
    return Sides(one, other)


def found_by_rules(asked: str, ours: Sides, found: str, theirs: Sides) -> Iterator[Pair]:
    """Yield what the rules find in two texts, each with what it can be."""
    left = (ours.one & theirs.other) | (ours.other & theirs.one)
    while left:
        lowest = left & -left
        yield from RULES[lowest.bit_length() - 1].compare(asked, found)
        left ^= lowest

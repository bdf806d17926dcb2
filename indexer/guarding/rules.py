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
from indexer.guarding.english_states import (
    first_or_later,
    i_or_another,
    inside_or_outside,
    lacking_or_unwanted,
    other_times,
    rather_the_other,
    to_you_or_away,
)
from indexer.guarding.english_undoing import taken_back_english
from indexer.guarding.made_into import away_or_here, kept_or_changed, made_into
from indexer.guarding.parties import (
    by_another,
    carried,
    done_by,
    done_for,
    done_to_mine,
    for_whom,
    made_to,
    me_or_them,
    on_mine,
    passed,
)
from indexer.guarding.periods import beyond, ever_before, no_longer, no_longer_english, outside
from indexer.guarding.rates import (
    first_or_after,
    other_bound,
    other_delay,
    other_rate,
    other_rate_english,
)
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
from indexer.guarding.states import (
    before_or_after,
    done_with,
    inflicted,
    still_or_gone,
)
from indexer.guarding.taking_back import taken_back
from indexer.guarding.undoing import got_back, released, taken_off, undone_alone
from indexer.guarding.wanting import (
    needed_or_not,
    never_or_always,
    opened_or_unwanted,
    unwanted_or_lacking,
)

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
    done_for,
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
    taken_back,
    still_or_gone,
    done_with,
    before_or_after,
    needed_or_not,
    never_or_always,
    unwanted_or_lacking,
    inflicted,
    other_rate,
    other_delay,
    first_or_after,
    made_into,
    kept_or_changed,
    opened_or_unwanted,
    away_or_here,
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
    inside_or_outside,
    first_or_later,
    other_times,
    lacking_or_unwanted,
    rather_the_other,
    to_you_or_away,
    i_or_another,
    taken_back_english,
    other_rate_english,
    other_bound,
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


class _Group(NamedTuple):
    """Rules that read the same writing: each with its bit, and the bits that any text has."""

    is_read: Cue
    ones: tuple[tuple[Cue, int], ...]
    others: tuple[tuple[Cue, int], ...]
    any_other: int


def _group(rules: tuple[Rule, ...], is_read: Cue) -> _Group:
    bits = [(rule, 1 << RULES.index(rule)) for rule in rules]
    return _Group(
        is_read,
        tuple((rule.one, bit) for rule, bit in bits),
        tuple((rule.other, bit) for rule, bit in bits if rule.other is not anything),
        sum(bit for rule, bit in bits if rule.other is anything),
    )


_BITS: Final = tuple(_group(*group) for group in _GROUPS)


def sides(text: str) -> Sides:
    """Return what a normalised text can be."""
    one = other = 0
    for group in _BITS:
        if not group.is_read(text):
            continue
        other |= group.any_other
        for cue, bit in group.ones:
            if cue(text):
                one |= bit
        for cue, bit in group.others:
            if cue(text):
                other |= bit
    return Sides(one, other)


def found_by_rules(asked: str, ours: Sides, found: str, theirs: Sides) -> Iterator[Pair]:
    """Yield what the rules find in two texts, each with what it can be."""
    left = (ours.one & theirs.other) | (ours.other & theirs.one)
    while left:
        lowest = left & -left
        yield from RULES[lowest.bit_length() - 1].compare(asked, found)
        left ^= lowest

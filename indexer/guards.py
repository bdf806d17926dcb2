"""What stands against taking one question for the other, however near their vectors are.

"It can be refunded" and "it can't be refunded" lie closer together than most paraphrases. The
guards read the words: denials, opposites, numbers, dates, amounts, units and codes. They look
only at what both texts speak of; a number that one side alone mentions is no conflict. Texts
are compared in their normal form. Nothing here knows of vectors, rows or screens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from indexer.guarding.asked_for import asked_for_another
from indexer.guarding.characters import opposed_characters, other_figures
from indexer.guarding.clauses import denied_elsewhere, still_to_come
from indexer.guarding.codes import edition_alone
from indexer.guarding.comparing import (
    Difference,
    Span,
    different_codes,
    different_dates,
    different_numbers,
)
from indexer.guarding.deeds import other_deed
from indexer.guarding.denial import denied_alone
from indexer.guarding.denied_words import opposed_denials, says_by_denial
from indexer.guarding.directions import (
    came_of_it,
    changed_places,
    other_order,
    other_way,
    turned_round,
)
from indexer.guarding.english import (
    Token,
    whole_words,
)
from indexer.guarding.english_directions import turned_round_english
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
from indexer.guarding.facts import Facts, facts
from indexer.guarding.halves import forgotten, no_longer_english, other_half
from indexer.guarding.opposites import Pole, opposed, prefixed, undone_before
from indexer.guarding.otherwise import ended_anyway, unwanted
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
from indexer.guarding.periods import beyond, ever_before, no_longer, outside
from indexer.guarding.quantities import counted_at
from indexer.guarding.roles import given_or_asked, other_payer, suffered
from indexer.guarding.scope import all_or_one, excepted, other_scope
from indexer.guarding.stages import (
    early_or_late,
    further,
    further_english,
    nothing_came,
    overdue,
    overdue_english,
    wrongly_or_not,
)
from indexer.guarding.told import told_apart
from indexer.guarding.undoing import got_back, is_ending, released, taken_off, undone_alone

# So many characters beyond the denied word a word is denied with it: 没扣成功, 无法重新连接.
_STILL_DENIED = 2
# 除周末 speaks of the other days; 扣除 takes off.
_EXCEPTED = re.compile("(?:^|[^扣去消删免解拆移清废])除了?$")
_PAUSE = frozenset("，,。;；!！?？")


Rule = Callable[[str, str], Iterator[tuple[str, str]]]
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
)


class ConflictKind(StrEnum):
    """What two questions differ in."""

    NEGATION = "negation"
    ANTONYM = "antonym"
    NUMBER = "number"
    DATE = "date"
    AMOUNT = "amount"
    UNIT = "unit"
    CODE = "code"


@dataclass(frozen=True)
class Conflict:
    """A difference that a reader would not overlook: the words of each side as written.

    They are a piece of its normal form, or "" where it says nothing of the kind.
    """

    kind: ConflictKind
    asked: str
    found: str


def conflicts(asked: str, found: str) -> tuple[Conflict, ...]:
    """Return what stands against the one question being the other; mostly nothing."""
    ours, theirs = facts(asked), facts(found)
    if ours.text == theirs.text:
        return ()
    seen: dict[tuple[str, str, str], Conflict] = {}
    for conflict in _conflicts(ours, theirs):
        seen.setdefault((conflict.kind, conflict.asked, conflict.found), conflict)
    return (
        tuple(seen.values())
        or _other_figure(ours, theirs)
        or _other_deed(ours, theirs)
        or _told_apart(ours, theirs)
    )


def _other_deed(ours: Facts, theirs: Facts) -> tuple[Conflict, ...]:
    """Return what is done to the same thing, where nothing else says that it differs."""
    return tuple(
        _shown(ConflictKind.ANTONYM, (ours, theirs), places) for places in other_deed(ours, theirs)
    )


def _told_apart(ours: Facts, theirs: Facts) -> tuple[Conflict, ...]:
    """Return what is told of the same thing, where nothing else says that it differs."""
    pairs = told_apart(ours, theirs)
    return tuple(Conflict(ConflictKind.ANTONYM, *pair) for pair in pairs)


def _other_figure(ours: Facts, theirs: Facts) -> tuple[Conflict, ...]:
    """Return a figure in characters that differs, where nothing else says so already."""
    for place, there in other_figures(ours.text, ours.turning, theirs.text, theirs.turning):
        if counted_at(ours.quantities, place) and counted_at(
            theirs.quantities, there
        ):  # 一周 is 七天
            continue
        figures = _around(ours.text, place), _around(theirs.text, there)
        return (Conflict(ConflictKind.NUMBER, *figures),)
    return ()


def _rules(ours: Facts, theirs: Facts) -> Iterator[Rule]:
    """Return what compares two texts as they stand, by what they are written in."""
    if not (ours.text.isascii() or theirs.text.isascii()):
        yield from _CHINESE
    if ours.tokens and theirs.tokens:
        yield from _ENGLISH
    yield asked_for_another


def _conflicts(ours: Facts, theirs: Facts) -> Iterator[Conflict]:
    for words in (
        *denied_alone(ours, theirs),
        *denied_elsewhere(ours, theirs),
        *still_to_come(ours, theirs),
    ):
        yield Conflict(ConflictKind.NEGATION, *words)
    for a, b in opposed(_standing(ours), _standing(theirs), (ours.text, theirs.text)):
        if (is_ending(a.word) or is_ending(b.word)) and unwanted(ours, theirs):
            continue
        if _denied_behind(ours, a, b) or _denied_behind(theirs, b, a):
            continue
        if says_by_denial(ours, a) or says_by_denial(theirs, b):
            continue
        if ended_anyway(ours.text, a, b) or ended_anyway(theirs.text, b, a):
            continue
        yield _shown(ConflictKind.ANTONYM, (ours, theirs), ((a.start, a.end), (b.start, b.end)))
    for a, b in opposed_denials(ours, theirs):
        yield _shown(ConflictKind.ANTONYM, (ours, theirs), ((a.start, a.end), (b.start, b.end)))
    for place, there in opposed_characters(ours.text, ours.turning, theirs.text, theirs.turning):
        if _denied(ours, place) != _denied(theirs, there):  # 不在国内 is 在国外
            continue
        yield Conflict(
            ConflictKind.ANTONYM, *(_around(f.text, p) for f, p in ((ours, place), (theirs, there)))
        )
    for halves in (other_half, forgotten, no_longer_english):
        for pair in halves(ours, theirs):
            yield Conflict(ConflictKind.NEGATION, *pair)
    for rule in _rules(ours, theirs):
        for pair in rule(ours.text, theirs.text):
            yield Conflict(ConflictKind.ANTONYM, *pair)
    for places in turned_round_english(ours.ways, theirs.ways):
        yield _shown(ConflictKind.ANTONYM, (ours, theirs), places)
    if ours.doing and theirs.doing and ours.doing.by_me != theirs.doing.by_me:
        yield Conflict(ConflictKind.ANTONYM, ours.doing.words, theirs.doing.words)
    for one, other in prefixed(_undenied(ours), _undenied(theirs)):
        places = (one.start, one.end), (other.start, other.end)
        yield _shown(ConflictKind.ANTONYM, (ours, theirs), places)
    yield from _told(ours, theirs, different_numbers(ours.quantities, theirs.quantities))
    yield from _told(ours, theirs, different_dates(ours.dates, theirs.dates))
    yield from _told(ours, theirs, different_codes(ours.codes, theirs.codes))
    if any(c.is_edition for c in ours.codes) != any(c.is_edition for c in theirs.codes):
        for models in edition_alone(ours.text, theirs.text):
            yield Conflict(ConflictKind.CODE, *models)


def _told(ours: Facts, theirs: Facts, found: Iterator[Difference]) -> Iterator[Conflict]:
    for one in found:
        yield _shown(ConflictKind(one.kind), (ours, theirs), (one.asked, one.found))


def _shown(kind: ConflictKind, sides: tuple[Facts, Facts], places: tuple[Span, Span]) -> Conflict:
    asked, found = (
        whole_words(side.text, *place).strip() for side, place in zip(sides, places, strict=True)
    )
    return Conflict(kind, asked, found)


def _standing(facts: Facts) -> tuple[Pole, ...]:
    """Return the words with opposites that are not themselves denied: "not open" is no "open"."""
    spans = [(d.start, d.end) for d in facts.denials] + [
        (d.start, d.end) for d in facts.english_denials
    ]
    return tuple(
        pole
        for pole in facts.poles
        if not any(
            s <= pole.start <= e + _STILL_DENIED and not _PAUSE & set(facts.text[e : pole.start])
            for s, e in spans
        )
        and not undone_before(facts.text, pole)
        and not _is_lacking(facts, pole)
        and not _EXCEPTED.search(facts.text, max(0, pole.start - 3), pole.start)
    )


def _is_lacking(facts: Facts, pole: Pole) -> bool:
    """Whether a text is without what it wants to be there: 没货了什么时候有货."""
    return pole.word[0] == "有" and any(pole.word[1:] in denial.heads for denial in facts.denials)


def _denied_behind(facts: Facts, pole: Pole, other: Pole) -> bool:
    """Whether a text goes on to deny a word whose opposite is its denial: 亮不起来, 不亮."""
    return "不" in other.word and any(
        pole.start < d.start < pole.end < d.end for d in facts.denials
    )


def _denied(facts: Facts, place: int) -> bool:
    return any(d.start <= place <= d.end + _STILL_DENIED for d in facts.denials)


def _undenied(facts: Facts) -> tuple[Token, ...]:
    """Return the words without those that a word before them denies: "not valid" is invalid."""
    spans = [(d.start, d.end) for d in facts.english_denials]
    if not spans:
        return facts.tokens
    return tuple(t for t in facts.tokens if not any(s < t.start < e for s, e in spans))


def _around(text: str, place: int) -> str:
    start = place if place + 1 < len(text) else max(0, place - 1)
    return whole_words(text, start, start + 2).strip()

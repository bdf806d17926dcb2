"""What stands against taking one question for the other, however near their vectors are.

"It can be refunded" and "it can't be refunded" lie closer together than most paraphrases. The
guards read the words: denials, opposites, numbers, dates, amounts, units and codes. They look
only at what both texts speak of; a number that one side alone mentions is no conflict. Where the
rules find nothing, or only words with opposites, texts that are nearly alike are read once more by
a model (`guarding/second_reading.py`). Texts are compared in their normal form. Nothing here knows
of rows or screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from indexer.guarding.characters import opposed_characters, other_figures
from indexer.guarding.clauses import denied_elsewhere, still_to_come
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
from indexer.guarding.differing import differ_briefly, differing
from indexer.guarding.editions import other_model, written_in_one
from indexer.guarding.english import whole_words
from indexer.guarding.english_directions import turned_round_english
from indexer.guarding.facts import STILL_DENIED, Facts, facts
from indexer.guarding.halves import other_half
from indexer.guarding.opposites import Pole, opposed, prefixed
from indexer.guarding.otherwise import ended_anyway, unwanted, without_it
from indexer.guarding.quantities import counted_at
from indexer.guarding.reader import Pair
from indexer.guarding.rules import found_by_rules
from indexer.guarding.second_reading import Network, second_reading
from indexer.guarding.told import may_tell, told_apart
from indexer.guarding.undoing import is_ending


class ConflictKind(StrEnum):
    """What two questions differ in."""

    NEGATION = "negation"
    ANTONYM = "antonym"
    NUMBER = "number"
    DATE = "date"
    AMOUNT = "amount"
    UNIT = "unit"
    CODE = "code"
    MEANING = "meaning"


# What a second reading may take back: words that turn a sentence round, no figures.
_READ_AGAIN = frozenset((ConflictKind.NEGATION, ConflictKind.ANTONYM))


@dataclass(frozen=True)
class Conflict:
    """A difference that a reader would not overlook: the words of each side as written.

    They are a piece of its normal form, or "" where it says nothing of the kind.
    """

    kind: ConflictKind
    asked: str
    found: str


def conflicts(asked: str, found: str, *, strict: bool = False) -> tuple[Conflict, ...]:
    """Return what stands against the one question being the other; mostly nothing.

    `strict` is for two questions of one base: a few words in which they differ were mostly written
    to differ, so these have to be read as the same, and what the rules found stands.
    """
    (against,) = conflicts_of([(asked, found)], strict=strict)
    return against


def conflicts_of(pairs: Iterable[Pair], *, strict: bool = False) -> list[tuple[Conflict, ...]]:
    """Return the same of each of many pairs, which are read together and so in less time."""
    both = [(facts(one), facts(other)) for one, other in pairs]
    by_rules = [() if one.text == other.text else _by_rules(one, other) for one, other in both]
    reading = second_reading()
    if reading is None:
        return by_rules
    again = [
        place
        for place, ((one, other), against) in enumerate(zip(both, by_rules, strict=True))
        if one.text != other.text and _may_read_again(against, strict=strict)
    ]
    texts = [(both[place][0].text, both[place][1].text) for place in again]
    for place, pair, odds in zip(again, texts, reading.odds(texts), strict=True):
        if odds is not None:
            by_rules[place] = _read_again(pair, by_rules[place], odds, reading.network, strict)
    return by_rules


def _may_read_again(by_rules: tuple[Conflict, ...], *, strict: bool) -> bool:
    return not by_rules or (not strict and all(one.kind in _READ_AGAIN for one in by_rules))


def _read_again(
    pair: Pair, by_rules: tuple[Conflict, ...], odds: float, limits: Network, strict: bool
) -> tuple[Conflict, ...]:
    words = differing(*pair)
    if by_rules:
        # Where one text is the other and a word more, such as a 不, the rules are believed.
        return () if odds > limits.sure and all(words) else by_rules
    least = limits.brief if strict and differ_briefly(*pair) else limits.doubt
    return (Conflict(ConflictKind.MEANING, *words),) if odds < least else ()


def rule_conflicts(asked: str, found: str) -> tuple[Conflict, ...]:
    """Return what the rules alone find, which is what the words say."""
    ours, theirs = facts(asked), facts(found)
    return () if ours.text == theirs.text else _by_rules(ours, theirs)


def _by_rules(ours: Facts, theirs: Facts) -> tuple[Conflict, ...]:
    seen: dict[tuple[str, str, str], Conflict] = {}
    for conflict in _conflicts(ours, theirs):
        seen.setdefault((conflict.kind, conflict.asked, conflict.found), conflict)
    return (
        tuple(seen.values())
        or _other_figure(ours, theirs)
        or _other_deed(ours, theirs)
        or _told_apart(ours, theirs)
    )


def _told_apart(ours: Facts, theirs: Facts) -> tuple[Conflict, ...]:
    """Return what is told of the same thing, where nothing else says that it differs."""
    if not may_tell(ours, theirs):
        return ()
    halves = tuple(Conflict(ConflictKind.NEGATION, *pair) for pair in other_half(ours, theirs))
    told = () if halves else told_apart(ours, theirs)
    return halves or tuple(Conflict(ConflictKind.ANTONYM, *pair) for pair in told)


def _other_deed(ours: Facts, theirs: Facts) -> tuple[Conflict, ...]:
    """Return what is done to the same thing, where nothing else says that it differs."""
    return tuple(
        _shown(ConflictKind.ANTONYM, (ours, theirs), places) for places in other_deed(ours, theirs)
    )


def _other_figure(ours: Facts, theirs: Facts) -> tuple[Conflict, ...]:
    """Return a figure in characters that differs, where nothing else says so already."""
    for place, there in other_figures(ours.text, ours.turning, theirs.text, theirs.turning):
        # 一周 is 七天
        if counted_at(ours.quantities, place) and counted_at(theirs.quantities, there):
            continue
        figures = _around(ours.text, place), _around(theirs.text, there)
        return (Conflict(ConflictKind.NUMBER, *figures),)
    return ()


def _conflicts(ours: Facts, theirs: Facts) -> Iterator[Conflict]:
    # Most pairs of a search for duplicates lack what these compare, so each is asked for first.
    if ours.denials or theirs.denials or ours.tokens or theirs.tokens:
        yield from _negations(ours, theirs)
    yield from _opposites(ours, theirs)
    for words in found_by_rules(ours.text, ours.sides, theirs.text, theirs.sides):
        yield Conflict(ConflictKind.ANTONYM, *words)
    if ours.tokens and theirs.tokens:
        for places in turned_round_english(ours.ways, theirs.ways):
            yield _shown(ConflictKind.ANTONYM, (ours, theirs), places)
    if ours.doing and theirs.doing and ours.doing.by_me != theirs.doing.by_me:
        yield Conflict(ConflictKind.ANTONYM, ours.doing.words, theirs.doing.words)
    if ours.tokens and theirs.tokens:
        for one, other in prefixed(ours.undenied, theirs.undenied):
            places = (one.start, one.end), (other.start, other.end)
            yield _shown(ConflictKind.ANTONYM, (ours, theirs), places)
    if ours.quantities and theirs.quantities:
        yield from _told(ours, theirs, different_numbers(ours.quantities, theirs.quantities))
    if ours.dates and theirs.dates:
        yield from _told(ours, theirs, different_dates(ours.dates, theirs.dates))
    if ours.codes or theirs.codes:
        yield from _codes(ours, theirs)


def _negations(ours: Facts, theirs: Facts) -> Iterator[Conflict]:
    for words in (
        *denied_alone(ours, theirs),
        *denied_elsewhere(ours, theirs),
        *still_to_come(ours, theirs),
    ):
        yield Conflict(ConflictKind.NEGATION, *words)


def _opposites(ours: Facts, theirs: Facts) -> Iterator[Conflict]:
    for a, b in opposed(ours.standing, theirs.standing, (ours.text, theirs.text)):
        if (is_ending(a.word) or is_ending(b.word)) and unwanted(ours, theirs):
            continue
        if _denied_behind(ours, a, b) or _denied_behind(theirs, b, a):
            continue
        if says_by_denial(ours, a) or says_by_denial(theirs, b):
            continue
        if without_it(ours, a, theirs) or without_it(theirs, b, ours):
            continue
        if ended_anyway(ours.text, a, b) or ended_anyway(theirs.text, b, a):
            continue
        yield _shown(ConflictKind.ANTONYM, (ours, theirs), ((a.start, a.end), (b.start, b.end)))
    for a, b in opposed_denials(ours, theirs):
        if without_it(ours, a, theirs) or without_it(theirs, b, ours):
            continue
        yield _shown(ConflictKind.ANTONYM, (ours, theirs), ((a.start, a.end), (b.start, b.end)))
    for place, there in opposed_characters(ours.text, ours.turning, theirs.text, theirs.turning):
        if _denied(ours, place) != _denied(theirs, there):  # 不在国内 is 在国外
            continue
        yield Conflict(
            ConflictKind.ANTONYM, *(_around(f.text, p) for f, p in ((ours, place), (theirs, there)))
        )


def _codes(ours: Facts, theirs: Facts) -> Iterator[Conflict]:
    in_one = written_in_one(ours.text) == written_in_one(theirs.text)
    told = [
        one
        for one in _told(ours, theirs, different_codes(ours.codes, theirs.codes))
        if not (in_one and _has_figure(one.asked) and _has_figure(one.found))
    ]
    yield from told
    if not told and not in_one and (models := other_model(ours, theirs)):
        yield Conflict(ConflictKind.CODE, *models)


def _has_figure(word: str) -> bool:
    return any(letter.isdecimal() for letter in word)


def _told(ours: Facts, theirs: Facts, found: Iterator[Difference]) -> Iterator[Conflict]:
    for one in found:
        yield _shown(ConflictKind(one.kind), (ours, theirs), (one.asked, one.found))


def _shown(kind: ConflictKind, sides: tuple[Facts, Facts], places: tuple[Span, Span]) -> Conflict:
    asked, found = (
        whole_words(side.text, *place).strip() for side, place in zip(sides, places, strict=True)
    )
    return Conflict(kind, asked, found)


def _denied_behind(facts: Facts, pole: Pole, other: Pole) -> bool:
    """Whether a text goes on to deny a word whose opposite is its denial: 亮不起来, 不亮."""
    return "不" in other.word and any(
        pole.start < d.start < pole.end < d.end for d in facts.denials
    )


def _denied(facts: Facts, place: int) -> bool:
    return any(d.start <= place <= d.end + STILL_DENIED for d in facts.denials)


def _around(text: str, place: int) -> str:
    start = place if place + 1 < len(text) else max(0, place - 1)
    return whole_words(text, start, start + 2).strip()

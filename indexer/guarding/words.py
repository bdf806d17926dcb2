"""The word lists of the guards, read once from the files that ship beside this module."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("words.toml")
# Many more words of which one question says the one and another the other: kind TAB words | words.
_CONTRASTS = Path(__file__).with_name("contrasts.tsv")


@dataclass(frozen=True)
class Words:
    """What the lists say; a pole is (number of the pair or line, side or place in it)."""

    harmless: tuple[str, ...]
    double: tuple[str, ...]
    named: Mapping[str, tuple[str, ...]]
    implicit: tuple[str, ...]
    modals: tuple[str, ...]
    particles: frozenset[str]
    opposites: Mapping[str, tuple[tuple[int, int], ...]]
    exclusive: Mapping[str, tuple[tuple[int, int], ...]]
    swapped: Mapping[str, tuple[tuple[int, int], ...]]
    local: Mapping[str, tuple[str, ...]]
    figures: frozenset[str]
    bound: tuple[str, ...]
    asked_alike: frozenset[str]
    deeds: Mapping[str, tuple[tuple[int, int], ...]]
    undoing: tuple[str, ...]
    ending: tuple[str, ...]
    english_deeds: Mapping[str, tuple[tuple[int, int], ...]]
    english_opposites: Mapping[str, tuple[tuple[int, int], ...]]
    english_siblings: Mapping[str, tuple[tuple[int, int], ...]]
    english_harmless: frozenset[tuple[str, ...]]
    english_implicit: frozenset[str]
    negators: frozenset[str]
    function: frozenset[str]
    prefixes: tuple[str, ...]
    naming: frozenset[str]
    counting: frozenset[str]
    taking: frozenset[str]
    english_numbers: tuple[str, ...]
    english_ordinals: tuple[str, ...]
    units: str
    counted: str
    packs: Mapping[str, int]
    not_counting: str
    named_dates: str


@cache
def words() -> Words:
    """Return the lists of the shipped files."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    deny, against, english = data["negation"], data["opposites"], data["english"]
    more = _contrasts()
    local: dict[str, list[str]] = defaultdict(list)
    for first, second in (pair for pair in against["local"].split()):
        local[first].append(second)
        local[second].append(first)
    return Words(
        harmless=_longest_first(deny["harmless"]),
        double=_longest_first(deny["double"]),
        named={
            line.split()[0]: (*line.split()[1:],) for line in deny["named"].strip().splitlines()
        },
        implicit=_longest_first(deny["implicit"]),
        modals=_longest_first(deny["modal"]),
        particles=frozenset(deny["particles"].split()),
        opposites=_poles(against["chinese"] + more["opposite"]),
        exclusive=_poles(against["exclusive"]),
        swapped=_poles(against["swapped"] + more["sibling"]),
        local={char: tuple(others) for char, others in local.items()},
        figures=frozenset(against["figures"]),
        bound=_longest_first(against["bound"]),
        asked_alike=frozenset(against["asked_alike"].split()),
        deeds=_poles(against["deeds"]),
        undoing=_longest_first(against["undoing"]),
        ending=_longest_first(against["ending"]),
        english_deeds=_poles(english["deeds"]),
        english_opposites=_poles(english["opposites"] + more["english opposite"]),
        english_siblings=_poles(more["english sibling"]),
        english_harmless=frozenset(tuple(w.split("-")) for w in english["harmless"].split()),
        english_implicit=frozenset(english["implicit"].split()),
        negators=frozenset(english["negators"].split()),
        function=frozenset(english["function"].split()),
        prefixes=_longest_first(english["prefixes"]),
        naming=frozenset(english["naming"].split()),
        counting=frozenset(english["counting"].split()),
        taking=frozenset(english["taking"].split()),
        english_numbers=tuple(english["numbers"].split()),
        english_ordinals=tuple(english["ordinals"].split()),
        units=data["numbers"]["units"],
        counted=data["numbers"]["counted"],
        packs={word: line for word, ((line, _),) in _poles(data["numbers"]["packs"]).items()},
        not_counting=data["numbers"]["not_counting"],
        named_dates=data["numbers"]["named_dates"],
    )


def _contrasts() -> Mapping[str, str]:
    """Return the lines of contrasts by their kind."""
    found: dict[str, str] = defaultdict(str)
    for line in _CONTRASTS.read_text(encoding="utf-8").splitlines():
        kind, _, sides = line.partition("\t")
        found[kind] += sides + "\n"
    return found


def _longest_first(text: str) -> tuple[str, ...]:
    return tuple(sorted(set(text.split()), key=lambda word: (-len(word), word)))


def _poles(lines: str) -> dict[str, tuple[tuple[int, int], ...]]:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, line in enumerate(lines.strip().splitlines()):
        for side, part in enumerate(line.split("|")):
            for word in part.split():
                found[word].append((number, side))
    return {word: tuple(poles) for word, poles in found.items()}


class Lexicon:
    """Finds known words in a text, the longest at each place, never one inside another.

    They may overlap: 匹配对手 has 配对 in it, and 对手.
    """

    def __init__(self, known: Iterable[str]) -> None:
        by_start: dict[str, list[str]] = defaultdict(list)
        for word in sorted(known, key=len, reverse=True):
            by_start[word[:2]].append(word)
        self._by_start = {start: tuple(found) for start, found in by_start.items()}

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield each word with where it starts and ends."""
        last, by_start = 0, self._by_start
        for place in range(len(text)):
            two = text[place : place + 2]
            for start in (two, two[0]):  # the longer words come first
                known = by_start.get(start)
                if known and (word := _at(text, place, known)):
                    if place + len(word) > last:
                        last = place + len(word)
                        yield word, place, last
                    break


def _at(text: str, place: int, known: tuple[str, ...]) -> str:
    for word in known:
        if text.startswith(word, place) and _stands_alone(text, word, place):
            return word
    return ""


def _stands_alone(text: str, word: str, place: int) -> bool:
    if not word.isascii():
        return True
    around = text[place - 1 : place] + text[place + len(word) : place + len(word) + 1]
    return not any("a" <= char <= "z" for char in around)

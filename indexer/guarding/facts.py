"""What the guards know of one text: every reading of it that they compare with another's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from indexer.guarding.characters import Turning, turning
from indexer.guarding.codes import Code, codes
from indexer.guarding.dates import DatePart, dates
from indexer.guarding.deeds import characters
from indexer.guarding.english import EnglishDenial, Token, english_denials, tokens
from indexer.guarding.english_directions import Ways, ways
from indexer.guarding.negation import Denial, denials
from indexer.guarding.opposites import Pole, poles
from indexer.guarding.quantities import Quantity, quantities
from indexer.guarding.roles import Doing, done_to
from store.text import normalise

# Of a pasted page so many characters are read: rules look at every two words of a kind.
_LONGEST = 1_000


@dataclass(frozen=True)
class Facts:
    """What the guards know of one text."""

    text: str
    characters: frozenset[str]
    tokens: tuple[Token, ...]
    denials: tuple[Denial, ...]
    english_denials: tuple[EnglishDenial, ...]
    poles: tuple[Pole, ...]
    turning: Turning
    quantities: tuple[Quantity, ...]
    dates: tuple[DatePart, ...]
    codes: tuple[Code, ...]
    ways: Ways
    doing: Doing | None


# A duplicate search meets the same text in many pairs.
@lru_cache(maxsize=65_536)
def facts(raw: str) -> Facts:
    """Return what the guards know of a text as somebody wrote it."""
    text = normalise(raw)[:_LONGEST].replace("’", "'")
    words = tokens(text)
    when, rest = dates(text)
    names, rest = codes(rest)
    amounts = quantities(rest)
    return Facts(
        text=text,
        characters=characters(text),
        tokens=words,
        denials=denials(text),
        english_denials=english_denials(words),
        poles=_not_units(poles(text, words), amounts),
        turning=turning(text),
        quantities=amounts,
        dates=when,
        codes=names,
        ways=ways(words),
        doing=done_to(text),
    )


def _not_units(found: tuple[Pole, ...], amounts: tuple[Quantity, ...]) -> tuple[Pole, ...]:
    """Return the words without those that a number counts, compared with it: 100 centimetres."""
    units = {(one.unit, one.end) for one in amounts if one.end - one.start > len(one.unit)}
    return tuple(p for p in found if (p.word, p.end) not in units) if units else found

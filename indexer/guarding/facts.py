"""What the guards know of one text: every reading of it that they compare with another's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from indexer.guarding.characters import Turning, turning
from indexer.guarding.codes import Code, codes
from indexer.guarding.dates import DatePart, dates
from indexer.guarding.deeds import characters
from indexer.guarding.english import EnglishDenial, Token, english_denials, tokens
from indexer.guarding.english_directions import Ways, ways
from indexer.guarding.negation import Denial, denials
from indexer.guarding.opposites import Pole, poles, undone_before
from indexer.guarding.quantities import Quantity, quantities
from indexer.guarding.roles import Doing, done_to
from indexer.guarding.rules import Sides, sides
from store.text import normalise

# Of a pasted page so many characters are read: rules look at every two words of a kind.
_LONGEST = 1_000
# So many characters beyond the denied word a word is denied with it: 没扣成功, 无法重新连接.
STILL_DENIED = 2
# 除周末 speaks of the other days; 扣除 takes off.
_EXCEPTED = re.compile("(?:^|[^扣去消删免解拆移清废])除了?$")
_PAUSE = frozenset("，,。;；!！?？")


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

    # What pairs of texts are compared by, found where the first pair asks for it.
    @cached_property
    def standing(self) -> tuple[Pole, ...]:
        """The words with opposites that are not themselves denied: "not open" is no "open"."""
        spans = [(d.start, d.end) for d in self.denials]
        spans += [(d.start, d.end) for d in self.english_denials]
        return tuple(
            pole
            for pole in self.poles
            if not any(
                s <= pole.start <= e + STILL_DENIED and not _PAUSE & set(self.text[e : pole.start])
                for s, e in spans
            )
            and not undone_before(self.text, pole)
            and not self._is_lacking(pole)
            and not _EXCEPTED.search(self.text, max(0, pole.start - 3), pole.start)
        )

    def _is_lacking(self, pole: Pole) -> bool:
        """Whether the text is without what it wants to be there: 没货了什么时候有货."""
        return pole.word[0] == "有" and any(pole.word[1:] in d.heads for d in self.denials)

    @cached_property
    def undenied(self) -> tuple[Token, ...]:
        """The words without those that a word before them denies: "not valid" is invalid."""
        spans = [(d.start, d.end) for d in self.english_denials]
        if not spans:
            return self.tokens
        return tuple(t for t in self.tokens if not any(s < t.start < e for s, e in spans))

    @cached_property
    def sides(self) -> Sides:
        """What the text can be to the rules that compare two."""
        return sides(self.text)


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

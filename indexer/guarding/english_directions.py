"""English texts of which one goes from A to B and the other from B to A, or to what it comes from.

"USD to EUR" against "EUR to USD", "send to a friend" against "request from a friend", and
"employees rate managers" against "managers rate employees".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from indexer.guarding.english import Token
from indexer.guarding.words import words

# Both ways round, these say the same.
_EVEN: Final = frozenset(
    [
        "and",
        "or",
        "vs",
        "versus",
        "between",
        "with",
        "than",
        "difference",
        "differ",
        "compare",
        "both",
    ]
)
_NO_PLACE: Final = frozenset(["according", "due", "thanks", "compared"])


@dataclass(frozen=True)
class Ways:
    """The words before and after each "to", those it goes to and comes from, and all it says."""

    turns: frozenset[tuple[str, str]] = frozenset()
    to: frozenset[str] = frozenset()
    origin: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()


_NONE: Final = Ways()


def ways(tokens: tuple[Token, ...]) -> Ways:
    """Return which way things go in a text."""
    if not tokens:
        return _NONE
    return Ways(frozenset(_turns(tokens)), *_ends(tokens), _said(tokens))


def turned_round_english(asked: Ways, found: Ways) -> Iterator[tuple[str, str]]:
    """Yield where one text goes the other way, or two words have changed places."""
    if asked is _NONE or found is _NONE:
        return
    for start, end in asked.turns:
        if start != end and (end, start) in found.turns:
            yield f"{start} to {end}", f"{end} to {start}"
    for word in (asked.to & found.origin) - asked.origin - found.to:
        yield f"to {word}", f"from {word}"
    for word in (asked.origin & found.to) - asked.to - found.origin:
        yield f"from {word}", f"to {word}"
    yield from _changed_places(asked.said, found.said)


def _changed_places(ours: tuple[str, ...], theirs: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if len(ours) != len(theirs):
        return
    differ = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    if len(differ) == 2 and differ[1] - differ[0] > 1:
        one, other = differ
        if (ours[one], ours[other]) == (theirs[other], theirs[one]):
            yield " ".join(ours[one : other + 1]), " ".join(theirs[one : other + 1])


def _said(tokens: tuple[Token, ...]) -> tuple[str, ...]:
    """Return the words of meaning in their order; none where the order says nothing."""
    function = words().function
    if any(t.word in _EVEN for t in tokens):
        return ()
    return tuple(t.stem for t in tokens if t.word not in function and "-" not in t.word)


def _ends(tokens: tuple[Token, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the first word of meaning after each "to", and after each "from"."""
    function = words().function
    to: set[str] = set()
    origin: set[str] = set()
    waiting: set[str] | None = None
    before = ""
    for token in tokens:
        if token.word in ("to", "into"):
            waiting = None if before in _NO_PLACE else to
        elif token.word == "from":
            waiting = origin
        elif waiting is not None and token.word not in function:
            waiting.add(token.stem)
            waiting = None
        before = token.word
    return frozenset(to), frozenset(origin)


def _turns(tokens: tuple[Token, ...]) -> Iterator[tuple[str, str]]:
    """Yield the words before and after a "to"; after "from", the first word is the former."""
    function = words().function
    start, origin, waiting = "", False, False
    for token in tokens:
        if token.word in ("to", "into"):
            waiting = bool(start)
        elif token.word == "from":
            start, origin = "", True
        elif token.word not in function:
            if waiting:
                yield start, token.word
                start, origin, waiting = token.word, False, False
            elif not (origin and start):
                start = token.word

"""English texts of which one goes from A to B and the other from B to A, or to what it comes from.

"USD to EUR" against "EUR to USD", "send to a friend" against "request from a friend", and
"employees rate managers" against "managers rate employees". Words are compared without their
endings; what is found is told by its place, so that it can be shown as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from indexer.guarding.comparing import Span
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
_SUFFERS: Final = frozenset(["is", "are", "was", "were", "been", "being", "be", "get", "got"])
_NO_PLACE: Final = frozenset(["according", "due", "thanks", "compared"])


@dataclass(frozen=True)
class Ways:
    """The words on both sides of each "to", those it goes to and comes from, and all it says.

    Each is in the order of the text, with where it stands: "to" and "from" and all between with
    the words that follow them. `mine` are the deeds that I do and to whom, `theirs` those that
    are done to me and by whom.
    """

    turns: Mapping[tuple[str, str], Span]
    to: Mapping[str, Span]
    origin: Mapping[str, Span]
    said: tuple[Token, ...]
    mine: Mapping[tuple[str, str], Span]
    theirs: Mapping[tuple[str, str], Span]


_NONE: Final = Ways({}, {}, {}, (), {}, {})
_I: Final = frozenset(["i", "we"])
_ANOTHER: Final = frozenset(["another", "other", "else"])
# "cancelled on me", "shared with us": what stands between a deed and me.
_UPON: Final = frozenset(["on", "to", "at", "with", "for", "from"])
_ME: Final = frozenset(["me", "us", "my", "our"])


def ways(tokens: tuple[Token, ...]) -> Ways:
    """Return which way things go in a text."""
    plain = [token for token in tokens if not token.is_joined]
    return Ways(_turns(plain), *_ends(plain), _said(plain), *_deeds(plain)) if plain else _NONE


def turned_round_english(asked: Ways, found: Ways) -> Iterator[tuple[Span, Span]]:
    """Yield where in each the one goes the other way, or two words have changed places."""
    if asked is _NONE or found is _NONE:
        return
    for (start, end), place in asked.turns.items():
        if start != end and (end, start) in found.turns:
            yield place, found.turns[end, start]
    for here, there in ((asked.to, found.origin), (asked.origin, found.to)):
        for word, place in here.items():
            if word in there and not any(word in w.to and word in w.origin for w in (asked, found)):
                yield place, there[word]
    yield from _changed_places(asked.said, found.said)
    yield from _other_origin(asked, found)
    for done, suffered in ((asked.mine, found.theirs), (asked.theirs, found.mine)):
        deed = next((deed for deed in done if deed in suffered), None)
        if deed is not None:
            yield done[deed], suffered[deed]


def _changed_places(
    ours: tuple[Token, ...], theirs: tuple[Token, ...]
) -> Iterator[tuple[Span, Span]]:
    if len(ours) != len(theirs):
        return
    pairs = enumerate(zip(ours, theirs, strict=True))
    differ = [i for i, (a, b) in pairs if a.stem != b.stem]
    if len(differ) == 2 and differ[1] - differ[0] > 1:
        one, other = differ
        if (ours[one].stem, ours[other].stem) == (theirs[other].stem, theirs[one].stem):
            yield (ours[one].start, ours[other].end), (theirs[one].start, theirs[other].end)


def _other_origin(asked: Ways, found: Ways) -> Iterator[tuple[Span, Span]]:
    """Yield where what one does comes from, that comes from what it is done to in the other."""
    if not (asked.origin and found.origin) or asked.origin.keys() & found.origin.keys():
        return
    if asked.said and sorted(t.stem for t in asked.said) == sorted(t.stem for t in found.said):
        yield next(iter(asked.origin.values())), next(iter(found.origin.values()))


def _said(tokens: list[Token]) -> tuple[Token, ...]:
    """Return the words of meaning in their order; none where the order says nothing.

    What is done by somebody is told in another order than what they do.
    """
    function = words().function
    if any(
        t.word in _EVEN or (t.word == "by" and _SUFFERS & {o.word for o in tokens}) for t in tokens
    ):
        return ()
    return tuple(t for t in tokens if t.word not in function and "-" not in t.word)


def _ends(tokens: list[Token]) -> tuple[dict[str, Span], dict[str, Span]]:
    """Return the first word of meaning after each "to", and after each "from"."""
    function = words().function
    to: dict[str, Span] = {}
    origin: dict[str, Span] = {}
    waiting: dict[str, Span] | None = None
    before, start = "", 0
    for token in tokens:
        if token.word in ("to", "into"):
            waiting, start = (None if before in _NO_PLACE else to), token.start
        elif token.word == "from":
            waiting, start = origin, token.start
        elif waiting is not None and token.word not in function:
            waiting.setdefault(token.stem, (start, token.end))
            waiting = None
        before = token.word
    return to, origin


def _turns(tokens: list[Token]) -> dict[tuple[str, str], Span]:
    """Return the words before and after a "to"; after "from", the first word is the former."""
    function = words().function
    turns: dict[tuple[str, str], Span] = {}
    start: Token | None = None
    origin = waiting = False
    for token in tokens:
        if token.word in ("to", "into"):
            waiting = start is not None
        elif token.word == "from":
            start, origin, waiting = None, True, False
        elif token.word not in function:
            if start and waiting:
                turns.setdefault((start.word, token.word), (start.start, token.end))
                start, origin, waiting = token, False, False
            elif not (origin and start):
                start = token
    return turns


def _deeds(tokens: list[Token]) -> tuple[dict[tuple[str, str], Span], dict[tuple[str, str], Span]]:
    """Return the deeds of which I am one side, each with the other side: (sue, tenant)."""
    mine: dict[tuple[str, str], Span] = {}
    theirs: dict[tuple[str, str], Span] = {}
    start: Token | None = None  # where I am named, and nobody else yet
    deed: Token | None = None  # done by whoever is named next
    said: list[Token] = []  # the words of meaning since I was named
    upon: Token | None = None  # the word before, or the one before a preposition
    for before, token in pairwise((None, *tokens)):
        if token is None:
            continue
        if before is None or before.word not in _UPON:
            upon = before
        if token.word in _I:
            start, said = token, []
        elif said and before is said[-1] and token.word == "by":
            deed = said[-1]
        elif len(said) > 1 and upon is said[-1] and token.word in _ME and start is None:
            theirs.setdefault((said[-1].stem, said[-2].stem), (said[-2].start, token.end))
        elif token.word not in words().function and token.word not in _ANOTHER:
            said.append(token)
            if deed is not None:
                theirs.setdefault((deed.stem, token.stem), (deed.start, token.end))
                deed = None
            elif start is not None and len(said) == 2:
                mine.setdefault((said[0].stem, token.stem), (start.start, token.end))
                start = None
    return mine, theirs

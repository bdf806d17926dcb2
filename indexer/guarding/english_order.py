"""English texts that say the same in another order: "from v4 to v5", "cream then serum".

Beside the words that `english_directions` follows: figures, what comes first and what after it,
and the last word of what is done to a thing ("notifications on", "notifications off").
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import content
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way
from indexer.guarding.english import stem

_FIGURE: Final = r"(?:[a-z]+ ){0,2}?(?P<%s>[$€£]?[a-z]{0,2}\d[\w.,%%]*|[a-z]\b)"
_FIGURES: Final = re.compile(
    rf"\bfrom {_FIGURE % 'origin'}(?: [a-z]+)?? (?:in)?to {_FIGURE % 'target'}"
    rf"|\bto {_FIGURE % 'end'}(?: [a-z]+)?? from {_FIGURE % 'start'}"
)


@needs(_FIGURES.search)
@either_way
def figures_turned(first: str, second: str) -> Pair | None:
    """Return where figures go the other way: "from v4 to v5", "from v5 to v4"."""
    one = _FIGURES.search(first)
    other = _FIGURES.search(second) if one else None
    if one is None or other is None:
        return None
    ours, theirs = ((m["origin"] or m["start"], m["target"] or m["end"]) for m in (one, other))
    return (one[0], other[0]) if ours == theirs[::-1] and ours[0] != ours[1] else None


# "cream then serum", "serum before cream".
_HOW: Final = "then|before|after|instead of|rather than"
_ORDER: Final = re.compile(
    rf"\b(?P<one>[a-z]+)(?:,? and)? (?P<how>{_HOW})"
    r" (?:the |a |my )?(?P<other>[a-z]+)\b"
)


@needs(_ORDER.search)
@either_way
def other_first(first: str, second: str) -> Pair | None:
    """Return where what comes first in the one comes after it in the other."""
    one = _ORDER.search(first)
    other = _ORDER.search(second) if one else None
    if one is None or other is None:
        return None
    sooner, later = _steps(one)
    return (one[0], other[0]) if sooner != later and _steps(other) == (later, sooner) else None


def in_order(text: str) -> Pair | None:
    """Return what comes first in a text and what after it, without their endings."""
    said = _ORDER.search(text)
    return _steps(said) if said else None


def _steps(said: re.Match[str]) -> Pair:
    sooner, later = stem(said["one"]), stem(said["other"])
    return (later, sooner) if said["how"] == "after" else (sooner, later)


# "a rash after swimming", "can I swim with a rash": what comes of a deed, and what it is done in.
_CAME_OF: Final = re.compile(r"(?P<state>.+) after (?P<deed>.+)")
_IN_STATE: Final = re.compile(
    r"(?:can|could|may|should|is it (?:ok|okay|safe|fine|alright) to)"
    r" (?:i |you |we )?(?P<deed>.+?) (?:with|when|while|if|during) (?P<state>.+)"
)


@needs(_IN_STATE.search)
@either_way
def came_of_it_english(first: str, second: str) -> Pair | None:
    """Return what comes of a deed in the one, where the other asks if one may do it so already."""
    came = _CAME_OF.search(first)
    may = _IN_STATE.search(second) if came and " after " not in second else None
    if came is None or may is None:
        return None
    state, deed = content(came["state"]), content(came["deed"])
    now, done = content(may["state"]), content(may["deed"])
    if state & now and deed & done and not (now & deed or done & state):
        return came[0], may[0]
    return None


# What is done to a thing, said at the end: "call forwarding on", "port my number out".
_AT_END: Final = re.compile(r"(?: (?:go|come|turn|switch))? (?P<way>on|off|in|out|up|down)\W*$")
_OTHER_WAY: Final = {"on": "off", "in": "out", "up": "down"}


@needs(_AT_END.search)
@either_way
def other_ending(first: str, second: str) -> Pair | None:
    """Return where all is the same but for the last word: on and off, in and out."""
    one = _AT_END.search(first)
    other = _AT_END.search(second) if one else None
    if one is None or other is None or _OTHER_WAY.get(one["way"]) != other["way"]:
        return None
    rests = (content(text[: m.start()]) for text, m in ((first, one), (second, other)))
    return (one["way"], other["way"]) if len(set(rests)) == 1 else None

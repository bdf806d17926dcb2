"""How a thing stands in English texts: in it or outside, the first or later ones, wanted or not.

"in the UK" against "outside the UK", "the first year" against "every year after the first",
"charged twice" against "charged once", "don't get mails" against "don't want mails".
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import shared
from indexer.guarding.cues import holding, needs
from indexer.guarding.either_way import Pair, either_way, set_against
from indexer.guarding.english import stem

_SAID: Final = 0.5
_SAID_OF_IT: Final = 0.3
_ARTICLE: Final = "(?:the |my |our |your |a |an )?"
_OUTSIDE: Final = re.compile(
    rf"\b(?:(?:outside(?: of)?|out of|beyond|not (?:in|within|at)) {_ARTICLE}(?P<what>[a-z]+)"
    rf"|after {_ARTICLE}(?P<past>[a-z]+) (?:(?:has|have|is|was) )?(?:expired|ended|over|run out))"
)


@needs(_OUTSIDE.search)
@either_way
def inside_or_outside(mine: str, other: str) -> Pair | None:
    """Return where it is outside of what the other is in: "outside the UK", "in the UK"."""
    out = _OUTSIDE.search(mine)
    if out is None or _OUTSIDE.search(other):
        return None
    within = rf"\b(?:in|within|inside|at|during|under) {_ARTICLE}{out['what'] or out['past']}\b"
    inside = re.search(within, other)
    if inside and not re.search(within, mine.replace(out[0], "")) and shared(mine, other) >= _SAID:
        return out[0], inside[0]
    return None


_LATER: Final = re.compile(
    r"\b(?:after|following|beyond) the first(?: (?P<one>[a-z]+))?\b"
    r"|\bevery (?P<what>[a-z]+) after\b|\b(?:subsequent|later|second|following) (?P<next>[a-z]+)\b"
)
_FIRST: Final = re.compile(r"\bfirst (?P<what>[a-z]+)")


@needs(_LATER.search)
@either_way
def first_or_later(mine: str, other: str) -> Pair | None:
    """Return where it is so of the first, and of later ones: "every year after the first"."""
    later, first = _LATER.search(mine), _FIRST.search(other)
    if later is None or first is None or _LATER.search(other):
        return None
    what = later["one"] or later["what"] or later["next"]
    named = what is None or stem(what) == stem(first["what"]) or stem(first["what"]) in mine
    return (later[0], first[0]) if named and shared(mine, other) >= _SAID else None


_TIMES: Final = re.compile(
    r"\b(?P<deed>[a-z]+(?:ed|id|ent)|got|took|came) (?:me |us |the [a-z]+ |it |my [a-z]+ )?"
    r"(?P<much>once|twice)\b"
)


@needs(holding("ce", _TIMES))
@either_way
def other_times(mine: str, other: str) -> Pair | None:
    """Return where the same was done once and twice: "charged twice", "charged once"."""
    one = _TIMES.search(mine)
    for there in _TIMES.finditer(other) if one else ():
        if one and one["deed"] == there["deed"] and one["much"] != there["much"]:
            return one[0], there[0]
    return None


_NOT: Final = (
    "(?:do not|don't|dont|does not|doesn't|did not|didn't|haven't|hasn't|can't|cannot|not|never"
    "|no longer)"
)
_LACKS: Final = re.compile(
    rf"\b{_NOT}(?: been| be)? (?:getting|get|receive|receiving|received|got|gotten|seeing)\b"
)
# How not to get it is asked by who doesn't want it.
_ASKS_NOT_TO: Final = re.compile(r"\b(?:how|way|make sure|so that|ensure|want|prefer)\b")
_UNWANTED: Final = re.compile(
    rf"\b{_NOT} (?:want|wish|like|need) |\b(?:stop|unsubscribe|opt out|turn off|get rid of|too many"
    r"|keep (?:getting|receiving)|keeps sending)\b"
)


@needs(_LACKS.search, _UNWANTED.search)
@either_way
def lacking_or_unwanted(mine: str, other: str) -> Pair | None:
    """Return what one doesn't get and the other doesn't want: "not receiving", "don't want"."""
    found = set_against(mine, other, _LACKS, _UNWANTED)
    if found is None or _ASKS_NOT_TO.search(mine):
        return None
    return found.words if shared(mine, other) >= _SAID_OF_IT else None


_RATHER: Final = re.compile(
    rf"\b{_NOT} (?:want|need|like) (?:a |an |the |my |to )?(?P<not>[a-z]+)\b.{{0,12}}?"
    r"\b(?:just|but|instead|rather|i want|give|send|please)\b(?P<but>.*)"
)


@needs(_RATHER.search)
@either_way
def rather_the_other(mine: str, other: str) -> Pair | None:
    """Return where each wants what the other does not: "no refund, just a replacement"."""
    one, there = _RATHER.search(mine), _RATHER.search(other)
    if one and there and one["not"] in there["but"] and there["not"] in one["but"]:
        return one[0], there[0]
    return None


_TO_YOU: Final = re.compile(
    r"\b(?:move|bring|transfer|port|switch|take)\b.{0,30}?\b(?:to you|to your|into your|here)\b"
)
_AWAY: Final = re.compile(
    r"\b(?:move|take|transfer|port|switch|bring)\b.{0,30}?"
    r"\b(?:to (?:another|a different|a new|other)|elsewhere|away|out)\b"
)


@needs(_TO_YOU.search)
@either_way
def to_you_or_away(mine: str, other: str) -> Pair | None:
    """Return what comes to who is asked in the one and leaves them in the other."""
    found = set_against(mine, other, _TO_YOU, _AWAY)
    return found.words if found and shared(mine, other) >= _SAID_OF_IT else None


_WHO: Final = "(?:an?other|someone|somebody|other|a)(?: (?!i |we |you )[a-z]+)?"
_I_DO: Final = re.compile(rf"\b(?:i|we) (?P<deed>[a-z]+) (?:to |on |with |at )?{_WHO}\b")
_THEY_DO: Final = re.compile(
    r"\b(?:an?other [a-z]+|someone(?: else)?|somebody(?: else)?|other [a-z]+|an? [a-z]+) "
    r"(?P<deed>[a-z]+)(?: to| on| with| at)? (?:my|our|me|us)\b"
)


@needs(_I_DO.search, _THEY_DO.search)
@either_way
def i_or_another(mine: str, other: str) -> Pair | None:
    """Return what I do to another's and another does to mine: "damage I cause to another car"."""
    me, they = _I_DO.search(mine), _THEY_DO.search(other)
    if me and they and stem(me["deed"]) == stem(they["deed"]) and not _THEY_DO.search(mine):
        return me[0], they[0]
    return None

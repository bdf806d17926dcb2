"""Words with opposites that a text denies, for what it says thereby.

Both texts may deny opposites (不进水 and 不排水, "won't open" and "won't close"), one the opposite
of what the other says (没及格 and 缺考), or say by a denial what it does without (非本地 is 外地).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from indexer.guarding.facts import Facts
from indexer.guarding.opposites import Pole, opposed
from indexer.guarding.same_end import is_given

_OTHER_THAN: Final = re.compile("(?:非|不是|不属于)$")


def opposed_denials(ours: Facts, theirs: Facts) -> Iterator[tuple[Pole, Pole]]:
    """Yield opposites of which each text denies its own: 不进水 and 不排水."""
    texts = ours.text, theirs.text
    if ours.denials and theirs.denials:
        for words in (_denying, _behind):
            one = words(ours)
            if one and (other := words(theirs)):
                yield from opposed(one, other, texts)
        yield from _with_one_verb(ours, theirs)
    elif ours.denials or theirs.denials:
        yield from _denied_by_one(ours, theirs)
    if ours.english_denials and theirs.english_denials:
        yield from opposed(_behind_english(ours), _behind_english(theirs), texts)


def _denied_by_one(ours: Facts, theirs: Facts) -> Iterator[tuple[Pole, Pole]]:
    """Yield opposites of which one text denies its own, where the other denies nothing: 没及格."""
    denying = ours if ours.denials else theirs
    denied = _denying(denying)
    pairs = {pole.pair for pole in denied}
    plain = theirs.poles if ours.denials else ours.poles
    affirmed = tuple(pole for pole in plain if pole.pair in pairs) if pairs else ()
    if affirmed and not any(is_given(denying.text, p) for p in denied):  # 从没电到充满
        one, other = (denied, affirmed) if ours.denials else (affirmed, denied)
        yield from opposed(one, other, (ours.text, theirs.text))


def _denying(facts: Facts) -> tuple[Pole, ...]:
    """Return the words that have a denial in them: 不够用, 用不完."""
    spans = [(d.start, d.end) for d in facts.denials]
    return tuple(
        p
        for p in facts.poles
        if any(p.start == start or p.start < start < end <= p.end for start, end in spans)
    )


def _behind(facts: Facts, verb: int = 0) -> tuple[Pole, ...]:
    """Return the words right behind a denial, or behind a verb of so many characters after it."""
    ends = {d.end + verb for d in facts.denials}
    return tuple(pole for pole in facts.poles if pole.start in ends)


def _with_one_verb(ours: Facts, theirs: Facts) -> Iterator[tuple[Pole, Pole]]:
    """Yield the opposites of which the same is denied: 没带驾驶证, 没带行驶证."""
    mine = _behind(ours, verb=1)
    their = _behind(theirs, verb=1) if mine else ()
    for one, other in opposed(mine, their, (ours.text, theirs.text)) if their else ():
        if ours.text[one.start - 1] == theirs.text[other.start - 1]:
            yield one, other


def _behind_english(facts: Facts) -> tuple[Pole, ...]:
    """Return the words that a denial ends with: close of "will not close"."""
    denied = {d.end: d.start for d in facts.english_denials}
    return tuple(p for p in facts.poles if p.end in denied and denied[p.end] < p.start)


def says_by_denial(facts: Facts, pole: Pole) -> bool:
    """Whether a text with a word says its opposite, too, in denying the like: 非本地户籍在本市."""
    return any(
        p.pair == pole.pair and p.side == pole.side and _OTHER_THAN.search(facts.text, 0, p.start)
        for p in facts.poles
        if p.start != pole.start
    )

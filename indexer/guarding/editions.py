"""Models of one make that differ in their figures or their edition, however they are spaced.

小米13Pro is written 小米 13 pro as well, and is neither 小米14 Pro nor 小米13; A-200C is no A200.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from indexer.guarding.codes import EDITIONS, is_quantity
from indexer.guarding.facts import Facts
from indexer.guarding.words import words

_EDITIONS: Final = rf"{EDITIONS.replace(' ', '[ ]?')}|pro\+|ti super|ti|super|se|slim"
_NAME: Final = re.compile(
    r"(?<![a-z\d.])(?:(?P<letters>[a-z]+)(?P<apart>[\s_-]*))?(?<![\d.,])(?P<figures>\d+(?:\.\d+)*)"
    rf"(?:[\s_-]*(?P<edition>{_EDITIONS})(?![a-z+])|(?P<more>[a-z]{{1,3}}(?![a-z\d])))?(?![\d%:/.]|,\d)"
)
_SEPARATED: Final = re.compile(
    r"(?<=[a-z])[\s_-]+(?=\d)|(?<=\d)[\s_-]+(?=[a-z])|(?<=pro)\s+(?=max(?![a-z]))"
)
_IN_ONE: Final = re.compile(r"[a-z]*\d[a-z\d.+]*")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_MAKE: Final = re.compile(r"[\u4e00-\u9fff]{2}(?=[\s_-]*$)")


@dataclass(frozen=True)
class _Name:
    make: str
    figures: str
    edition: str
    loose: bool
    start: int
    end: int

    @property
    def names(self) -> tuple[str, str, str]:
        """What is named."""
        return self.make, self.figures, self.edition


def written_in_one(text: str) -> frozenset[str]:
    """Return what letters and figures name, without spaces and hyphens: RTX 4060 Ti, rtx4060ti."""
    return frozenset(_IN_ONE.findall(_SEPARATED.sub("", text)))


def other_model(first: Facts, second: Facts) -> tuple[str, str] | None:
    """Return the first models of one make that differ, as they are written; mostly None."""
    ours, theirs = _names(first), _names(second)
    known, met = ({name.names for name in part} for part in (ours, theirs))
    for one in ours:
        for other in theirs:
            if one.names in met or other.names in known or one.make != other.make:
                continue
            if one.loose and other.loose:
                continue
            # Figures behind a Chinese word may count anything, as those of quantities do.
            if one.edition or other.edition or one.make.isascii():
                return first.text[one.start : one.end], second.text[other.start : other.end]
    return None


def _names(facts: Facts) -> list[_Name]:
    return list(_found(facts)) if any(letter.isdecimal() for letter in facts.text) else []


def _found(facts: Facts) -> Iterator[_Name]:
    text, counted = facts.text, [q.end for q in facts.quantities if q.kind != q.unit]
    for match in _NAME.finditer(text):
        letters, edition = match["letters"] or "", match["edition"] or match["more"] or ""
        figures, end = match["figures"], match.end("figures")
        if is_quantity(figures + (match["more"] or "")) or any(
            match.start("figures") < one and end <= one for one in counted
        ):
            continue
        spaced = bool(letters) and match["apart"].isspace() and not match["edition"]
        if spaced and _YEAR.fullmatch(figures):
            continue
        loose = spaced and letters in words().function  # a 200 may be two hundred of something
        make = letters or _make_before(text, match.start())
        if make:
            start = match.start() if letters else match.start() - len(make)
            yield _Name(make, figures, re.sub(r"\s", "", edition), loose, start, match.end())


def _make_before(text: str, place: int) -> str:
    found = _MAKE.search(text, 0, place)
    return found[0] if found else ""

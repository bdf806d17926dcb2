"""Where each character of a normal form stands in the text as it was written.

`normalised(text).text` is `normalise(text)`, whatever the text; the spans are for showing
people what matched, in their own Traditional, full-width or capital letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from store.text import is_edge, normalise, simplified

# No letter has as many marks; without a limit, a text of nothing but marks would take for ever.
_LONGEST_CLUSTER = 32


class Span(NamedTuple):
    """Characters `start` to before `end` of a text."""

    start: int
    end: int


class _Folded(NamedTuple):
    """A folded character and the original ones it was made of."""

    char: str
    span: Span


@dataclass(frozen=True)
class Normalised:
    """A normal form; `origins[i]` is the span in the original of its character i."""

    text: str
    origins: tuple[Span, ...]

    def original(self, start: int, end: int) -> Span:
        """Return the span in the original of the characters `start` to before `end`."""
        if start >= end:
            return Span(0, 0)
        return Span(self.origins[start].start, self.origins[end - 1].end)


def normalised(text: str) -> Normalised:
    """Return the normal form of the text with the origin of each of its characters."""
    form = normalise(text)
    folded = [
        _Folded(char, span)
        for cluster, span in _clusters(text)
        for char in unicodedata.normalize("NFKC", cluster).casefold()
    ]
    simple = simplified("".join(one.char for one in folded))
    if len(simple) == len(folded):
        folded = [_Folded(char, one.span) for char, one in zip(simple, folded, strict=True)]
        folded = _bare(_spaced(folded))
    if "".join(one.char for one in folded) != form:
        # Unknown to Unicode's own tables: better the whole text than a wrong place in it.
        return Normalised(form, (Span(0, len(text)),) * len(form))
    return Normalised(form, tuple(one.span for one in folded))


def _clusters(text: str) -> Iterator[tuple[str, Span]]:
    """Yield the parts of a text that compose to characters independently of each other."""
    start = 0
    for at in range(1, len(text) + 1):
        if at < len(text) and at - start < _LONGEST_CLUSTER and _joins(text[start:at], text[at]):
            continue
        yield text[start:at], Span(start, at)
        start = at


def _joins(cluster: str, char: str) -> bool:
    if char < "\u0300" or "\u3400" <= char <= "\u9fff":
        return False
    together = unicodedata.normalize("NFKC", cluster + char)
    apart = unicodedata.normalize("NFKC", cluster) + unicodedata.normalize("NFKC", char)
    return unicodedata.combining(char) != 0 or together != apart


def _spaced(folded: list[_Folded]) -> list[_Folded]:
    """Make one space of each run of white space, and none of those at the edges."""
    found: list[_Folded] = []
    for char, span in folded:
        if not char.isspace():
            found.append(_Folded(char, span))
        elif found and found[-1].char == " ":
            found[-1] = _Folded(" ", Span(found[-1].span.start, span.end))
        elif found:
            found.append(_Folded(" ", span))
    return found[:-1] if found and found[-1].char == " " else found


def _bare(folded: list[_Folded]) -> list[_Folded]:
    start, end = 0, len(folded)
    while start < end and is_edge(folded[start].char):
        start += 1
    while end > start and is_edge(folded[end - 1].char):
        end -= 1
    return folded[start:end] or folded

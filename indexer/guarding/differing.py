"""What stands between the beginning and the end that two texts share."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Final

from indexer.guarding.english import whole_words

# So many characters, or words of letters and figures, are a brief difference.
_BRIEF: Final = 5
_WORD: Final = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")


def differing(ours: str, theirs: str) -> tuple[str, str]:
    """Return what each of two normalised texts has between what both begin and end with."""
    start = _shared(ours, theirs)
    rest = _shared(ours[start:][::-1], theirs[start:][::-1])
    first, second = (whole_words(text, start, len(text) - rest).strip() for text in (ours, theirs))
    return first, second


def differ_briefly(ours: str, theirs: str) -> bool:
    """Whether two normalised texts differ in a few characters or words of one place.

    One Chinese character for another may be a slip of the input method, and does not count.
    """
    pieces = [_WORD.findall(words) for words in differing(ours, theirs)]
    lengths = [len(found) for found in pieces]
    slip = lengths == [1, 1] and not any(found[0].isascii() for found in pieces)
    return max(lengths) <= _BRIEF and not slip


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))

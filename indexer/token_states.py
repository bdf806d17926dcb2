"""What each token of a text adds to a cosine.

A model that pools by the mean makes the vector of a text from the states h of its N tokens:
d = sum(h) / N, and the score against a unit vector q is q.d / |d|. So token i adds q.h / (N |d|),
and these shares sum to the score: no part of it is left over, none is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.encoder import Vectors

# Sums of float32 states in another order differ by so much.
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class TokenStates:
    """The states of a text's tokens [tokens, width], and which characters each was read from.

    A token that stands for no character, such as the one that ends every text, has an empty
    span.
    """

    text: str
    states: Vectors
    spans: tuple[tuple[int, int], ...]

    def mean_is(self, vector: Vectors) -> bool:
        """Whether the unit vector of the text is the mean of the states, brought to length 1."""
        mean = self.states.mean(axis=0)
        return bool(np.abs(mean / np.linalg.norm(mean) - vector).max() < _TOLERANCE)


@dataclass(frozen=True)
class TokenShare:
    """A part of a text and what it adds to the cosine; an empty span is the text's frame."""

    text: str
    start: int
    end: int
    share: float


def shares(found: TokenStates, query: Vectors) -> tuple[TokenShare, ...]:
    """Return what each token adds to the cosine with a unit vector, in the order of the text."""
    mean = found.states.mean(axis=0)
    parts = (found.states @ query) / (len(found.states) * float(np.linalg.norm(mean)))
    return tuple(
        TokenShare(found.text[start:end], start, end, float(part))
        for (start, end), part in zip(found.spans, parts, strict=True)
    )


def spans_of(
    offsets: Sequence[tuple[int, int]], shift: int, length: int
) -> tuple[tuple[int, int], ...]:
    """Return where tokens stand in a text that the tokenizer read `shift` characters later.

    What lies before the text, such as a prompt, stands for no character of it.
    """
    found = []
    for start, end in offsets:
        start, end = max(start - shift, 0), min(max(end - shift, 0), length)
        found.append((start, end) if start < end else (0, 0))
    return tuple(found)

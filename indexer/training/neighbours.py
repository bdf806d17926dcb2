"""Lines that stand near each other, and how near each one should be found to the others.

A base is searched by short, worn-down queries among entries of one subject. So a step takes
lines from the same corner of the text, wears each down, and asks for it among its neighbours.
How near each pair should be is told by a reference model and by the characters they share,
the rarer the more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from indexer.faiss_index import centres, nearest_centres

Rows = NDArray[np.int64]

_CORNER = 100  # lines, on average


@dataclass(frozen=True)
class Neighbours:
    """Lines by text number, sorted by corner: `corners[c]` is where corner c begins.

    `reference` are unit vectors [lines, width] of what tells what lines mean, and
    `words` unit rows of character weights, where those count by `lexical_share`.
    """

    texts: Sequence[str]
    numbers: Rows
    corners: Rows
    reference: NDArray[np.float16]
    words: Any
    lexical_share: float

    def draw(self, random: np.random.Generator, count: int, together: int) -> Rows:
        """Return places of about `count` lines, up to `together` of them from each corner."""
        seeds = random.integers(0, len(self.numbers), max(1, count // together))
        corner = np.unique(np.searchsorted(self.corners, seeds, side="right") - 1)
        return np.concatenate(
            [
                start + random.permutation(end - start)[:together]
                for start, end in zip(self.corners[corner], self.corners[corner + 1], strict=True)
            ]
        )

    def likeness(self, places: Rows) -> NDArray[np.float32]:
        """Return how near the lines should be to each other, [places, places], 1 for itself."""
        meant = self.reference[places].astype(np.float32)
        likeness: NDArray[np.float32] = meant @ meant.T
        if self.lexical_share:
            words = self.words[places]
            shared = (words @ words.T).toarray().astype(np.float32)
            likeness = (1 - self.lexical_share) * likeness + self.lexical_share * shared
        return likeness


def neighbours(
    texts: Sequence[str],
    numbers: Rows,
    vectors: NDArray[np.float16],
    lexical_share: float,
    reference: NDArray[np.float16] | None = None,
) -> Neighbours:
    """Divide the lines into corners by spherical k-means over their vectors.

    How near they are is told by the same vectors, or by those of a `reference`.
    """
    count = max(1, len(texts) // _CORNER)
    corner = nearest_centres(vectors, centres(vectors, count), 1)[:, 0]
    order = np.argsort(corner, kind="stable")
    corners = np.searchsorted(corner[order], np.arange(count + 1))
    weigh = TfidfVectorizer(analyzer="char", sublinear_tf=True, dtype=np.float32)
    sorted_texts = [texts[i] for i in order]
    return Neighbours(
        sorted_texts,
        numbers[order],
        corners,
        (vectors if reference is None else reference)[order],
        weigh.fit_transform(sorted_texts) if lexical_share else None,
        lexical_share,
    )


def side_by_side(
    first: NDArray[np.float16], second: NDArray[np.float16], share: float
) -> NDArray[np.float16]:
    """Return unit vectors whose cosines are those of both, of the second by its `share`.

    A cosine of two vectors that each stand beside another is the weighted sum of both cosines.
    """
    return np.hstack([first * (1 - share) ** 0.5, second * share**0.5]).astype(np.float16)


def mistyped(text: str, random: np.random.Generator, share: float) -> str:
    """Return the text with a slip of the finger in a `share` of its longer Latin words."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) < 4 or not word.isascii() or random.random() >= share:
            continue
        at = int(random.integers(1, len(word) - 1))
        slips = (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
        words[place] = slips[int(random.integers(len(slips)))]
    return " ".join(words)

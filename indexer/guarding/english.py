"""What an English text denies, and its words in a form in which two texts can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from indexer.guarding.words import words

_TOKEN: Final = re.compile(r"[a-z]+(?:'[a-z]+)?(?:-[a-z]+)*")
_INSIDE: Final = re.compile("[a-z0-9]{2}")
_PARTICLES: Final = frozenset(("on", "off", "in", "out", "up", "down"))
_BOUNDS: Final = frozenset(
    [
        "a",
        "an",
        "the",
        "my",
        "your",
        "our",
        "their",
        "his",
        "her",
        "its",
        "this",
        "that",
        "these",
        "those",
    ]
)
# Nothing is without these: toll-free, hands-free, free of charge.
_NO_THING: Final = frozenset(
    ("toll", "hands", "hassle", "worry", "risk", "stress", "trouble", "charg", "cost")
)
# "take my wife off the policy"
_TAKES_OFF: Final = frozenset(("take", "took", "taking"))
_AUXILIARY: Final = frozenset(
    (
        "wasnt",
        "werent",
        "isnt",
        "arent",
        "hasnt",
        "havent",
        "wasn't",
        "weren't",
        "isn't",
        "aren't",
        "hasn't",
        "haven't",
    )
)
# "out of stock", "ran out of data"; what comes out of my account is no lack.
_RUNS: Final = frozenset(
    ("is", "are", "was", "its", "im", "am", "be", "run", "runs", "ran", "running")
)
_ALL: Final = frozenset(("all", "every", "any", "which"))
_DONE: Final = frozenset(("sent", "paid", "given", "done", "shown", "taken", "kept", "held", "let"))
_BASE: Final = {
    "going": "go",
    "took": "take",
    "taking": "take",
    "goes": "go",
    "went": "go",
    "gone": "go",
    "coming": "come",
    "came": "come",
    "getting": "get",
    "putting": "put",
    "signing": "sign",
    "signed": "sign",
    "logged": "log",
    "logging": "log",
    "turned": "turn",
    "switching": "switch",
    "zooming": "zoom",
    "zoomed": "zoom",
    "moving": "move",
    "moved": "move",
}


@dataclass(frozen=True)
class Token:
    """A word without its ending, and where in the text it stands.

    One that is joined of words that stand apart has those, and what is between, for its place.
    """

    word: str
    stem: str
    start: int
    end: int
    is_joined: bool = False


@dataclass(frozen=True)
class EnglishDenial:
    """A denial and the first word of meaning after it; "" where none follows."""

    head: str
    start: int
    end: int


@cache
def stem(word: str) -> str:
    """Return a word without the endings of grammar; not a word of the language always."""
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            bare = word[: -len(ending)]
            return (
                bare[:-1]
                if len(bare) > 3 and bare[-1] == bare[-2] and bare[-1] not in "sl"
                else bare.rstrip("e")
            )
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "i"
    if word.endswith("es") and len(word) > 4 and word[-3] in "sxzh":
        return word[:-2]
    if word.endswith("s") and len(word) > 3 and word[-2] not in "su":
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word.rstrip("e")


def whole_words(text: str, start: int, end: int) -> str:
    """Return a piece of a normalised text with all of the Latin words that it would cut."""
    while 0 < start < end and _INSIDE.match(text, start - 1):
        start -= 1
    while start < end < len(text) and _INSIDE.match(text, end - 1):
        end += 1
    return text[start:end]


def _stem(written: str) -> str:
    return stem(written.removesuffix("'s").replace("'", ""))


def tokens(text: str) -> tuple[Token, ...]:
    """Return the words of a normalised text; "log me in" and "sign-in" are one word each."""
    plain = [
        Token(match[0].replace("'", ""), _stem(match[0]), *match.span())
        for match in _TOKEN.finditer(text)
    ]
    joined = []
    for place, token in enumerate(plain):
        if token.word in words().taking:
            for behind, other in enumerate(plain[place + 1 : place + 13], place + 1):
                # "turn dark mode on my phone off": a preposition has its noun after it.
                if other.word in _PARTICLES and (
                    behind == place + 1
                    or not _is_preposition(plain, behind)
                    or (other.word == "off" and token.word in _TAKES_OFF)
                ):
                    word = f"{_BASE.get(token.word, token.word)}-{other.word}"
                    joined.append(Token(word, word, token.start, other.end, is_joined=True))
                    break
    return (*plain, *joined)


def _is_preposition(plain: list[Token], place: int) -> bool:
    after = plain[place + 1] if place + 1 < len(plain) else None
    return bool(after and after.word in _BOUNDS and after.start - plain[place].end == 1)


def english_denials(found: tuple[Token, ...]) -> tuple[EnglishDenial, ...]:
    """Return the denials among the words of a text."""
    lists = words()
    plain = [token for token in found if "-" not in token.word or _denied_thing(token.word)]
    denied: list[EnglishDenial] = []
    for place, token in enumerate(plain):
        if token.word not in lists.negators:
            if thing := _denied_thing(token.word):
                denied.append(EnglishDenial(stem(thing), token.start, token.end))
            elif _is_without(plain, place):
                lacking = [t for t in plain[place + 2 :] if t.word not in lists.function][:1]
                denied += (
                    EnglishDenial(t.stem, token.start, t.end)
                    for t in lacking
                    if t.stem not in _NO_THING
                )
            continue
        if _is_harmless(plain, place):
            continue
        rest = [t for t in plain[place + 1 : place + 8] if t.word not in lists.function]
        head = _asked_of(plain, place, rest) or (rest[0] if rest else None)
        denied.append(
            EnglishDenial(head.stem if head else "", token.start, head.end if head else token.end)
        )
    return tuple(denied)


def _asked_of(plain: list[Token], place: int, rest: list[Token]) -> Token | None:
    """Return what was not done to a thing in "why wasn't my insurance claim approved"."""
    if plain[place].word in _AUXILIARY and _next(plain, place) in _BOUNDS:
        return next((t for t in rest if t.word.endswith("ed") or t.word in _DONE), None)
    return None


def _is_without(plain: list[Token], place: int) -> bool:
    """Whether a text says here that something is free of a thing, or out of it."""
    if _next(plain, place) != "of":
        return False
    if plain[place].word != "out":
        return plain[place].word == "free"
    after = plain[place + 2].word if place + 2 < len(plain) else ""
    return after not in _BOUNDS | _ALL | {"date"} and (place == 0 or plain[place - 1].word in _RUNS)


def _denied_thing(word: str) -> str:
    """Return what a joined word denies: stop of non-stop, fee of no-fee and fee-free; or ""."""
    if word.startswith("non-"):
        return word[4:]
    if word.startswith("no-") and word not in ("no-one", "no-show"):
        return word[3:]
    return word[:-5] if word.endswith("-free") and word[:-5] not in _NO_THING else ""


def _next(plain: list[Token], place: int) -> str:
    return plain[place + 1].word if place + 1 < len(plain) else ""


def _is_harmless(plain: list[Token], place: int) -> bool:
    for phrase in words().english_harmless:
        for offset in range(len(phrase)):
            first = place - offset
            if first >= 0 and tuple(t.word for t in plain[first : first + len(phrase)]) == phrase:
                return True
    return False

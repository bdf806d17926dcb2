"""Why a search found what it found: said from the texts and the numbers, nothing made up.

The shares of a score are exact for the encoder that they name. Spans are of the texts as they
were written, Traditional and full-width included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.encoder import Encoder, Vectors
from indexer.guards import Conflict, conflicts
from indexer.models import INT8_SUFFIX
from indexer.search import Hit, SearchResult
from indexer.token_states import TokenShare, TokenStates, shares
from store.offsets import Normalised, Span, normalised
from store.text import speak_differently
from store.tokens import tokens

_AT_ONCE = 32
_PIECE = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+(?:[-_./+#][a-z0-9]+)*[+#]*|[^\w\s]+")


@dataclass(frozen=True)
class Shares:
    """What the tokens of both texts add to their cosine under an encoder; each list sums to it."""

    encoder: str
    cosine: float
    asked: tuple[TokenShare, ...]
    found: tuple[TokenShare, ...]


@dataclass(frozen=True)
class Common:
    """The words that both texts have, and where in each, as it was written, they stand."""

    words: tuple[str, ...]
    asked: tuple[Span, ...]
    found: tuple[Span, ...]


@dataclass(frozen=True)
class Reasons:
    """Why one hit is where it is; `shares` is None where the model's vectors are no means.

    `foreign`: the matched question is in another language, so that they share no words.
    """

    matched_question: str
    exact: bool
    foreign: bool
    common: Common
    terms: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    vetoed_by: str | None
    shares: Shares | None


def reasons_for(
    result: SearchResult, load_encoder: Callable[[str], Encoder], *, most: int | None = None
) -> list[Reasons]:
    """Return the reasons of the first hits, in their order.

    `load_encoder` is asked for the model of the search. An int8 twin keeps no states, so the
    shares are then those of the model that it was made from, and say so. Where it was searched
    without the model, there are none.
    """
    hits = result.hits[:most]
    seen = any(hit.score is not None for hit in hits)
    encoder = load_encoder(result.model.removesuffix(INT8_SUFFIX)) if seen else None
    texts = [result.query, *(hit.matched_question for hit in hits)]
    asked, *found = _states(encoder, texts)
    return [
        _reasons(result.query, hit, _shares(encoder.name, asked, states) if encoder else None)
        for hit, states in zip(hits, found, strict=True)
    ]


def _reasons(query: str, hit: Hit, found: Shares | None) -> Reasons:
    one, other = normalised(query), normalised(hit.matched_question)
    return Reasons(
        matched_question=hit.matched_question,
        exact=one.text == other.text,
        foreign=speak_differently(query, hit.matched_question),
        common=(common := common_words(one, other)),
        terms=_terms(one.text, other.text, common),
        conflicts=conflicts(query, hit.matched_question),
        vetoed_by=hit.vetoed_by,
        shares=found,
    )


def _terms(asked: str, found: str, common: Common) -> tuple[str, ...]:
    """Return what the search by words compared: the common words, and characters beside them."""
    theirs = set(tokens(found).unigrams)
    single = [t for t in dict.fromkeys(tokens(asked).unigrams) if t in theirs]
    return (*common.words, *(t for t in single if not any(t in word for word in common.words)))


def _shares(encoder: str, asked: TokenStates | None, found: TokenStates | None) -> Shares | None:
    if asked is None or found is None:
        return None
    one, other = _unit(asked), _unit(found)
    return Shares(encoder, float(one @ other), shares(asked, other), shares(found, one))


def _unit(found: TokenStates) -> Vectors:
    mean: Vectors = found.states.mean(axis=0)
    unit: Vectors = mean / (mean @ mean) ** 0.5
    return unit


def _states(encoder: Encoder | None, texts: Sequence[str]) -> list[TokenStates | None]:
    """Return the states of each text; texts are read together, which takes less time."""
    read = getattr(encoder, "token_states", None)
    if read is None:
        return [None] * len(texts)
    return [
        found
        for start in range(0, len(texts), _AT_ONCE)
        for found in read(texts[start : start + _AT_ONCE])
    ]


def common_words(one: Normalised, other: Normalised) -> Common:
    """Return the words that two texts share: runs of two Chinese characters or more, and codes.

    A single character counts only where a text is no longer than that.
    """
    ours, theirs = _units(one.text), _units(other.text)
    shared = {unit for unit, _ in ours} & {unit for unit, _ in theirs}
    here, there = _runs(ours, shared), _runs(theirs, shared)
    words = dict.fromkeys(other.text[start:end] for start, end in there)
    return Common(
        tuple(words),
        tuple(one.original(*run) for run in here),
        tuple(other.original(*run) for run in there),
    )


def _units(text: str) -> list[tuple[str, int]]:
    units = []
    for match in _PIECE.finditer(text):
        piece, start = match[0], match.start()
        if piece[0] < "\u3400" or len(piece) == 1:
            units.append((piece, start))
        else:
            units += [(piece[i : i + 2], start + i) for i in range(len(piece) - 1)]
            if len(text) <= 2:
                units += [(char, start + i) for i, char in enumerate(piece)]
    return units


def _runs(units: Sequence[tuple[str, int]], shared: set[str]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for unit, start in units:
        if unit not in shared:
            continue
        end = start + len(unit)
        if runs and start < runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs

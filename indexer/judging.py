"""From the hits of a search to its verdict.

An entry whose negative question is nearer than its best positive one is vetoed: it is still
shown, after the others, but it answers nothing. Guards look at the best hit alone, so that a
verdict costs the same however many entries are asked for.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from indexer.encoder import Encoder, Vectors
from indexer.guards import Conflict, conflicts
from indexer.small_talk import without_small_talk
from indexer.verdicts import (
    NOT_EXACT,
    NUMBER,
    Evidence,
    Thresholds,
    Verdict,
    shipped_thresholds,
    verdict_of,
)
from store.calibrations import find_calibrations
from store.database import Session
from store.text import normalise, says_something, speak_differently, text_hash
from store.tokens import tokens
from store.vectors import find_model, read_vectors

if TYPE_CHECKING:
    from indexer.search import Hit, SearchResult

# Vetoes are looked for among so many hits, as each negative question must have a vector.
_VETOED_AMONG = 20
_REMEMBERED = 10_000
_PARTICLES = re.compile("[吗嘛呢吧啊呀]+$")


@dataclass(frozen=True)
class Judged:
    """Hits in the order in which they are to be shown, and what is to be said of the first."""

    hits: tuple[Hit, ...]
    verdict: Verdict
    confidence: float
    thresholds: Thresholds
    conflicts: tuple[Conflict, ...]
    topic: bool


class Judge:
    """Judges searches; remembers the vectors of the negative questions that it met."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()

    def judged(
        self,
        session: Session,
        encoder: Encoder | None,
        query: str,
        vector: Vectors | None,
        hits: Sequence[Hit],
        collections: Sequence[str],
        k: int,
    ) -> Judged:
        """Return the first k hits with a verdict, by the thresholds that the base holds.

        The verdict is on all the hits, so that it is the same however few are shown.
        """
        if encoder is not None:
            hits = self._with_vetoes(session, encoder, query, vector, hits)
        shown, hits = _shown(hits, k), _ordered(hits)
        limits = thresholds_for(session, encoder.fingerprint if encoder else "", collections, hits)
        against = conflicts(query, hits[0].matched_question) if hits else ()
        best = evidence(query, hits, against)
        verdict, confidence = verdict_of(best, limits), best.number if best else 0.0
        return Judged(shown, verdict, confidence, limits, against, bool(best and best.topic))

    def _with_vetoes(
        self,
        session: Session,
        encoder: Encoder,
        query: str,
        vector: Vectors | None,
        hits: Sequence[Hit],
    ) -> Sequence[Hit]:
        among = hits[:_VETOED_AMONG]
        texts = [text for hit in among for text in hit.negative]
        known = {} if vector is None else self._vectors_of(session, encoder, texts)
        vetoes = {
            hit.entry_id: veto
            for hit in among
            if hit.negative and (veto := _veto(known, query, vector, hit))
        }
        if not vetoes:
            return hits
        return [replace(hit, vetoed_by=vetoes.get(hit.entry_id)) for hit in hits]

    def _vectors_of(
        self, session: Session, encoder: Encoder, texts: Sequence[str]
    ) -> dict[str, Vectors]:
        """Return vectors as they are stored; only what no reindex has met yet is encoded."""
        with self._lock:
            found = {
                text: self._vectors[encoder.fingerprint, text]
                for text in texts
                if (encoder.fingerprint, text) in self._vectors
            }
        missing = {text_hash(text): text for text in texts if text not in found}
        if not missing:
            return found
        model = find_model(session, encoder.fingerprint)
        stored = read_vectors(session, model.id, list(missing)) if model else {}
        new = {text: stored[key] for key, text in missing.items() if key in stored}
        rest = [text for key, text in missing.items() if key not in stored]
        if rest:
            new.update(zip(rest, encoder.encode(rest).vectors, strict=True))
        with self._lock:
            self._vectors.update({(encoder.fingerprint, text): new[text] for text in new})
            while len(self._vectors) > _REMEMBERED:
                self._vectors.popitem(last=False)
        return found | new


def _ordered(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the hits with those that are vetoed behind the others."""
    if all(hit.vetoed_by is None for hit in hits):
        return tuple(hits)
    ordered = sorted(hits, key=lambda hit: hit.vetoed_by is not None)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(ordered, 1))


def _shown(hits: Sequence[Hit], k: int) -> tuple[Hit, ...]:
    """Return the k nearest; were they all vetoed, the best of the others is among them."""
    first = _ordered(hits)[:1]
    near = list(hits[:k])
    if first and first[0].entry_id not in {hit.entry_id for hit in near}:
        near[-1] = first[0]
    return _ordered(near)


def _veto(known: Mapping[str, Vectors], query: str, vector: Vectors | None, hit: Hit) -> str | None:
    """Return the negative question that is nearer than the hit's own, the nearest of them.

    Without a vector, only one that is the asked text itself is known to be.
    """
    asked = normalise(query)
    if normalise(hit.matched_question) == asked:
        return None
    for text in hit.negative:
        if normalise(text) == asked:
            return text
    if vector is None or hit.score is None:
        return None
    nearest = max(hit.negative, key=lambda text: float(known[text] @ vector))
    return nearest if float(known[nearest] @ vector) > hit.score else None


def evidence(query: str, hits: Sequence[Hit], against: Sequence[Conflict]) -> Evidence | None:
    """Return what speaks for and against the first hit."""
    if not hits:
        return None
    best, asked = hits[0], normalise(query)
    # The same answer twice is no doubt about it.
    rivals = [h for h in hits[1:] if h.vetoed_by is None and h.answer != best.answer]
    lead = None
    if rivals and best.score is not None and rivals[0].score is not None:
        lead = best.score - rivals[0].score
    return Evidence(
        centroid=best.centroid,
        questions=best.questions,
        covered=best.covered,
        odds=best.odds,
        tokens=len(tokens(asked).unigrams),
        exact=asked == normalise(best.matched_question),
        lead=lead,
        conflicting=bool(against),
        topic=_is_topic(normalise(without_small_talk(asked)), [best, *rivals]),
        vetoed=best.vetoed_by is not None,
        wordless=not says_something(query),
        foreign=speak_differently(query, best.matched_question),
    )


def _is_topic(asked: str, hits: Sequence[Hit]) -> bool:
    """Whether the first hit is asked more than that, and so is one of the others."""
    if not asked:
        return False
    # A word of Latin letters is not part of a longer one; 退款 is part of "app退款".
    begins, ends = r"(?:(?<![a-z0-9])|(?=[^a-z0-9]))", r"(?:(?![a-z0-9])|(?<=[^a-z0-9]))"
    part = re.compile(begins + re.escape(asked) + ends)
    same = _bare(asked)
    first, *others = (
        _bare(text) != same and part.search(text) is not None
        for text in (normalise(hit.matched_question) for hit in hits)
    )
    return first and any(others)


def _bare(normalised: str) -> str:
    """Return a question without what is said around it, and without a particle at its end."""
    return _PARTICLES.sub("", normalise(without_small_talk(normalised)))


def thresholds_for(
    session: Session, fingerprint: str, collections: Sequence[str], hits: Sequence[Hit]
) -> Thresholds:
    """Return the thresholds fitted for what is searched, else those that ship.

    A search of one collection goes by that collection's, any other by those fitted for all;
    where only one of the two was fitted, it serves for both.
    """
    if not fingerprint:
        return shipped_thresholds(fingerprint)
    found = hits[0].collection if hits else ""
    names = [collections[0], ""] if len(collections) == 1 else ["", found]
    for fitted in find_calibrations(session, fingerprint, names):
        if fitted.figures.get("number") == NUMBER:
            return Thresholds(fitted.answer, fitted.suggest, fitted.gap)
    return shipped_thresholds(fingerprint)


def reaching(result: SearchResult, threshold: float) -> SearchResult:
    """Return the result with only the hits whose cosine reaches a threshold, in their order.

    As with verdicts, 0 lets every hit pass, and 1 only the same text.
    """
    if threshold <= 0:
        return result
    asked = normalise(result.query)
    kept = [
        hit
        for hit in result.hits
        if normalise(hit.matched_question) == asked
        or (hit.score is not None and min(hit.score, NOT_EXACT) >= threshold)
    ]
    if len(kept) == len(result.hits):
        return result
    ranked = tuple(replace(hit, rank=rank) for rank, hit in enumerate(kept, 1))
    if ranked and ranked[0].entry_id == result.hits[0].entry_id:
        return replace(result, hits=ranked)
    # What was said of the first hit is no longer to be said of this one.
    against = conflicts(result.query, ranked[0].matched_question) if ranked else ()
    best = evidence(result.query, ranked, against)
    if best:
        best = replace(best, topic=result.topic)  # A rival that was cut off is still one.
    return replace(
        result,
        hits=ranked,
        verdict=verdict_of(best, result.thresholds),
        confidence=best.number if best else 0.0,
        conflicts=against,
    )

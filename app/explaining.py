"""Reasons in words that a support agent understands, and in the shape that `--json` promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.words import phrase

if TYPE_CHECKING:
    from indexer.guards import Conflict
    from indexer.reasons import Reasons, Shares
    from indexer.search import Filters, Hit
    from indexer.token_states import TokenShare

_MOST_WORDS = 8
_STRONGEST = 3
# Log-odds nearer to 0 are not worth a sentence.
_READ_CLEARLY = 2.0


def in_words(hit: Hit, why: Reasons, language: str) -> list[str]:
    """Return the reasons of a hit as sentences, the most important first."""
    said = [conflict_in_words(one, language) for one in why.conflicts]
    if why.vetoed_by:
        said.append(phrase(language, "why_vetoed", question=why.vetoed_by))
    if why.exact:
        said.append(phrase(language, "why_exact"))
    else:
        if hit.score is not None:
            near = phrase(language, "why_near", score=hit.score, question=why.matched_question)
            said.append(near)
        covered = "why_foreign" if why.foreign else "why_covered"
        said.append(phrase(language, covered, share=hit.covered))
        if hit.odds is not None and abs(hit.odds) > _READ_CLEARLY:
            said.append(phrase(language, "why_read_same" if hit.odds > 0 else "why_read_other"))
    if why.common.words and not why.exact:
        words = _listed(why.common.words[:_MOST_WORDS], language)
        said.append(phrase(language, "why_common", words=words))
    if why.shares and not why.exact and (strongest := _strongest(why.shares.found)):
        said.append(phrase(language, "why_strongest", words=_listed(strongest, language)))
    return said


def shown_score(score: float | None) -> str:
    """Return a cosine as people read it; a dash where the model that makes it is gone."""
    return "–" if score is None else f"{score:.3f}"


def conflict_in_words(one: Conflict, language: str) -> str:
    """Return what a guard found, as a sentence."""
    kind = phrase(language, f"conflict_{one.kind}")
    nothing = phrase(language, "conflict_nothing")
    return phrase(
        language, "why_conflict", kind=kind, asked=one.asked or nothing, found=one.found or nothing
    )


def document(hit: Hit, why: Reasons, filters: Filters) -> dict[str, Any]:
    """Return the reasons of a hit as JSON values; spans are [start, end) in the text as written."""
    return {
        "matched_question": why.matched_question,
        "exact": why.exact,
        "common": {
            "words": list(why.common.words),
            "asked": [list(span) for span in why.common.asked],
            "found": [list(span) for span in why.common.found],
        },
        "conflicts": [
            {"kind": str(one.kind), "asked": one.asked, "found": one.found} for one in why.conflicts
        ],
        "vetoed_by": why.vetoed_by,
        "shares": _shares(why.shares) if why.shares else None,
        "lexical_terms": list(why.terms) if getattr(hit, "lexical", None) else [],
        "filters": {
            "collections": list(filters.collections),
            "category": filters.category,
            "tags": list(filters.tags),
            "statuses": [str(status) for status in filters.statuses],
            "valid_now": not filters.any_validity,
        },
        "text": {language: in_words(hit, why, language) for language in ("zh", "en")},
    }


def _shares(found: Shares) -> dict[str, Any]:
    return {
        "encoder": found.encoder,
        "cosine": found.cosine,
        "asked": [_share(one) for one in found.asked],
        "found": [_share(one) for one in found.found],
    }


def _share(one: TokenShare) -> dict[str, Any]:
    return {"text": one.text, "start": one.start, "end": one.end, "share": one.share}


def _strongest(found: Sequence[TokenShare]) -> list[str]:
    named = [one for one in found if one.text.strip()]
    best = sorted(named, key=lambda one: -one.share)[:_STRONGEST]
    return [one.text for one in sorted(best, key=lambda one: one.start) if one.share > 0]


def _listed(words: Sequence[str], language: str) -> str:
    return "、".join(words) if language == "zh" else ", ".join(words)

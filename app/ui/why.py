"""Reasons of a hit, folded: sentences, both texts with what they share, what each part counted."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.explaining import in_words
from app.ui.drawing import span
from app.ui.language import language, t
from indexer.reasons import Reasons
from indexer.search import Filters, Hit
from indexer.token_states import TokenShare
from store.offsets import Span


def draw_reasons(query: str, hit: Hit, why: Reasons, filters: Filters) -> None:
    """Draw why a hit was found, behind a line that opens."""
    with st.expander(t("why"), icon=":material/help_center:"):
        lines = "".join(span("reason", line) for line in in_words(hit, why, language()))
        texts = _marked(t("why_asked"), query, why.common.asked) + _marked(
            t("why_found"), why.matched_question, why.common.found
        )
        parts = [lines, f'<div class="tw-pair">{texts}</div>']
        if why.shares:
            parts.append(span("meta", t("why_shares", cosine=why.shares.cosine)))
            parts.append(f'<div class="tw-shares">{_shaded(why.shares.found)}</div>')
        if applied := _applied(filters):
            parts.append(span("meta", t("why_filters", filters=applied)))
        st.html("".join(parts))


def _marked(label: str, text: str, spans: Sequence[Span]) -> str:
    parts, place = [], 0
    for start, end in spans:
        if start < place:
            continue
        parts += [escape(text[place:start]), f"<mark>{escape(text[start:end])}</mark>"]
        place = end
    parts.append(escape(text[place:]))
    return f'<div><span class="tw-label">{escape(label)}</span>{"".join(parts)}</div>'


def _shaded(found: Sequence[TokenShare]) -> str:
    """Return the text, each part the darker the more it adds; its number is shown on pointing."""
    most = max((abs(one.share) for one in found), default=0) or 1.0
    return "".join(
        f'<span title="{one.share:+.3f}" style="background: rgba({_colour(one.share)},'
        f' {0.6 * abs(one.share) / most:.2f})">{escape(one.text)}</span>'
        for one in found
        if one.text.strip()
    )


def _colour(share: float) -> str:
    return "47, 111, 94" if share >= 0 else "190, 70, 60"


def _applied(filters: Filters) -> str:
    return " · ".join(
        [*filters.collections, *([filters.category] if filters.category else []), *filters.tags]
    )

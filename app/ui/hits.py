"""Search results as cards: the best one large, the others below, all stored text as text."""

from __future__ import annotations

import streamlit as st

from app import state
from app.ui.drawing import long_text, span
from app.ui.language import language, t
from indexer.search import Hit, SearchResult


def draw_hits(result: SearchResult) -> None:
    """Draw the hits of one search, and in small print how they were found."""
    if not result.hits:
        st.info(t("no_hits"), icon=":material/search_off:")
        st.write(t("no_hits_next"))
    for hit in result.hits:
        with st.container(border=True, key=f"hit_{hit.rank}"):
            st.html(hit_html(hit))
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(span("meta", about(hit)), width="stretch")
                st.page_link(
                    "views/library.py",
                    label=t("edit"),
                    icon=":material/edit:",
                    query_params={state.ENTRY: str(hit.entry_id), state.LANGUAGE: language()},
                )
    if result.pending:
        st.caption(t("pending", count=result.pending))
    took = result.took
    line = t(
        "took",
        total=took.total_ms,
        encode=took.encode_ms,
        search=took.search_ms,
        build=result.build,
        model=result.model,
    )
    st.html(span("meta", line))


def hit_html(hit: Hit) -> str:
    """Return the card of a hit, every stored text escaped."""
    best = hit.rank == 1
    score = span("score", f"{hit.score:.3f}", tag="span").replace(
        "<span ", f'<span title="{t("score_help")}" ', 1
    )
    head = span("rank", str(hit.rank), tag="span") + span("question", hit.question) + score
    parts = [f'<div class="tw-head">{head}</div>']
    if hit.matched_question != hit.question:
        parts.append(span("match", t("matched", question=hit.matched_question)))
    limit = 2_000 if best else 160
    answer = long_text(hit.answer, limit=limit, more=t("more")) if hit.answer else ""
    parts.append(
        f'<div class="tw-answer">{answer}</div>' if answer else span("none", t("no_answer"))
    )
    return f'<div class="{"tw-best" if best else "tw-other"}">{"".join(parts)}</div>'


def about(hit: Hit) -> str:
    """Return where a hit comes from, in one line."""
    parts = [hit.collection, hit.category, *(f"#{tag}" for tag in hit.tags), hit.external_id]
    return " · ".join(part for part in parts if part)

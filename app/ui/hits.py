"""Search results as cards: what is to be said of the best one, then it, then the others.

All stored text is drawn as text.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.explaining import conflict_in_words, shown_score
from app.ui.asked import draw_feedback
from app.ui.copying import draw_copy
from app.ui.drawing import as_label, long_text, span
from app.ui.language import address, language, t
from app.ui.why import draw_reasons
from indexer.reasons import Reasons
from indexer.search import Filters, Hit, SearchResult
from indexer.verdicts import Verdict


def draw_hits(result: SearchResult, why: Sequence[Reasons], filters: Filters) -> None:
    """Draw the hits of one search, their reasons folded, and how they were found."""
    if not result.hits:
        st.info(t("no_hits"), icon=":material/search_off:")
        st.write(t("no_hits_next"))
    else:
        _draw_verdict(result)
    for hit, reasons in zip(result.hits, why, strict=True):
        best = hit.rank == 1 and result.verdict is not Verdict.NO_ANSWER
        # Under "which of these" the others are no less meant than the first.
        if hit.rank == 2 and result.verdict is not Verdict.NO_ANSWER and not result.is_choice:
            st.caption(t("nearest"))
        with st.container(border=True, key=f"hit_{hit.rank}"):
            st.html(hit_html(hit, best=best))
            if best:
                _draw_tools(result.query, hit)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(span("meta", about(hit)), width="stretch")
                st.page_link(
                    "views/library.py",
                    label=t("edit"),
                    icon=":material/edit:",
                    query_params=address(entry=hit.entry_id),
                )
            draw_reasons(result.query, hit, reasons, filters)
    if result.pending:
        st.caption(t("pending", count=result.pending))
    if result.pending_words:
        st.caption(t("pending_words", count=result.pending_words))
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


def _draw_verdict(result: SearchResult) -> None:
    if result.verdict is Verdict.NO_ANSWER:
        st.info(_said(t("ask_no_answer"), [t("ask_no_answer_help")]), icon=":material/help:")
        with st.container(horizontal=True, vertical_alignment="center"):
            draw_feedback(result.query, "no_answer")
    elif result.verdict is Verdict.DID_YOU_MEAN:
        if result.is_choice:
            text = _said(t("ask_which"), [t("ask_topic")])
        else:
            said = [conflict_in_words(one, language()) for one in result.conflicts]
            text = _said(t("ask_did_you_mean"), said or [t("ask_did_you_mean_help")])
        st.warning(text, icon=":material/contact_support:")
    else:
        st.html(span("verdict", t("ask_answer")))


def _said(title: str, lines: Sequence[str]) -> str:
    """Return Markdown of a bold line and others below it, all of them text."""
    return "  \n".join([f"**{as_label(title)}**", *(as_label(line) for line in lines)])


def _draw_tools(query: str, hit: Hit) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        draw_feedback(query, str(hit.entry_id))
        if hit.answer:
            draw_copy(hit.answer)


def hit_html(hit: Hit, *, best: bool) -> str:
    """Return the card of a hit, every stored text escaped."""
    score = span("score", shown_score(hit.score), tag="span").replace(
        "<span ", f'<span title="{t("score_help")}" ', 1
    )
    head = span("rank", str(hit.rank), tag="span") + span("question", hit.question) + score
    parts = [f'<div class="tw-head">{head}</div>']
    if hit.matched_question != hit.question:
        parts.append(span("match", t("matched", question=hit.matched_question)))
    limit = 2_000 if best else 160
    if hit.answer:
        answer = long_text(hit.answer, limit=limit, more=t("more"), less=t("less"))
        parts.append(f'<div class="tw-answer">{answer}</div>')
    else:
        parts.append(span("none", t("no_answer")))
    return f'<div class="{"tw-best" if best else "tw-other"}">{"".join(parts)}</div>'


def about(hit: Hit) -> str:
    """Return where a hit comes from, in one line."""
    parts = [hit.collection, hit.category, *(f"#{tag}" for tag in hit.tags), hit.external_id]
    return " · ".join(part for part in parts if part)

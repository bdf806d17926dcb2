"""One group of unanswered queries as a card, with the buttons that decide about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import streamlit as st

from app import state
from app.deciding import decide, sayable
from app.errors import AppError
from app.explaining import shown_score
from app.home import Home
from app.person import person
from app.ui.drawing import plain_errors, span
from app.ui.language import t
from indexer.search import Hit
from indexer.unanswered import Unanswered
from store.models import Decision
from store.query_log import query_key


def draw_group(home: Home, group: Unanswered, hits: Sequence[Hit], collections: list[str]) -> None:
    """Draw the group; a decision is taken at once and told by the next run of the page."""
    key = f"{state.UNANSWERED}_{query_key(group.lead).hex()[:16]}"
    with st.container(border=True, key=key):
        badge = span("badge", t(f"trend_{group.trend}"), tag="span")
        st.html(f'<div class="tw-head">{span("question", group.lead)}{badge}</div>')
        st.html(span("meta", _about(group)))
        if len(group.queries) > 1:
            st.html(_others(group))
        queries = [one.query for one in group.queries]
        wordings = sayable(queries)
        if not wordings:
            _draw_wording(key, "")
        entry = _choose_entry(key, hits)
        with st.container(horizontal=True, vertical_alignment="center"):
            if hits:
                _draw_buttons(home, key, queries, entry, "" if wordings else _wording_key(key))
            with st.popover(t("unanswered_new"), icon=":material/add:"):
                if wordings:
                    _draw_wording(key, wordings[0])
                _draw_new(home, key, queries, hits, collections)
            st.button(
                t("unanswered_not_ours"),
                key=f"{key}_not_ours",
                icon=":material/block:",
                on_click=_decide,
                args=(home, queries, Decision.NOT_OURS),
            )


def _about(group: Unanswered) -> str:
    parts = [
        t("unanswered_counts", askers=group.askers, asked=group.asked, recent=group.recent),
        t("unanswered_unhelpful", count=group.unhelpful) if group.unhelpful else "",
        t("unanswered_last", moment=f"{group.last_asked.astimezone():%Y-%m-%d %H:%M}"),
    ]
    return " · ".join(part for part in parts if part)


def _others(group: Unanswered) -> str:
    others = "".join(f"<li>{escape(one.query)}</li>" for one in group.queries[1:50])
    title = escape(t("unanswered_same", count=len(group.queries) - 1))
    return f'<details class="tw-meta"><summary>{title}</summary><ul>{others}</ul></details>'


def _choose_entry(key: str, hits: Sequence[Hit]) -> str:
    """Let one of the nearest entries be chosen; return the key under which it is."""
    entry = f"{key}_entry"
    if hits:
        names = {
            hit.entry_id: f"{hit.question} · {hit.collection} · {shown_score(hit.score)}"
            for hit in hits
        }
        st.selectbox(t("unanswered_entry"), list(names), format_func=_named(names), key=entry)
    return entry


def _wording_key(key: str) -> str:
    return f"{key}_wording"


def _draw_wording(key: str, wording: str) -> None:
    st.text_input(
        t("unanswered_wording"),
        wording,
        key=_wording_key(key),
        help=None if wording else t("unanswered_wording_help"),
    )


def _draw_buttons(home: Home, key: str, queries: list[str], entry: str, wording: str) -> None:
    st.button(
        t("unanswered_similar"),
        key=f"{key}_similar",
        type="primary",
        icon=":material/playlist_add:",
        on_click=_decide,
        args=(home, queries, Decision.SIMILAR, entry),
        kwargs={"wording": wording},
    )
    st.button(
        t("unanswered_negative"),
        key=f"{key}_negative",
        icon=":material/playlist_remove:",
        on_click=_decide,
        args=(home, queries, Decision.NEGATIVE, entry),
    )


def _named(names: dict[int, str]) -> Callable[[int], str]:
    return lambda number: names.get(number, str(number))


def _draw_new(
    home: Home, key: str, queries: list[str], hits: Sequence[Hit], collections: list[str]
) -> None:
    collection, answer = f"{key}_collection", f"{key}_answer"
    near = hits[0].collection if hits else ""
    st.selectbox(
        t("collection"),
        collections,
        index=collections.index(near) if near in collections else None if not collections else 0,
        key=collection,
        accept_new_options=True,
    )
    st.text_area(t("answer"), key=answer, help=t("unanswered_answer_help"))
    st.button(
        t("unanswered_create"),
        key=f"{key}_create",
        type="primary",
        on_click=_decide,
        args=(home, queries, Decision.NEW, "", collection, answer, _wording_key(key)),
    )


def _decide(
    home: Home,
    queries: list[str],
    decision: Decision,
    entry: str = "",
    collection: str = "",
    answer: str = "",
    wording: str = "",
) -> None:
    """Decide with what the widgets of those keys say."""
    question = _said(wording)
    with plain_errors():
        if wording and not str(question or "").strip():
            raise AppError(t("unanswered_wording_missing"))
        decide(
            home,
            queries,
            decision,
            entry_id=_said(entry),
            collection=_said(collection) or "",
            answer=_said(answer) or "",
            question=question,
            by=person(),
            undecided=True,
        )
        masked = decision is Decision.NEGATIVE and not sayable(queries)
        said = t("decided_negative_masked") if masked else t(f"decided_{decision}")
        st.session_state[state.UNANSWERED_NOTICE] = said


def _said(key: str) -> Any:
    return st.session_state.get(key) if key else None

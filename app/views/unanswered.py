"""Unanswered: what people asked in vain, most visits first, and what is to become of it."""

from __future__ import annotations

import streamlit as st

from app import state
from app.home import Home
from app.settings import read_settings
from app.ui import resources
from app.ui.drawing import as_label, plain_errors, span
from app.ui.indexing import has_index
from app.ui.language import choose, t
from app.ui.unanswered import draw_group
from app.unanswered import nearest, unanswered
from app.words import phrase
from store.collections import summaries
from store.labels import Label, list_labels, remove_labels

DAYS = (7, 30, 90, 365)
AT_ONCE = 10
_DECIDED = 20
# Different queries that are grouped: encoding them is all that the first visit waits for.
MOST = 300


def _page() -> None:
    home = resources.home()
    st.header(t("nav_unanswered"), anchor=False)
    st.caption(t("unanswered_help"))
    if not read_settings().query_log:
        st.warning(t("unanswered_off"))
    if notice := st.session_state.pop(state.UNANSWERED_NOTICE, None):
        st.success(as_label(notice), icon=":material/check:")
    days = choose(
        t("unanswered_days"),
        DAYS,
        lambda days, spoken: phrase(spoken, "unanswered_last_days", days=days),
        first=DAYS[1],
        key=state.UNANSWERED_DAYS,
        persist_state="session",
        width=200,
    )
    _draw_groups(home, days)
    with home.database.reading() as session:
        decided = list_labels(session, _DECIDED)
    if decided:
        with st.expander(t("decided_title"), icon=":material/history:"):
            for label in decided:
                _draw_decided(home, label)


def _draw_groups(home: Home, days: int) -> None:
    with st.spinner(t("loading_model"), show_time=False):
        groups = unanswered(home, days, resources.remembering, MOST)
    if not groups:
        st.info(t("unanswered_none"), icon=":material/task_alt:")
        return
    with home.database.reading() as session:
        names = [collection.name for collection in summaries(session)]
    shown = st.session_state.setdefault(state.UNANSWERED_SHOWN, AT_ONCE)
    searcher = resources.searcher() if has_index(home) else None
    for group in groups[:shown]:
        draw_group(home, group, nearest(searcher, group.lead) if searcher else (), names)
    if len(groups) > shown:
        st.button(t("unanswered_more"), icon=":material/expand_more:", on_click=_show_more)


def _show_more() -> None:
    st.session_state[state.UNANSWERED_SHOWN] += AT_ONCE


def _draw_decided(home: Home, label: Label) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        about = [
            label.query,
            t(f"label_{label.decision}"),
            f"{label.decided_at.astimezone():%m-%d %H:%M}",
        ]
        st.html(span("meta", " · ".join(filter(None, about))), width="stretch")
        st.button(
            t("decided_reopen"),
            key=f"reopen_{label.id}",
            type="tertiary",
            icon=":material/undo:",
            on_click=_reopen,
            args=(home, label.query),
        )


def _reopen(home: Home, query: str) -> None:
    with plain_errors(), home.database.writing() as session:
        remove_labels(session, [query])


with plain_errors():
    _page()

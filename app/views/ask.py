"""Ask: a question in, the entries that answer it out, the best one first.

Question and filters are in the address, so a link repeats the search.
"""

from __future__ import annotations

import streamlit as st

from app import state
from app.ui import resources
from app.ui.asked import log_once, return_to_last
from app.ui.beginning import draw_nothing_yet
from app.ui.drawing import as_label, plain_errors
from app.ui.hits import draw_hits
from app.ui.indexing import has_index, offer_index
from app.ui.language import choose, own_name, t
from indexer.reasons import reasons_for
from indexer.search import Filters
from store.collections import CollectionSummary, categories, summaries
from store.entries import browse

LONGEST_QUERY = 10_000
EXAMPLES = 4


def _page() -> None:
    return_to_last()
    home = resources.home()
    with home.database.reading() as session:
        collections = [c for c in summaries(session) if c.entries]
    st.header(t("ask_title"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        query = st.text_input(
            t("ask_title"),
            key=state.QUERY,
            placeholder=t("ask_placeholder"),
            label_visibility="collapsed",
            bind="query-params",
        )
        pressed = st.button(t("ask_button"), type="primary", icon=":material/search:")
    if not collections:
        draw_nothing_yet()
        return
    filters, k = _filters([c.name for c in collections])
    if not has_index(home):
        offer_index(home)
    elif query and query.strip():
        _answer(query, filters, k, pressed)
    else:
        _examples(collections)


def _filters(collections: list[str]) -> tuple[Filters, int]:
    home = resources.home()
    with st.container(horizontal=True):
        collection = choose(
            t("collection"),
            ["", *collections],
            own_name,
            key=state.COLLECTION,
            bind="query-params",
            width=170,
        )
        with home.database.reading() as session:
            known = categories(session, collection or None)
        category = choose(
            t("category"),
            ["", *(name for name in known if name)],
            own_name,
            key=state.CATEGORY,
            bind="query-params",
            width=170,
        )
        k = st.selectbox(
            t("ask_count"), [3, 5, 10, 20], index=1, key=state.COUNT, bind="query-params", width=110
        )
    return Filters(collections=(collection,) if collection else (), category=category or None), k


def _answer(query: str, filters: Filters, k: int, pressed: bool) -> None:
    if len(query) > LONGEST_QUERY:
        st.warning(t("ask_too_long", length=len(query), limit=LONGEST_QUERY))
        return
    with st.spinner(t("loading_model")):
        result = resources.searcher().search(query, k=k, filters=filters)
        why = reasons_for(result, resources.encoder)
    draw_hits(result, why, filters)
    log_once(resources.home(), result, filters, pressed)


def _examples(collections: list[CollectionSummary]) -> None:
    st.caption(t("ask_try"))
    home = resources.home()
    with home.database.reading() as session:
        shown = [browse(session, collection=c.name, limit=1) for c in collections[:EXAMPLES]]
    with st.container(gap=None):
        for entry in (entries[0] for entries in shown if entries):
            st.button(
                as_label(entry.draft.standard),
                key=f"example_{entry.id}",
                type="tertiary",
                icon=":material/subdirectory_arrow_right:",
                on_click=_ask,
                args=(entry.draft.standard,),
            )


def _ask(question: str) -> None:
    st.session_state[state.QUERY] = question


with plain_errors():
    _page()

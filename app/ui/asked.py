"""What a visit asks is logged once, however often Streamlit runs the page for it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import streamlit as st

from app import state
from app.asking import give_feedback, remember
from app.home import Home
from app.settings import read_settings
from app.ui import resources
from app.ui.language import t
from indexer.search import Filters, SearchResult


@dataclass(frozen=True)
class Logged:
    """The search that this session made last; `query_id` is None where it is not logged."""

    query: str
    filters: Filters
    query_id: int | None


def log_once(home: Home, result: SearchResult, filters: Filters, asked_again: bool) -> int | None:
    """Log a search unless this session made it last; return its number in the log.

    Call it after the result is drawn, so that nobody waits for it.
    """
    last: Logged | None = st.session_state.get(state.LOGGED)
    if last and (last.query, last.filters) == (result.query, filters) and not asked_again:
        return last.query_id
    number = remember(
        home,
        read_settings(),
        result,
        filters,
        source="page",
        asker=st.session_state.setdefault(state.ASKER, uuid.uuid4().hex),
    )
    st.session_state[state.LOGGED] = Logged(result.query, filters, number)
    return number


def return_to_last() -> None:
    """Ask again what was asked last, where the browser's way back from an entry ends.

    Streamlit turns a page in two steps, parameters first, and each is one of the browser's: back
    from an entry is this page with the entry's parameter and without the question's.
    """
    if st.query_params.pop(state.ENTRY, None) is None:
        return
    last: Logged | None = st.session_state.get(state.LOGGED)
    if last:
        st.session_state[state.QUERY] = last.query
        st.session_state[state.COLLECTION] = next(iter(last.filters.collections), "")
        st.session_state[state.CATEGORY] = last.filters.category or ""
        # In a run that the way back began, what is bound is as the address says.
        st.rerun()


def logged_number(query: str) -> int | None:
    """Return the number under which this session's last search is logged, if it was that query."""
    last: Logged | None = st.session_state.get(state.LOGGED)
    return last.query_id if last and last.query == query else None


def draw_feedback(query: str, what: str) -> None:
    """Draw the two thumbs; what is chosen goes to the log of queries."""
    if not read_settings().query_log:
        return
    key = f"{state.FEEDBACK}_{what}_{hash(query)}"
    st.caption(t("helpful"), width="content")
    st.feedback("thumbs", key=key, on_change=_keep_feedback, args=(query, key), width="content")


def _keep_feedback(query: str, key: str) -> None:
    chosen, number = st.session_state.get(key), logged_number(query)
    if number is not None:
        give_feedback(resources.home(), number, None if chosen is None else bool(chosen))

"""Turning pages of a list that is read from behind its last row: nothing is counted off.

The session keeps, under one key, the row behind which each page up to this one begins.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.ui.language import t


def draw_pager(key: str, page: int, last: Any | None) -> None:
    """Draw the buttons; `last` is the last row of this page, None where none follows."""
    if page == 1 and last is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("library_previous"),
            key=f"{key}_previous",
            icon=":material/chevron_left:",
            disabled=page == 1,
            on_click=_turn,
            args=(key, None),
        )
        st.button(
            t("library_next"),
            key=f"{key}_next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=last is None,
            on_click=_turn,
            args=(key, last),
        )
        st.caption(str(page))


def to_first(key: str) -> None:
    """Go back to the first page."""
    st.session_state[key] = [0]


def _turn(key: str, after: Any | None) -> None:
    pages: list[Any] = st.session_state[key]
    st.session_state[key] = pages[:-1] if after is None else [*pages, after]

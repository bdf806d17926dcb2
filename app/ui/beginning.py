"""What a page says while the base has no entries: where the first ones come from."""

from __future__ import annotations

import streamlit as st

from app.ui.language import address, t

NEW = "new"
"""What stands in the address in place of an entry's number for an empty form."""


def draw_nothing_yet() -> None:
    """Say that there are no entries, with both ways to some."""
    st.info(t("none_yet"), icon=":material/inventory_2:")
    st.write(t("none_yet_next"))
    with st.container(horizontal=True):
        st.page_link(
            "views/import_.py",
            label=t("nav_import"),
            icon=":material/upload_file:",
            query_params=address(),
        )
        st.page_link(
            "views/library.py",
            label=t("library_new"),
            icon=":material/add:",
            query_params=address(entry=NEW),
        )

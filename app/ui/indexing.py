"""Building the index from the page, with progress, and saying so where it is missing."""

from __future__ import annotations

import streamlit as st

from app.home import Home
from app.ui import resources
from app.ui.language import t
from indexer.builds import reindex
from indexer.search import embed_pending
from store.builds import live_build


def has_index(home: Home) -> bool:
    """Whether a build has been published."""
    with home.database.reading() as session:
        return live_build(session) is not None


def embed_saved(home: Home) -> None:
    """Make what was just saved searchable under the model that answers now."""
    with home.database.reading() as session:
        build = live_build(session)
    if build is not None:
        with st.spinner(t("loading_model")):
            embed_pending(home.database, resources.encoder(build.model.name))


def offer_index(home: Home) -> None:
    """Say that there is no index, and build it on demand."""
    st.info(t("no_index"), icon=":material/database_off:")
    st.write(t("no_index_next"))
    if st.button(t("build_index"), type="primary", icon=":material/build:"):
        build_index(home)
        st.rerun()


def build_index(home: Home) -> int:
    """Embed what is new and publish a build; return the number of questions in it."""
    with st.spinner(t("loading_model")):
        encoder = resources.encoder(home.model)
    bar = st.progress(0.0)

    def report(at: int, total: int) -> None:
        bar.progress(min(at / total, 1.0) if total else 1.0, t("embedding", done=at, total=total))

    done = reindex(home.database, home.folder, encoder, progress=report)
    bar.empty()
    return done.total

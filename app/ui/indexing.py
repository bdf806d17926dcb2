"""The index as the pages see it: whether there is one, asking for it, and watching it made.

A page never indexes: it asks for a job, which a worker does, and looks at the job's row.
"""

from __future__ import annotations

import streamlit as st

from app import state
from app.home import Home
from app.jobs import update_index
from app.ui import resources
from app.ui.jobs import follow_jobs
from app.ui.language import t
from indexer.folding import delta_size
from indexer.loading import name_now
from indexer.requests import FOLD, REINDEX
from indexer.search import embed_pending
from store.builds import live_build


def has_index(home: Home) -> bool:
    """Whether a build has been published."""
    with home.database.reading() as session:
        return live_build(session) is not None


def draw_state(home: Home) -> None:
    """Say how far the index is behind what is written, and offer to update it."""
    if follow_index(home):
        return
    with home.database.reading() as session:
        live = live_build(session)
        behind = live is None or delta_size(session, live) > 0
    if behind:
        st.info(t("import_next"), icon=":material/build:")
        offer_update(home, t("rebuild_index"))
    elif live is not None:
        st.success(t("index_built", total=live.questions_of_every_kind), icon=":material/check:")


def embed_saved(home: Home) -> None:
    """Make what was just saved searchable under the model that answers now."""
    with home.database.reading() as session:
        build = live_build(session)
    if build is not None:
        with st.spinner(t("loading_model")):
            embed_pending(home.database, resources.encoder(name_now(build.model)))


def offer_index(home: Home) -> None:
    """Say that there is no index, and have it built on demand."""
    if follow_index(home):
        return
    st.info(t("no_index"), icon=":material/database_off:")
    st.write(t("no_index_next"))
    offer_update(home, t("build_index"))


def offer_update(home: Home, label: str) -> None:
    """Draw the button that asks for the index to be built or updated."""
    if st.button(label, type="primary", icon=":material/build:"):
        st.session_state[state.INDEX_JOB] = update_index(home).id
        st.rerun()


def follow_index(home: Home) -> bool:
    """Draw how far the index is while it is made; else say once if that failed."""
    return follow_jobs(home, (REINDEX, FOLD), state.INDEX_JOB).running

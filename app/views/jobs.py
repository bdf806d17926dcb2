"""Jobs: what is being done for the base, what waits, and what came of the rest."""

from __future__ import annotations

import streamlit as st

from app.ui import resources
from app.ui.drawing import plain_errors
from app.ui.indexing import offer_update
from app.ui.jobs import draw_job
from app.ui.language import t
from store.jobs import OPEN, list_jobs

SHOWN = 20


def _page() -> None:
    home = resources.home()
    st.header(t("nav_jobs"), anchor=False)
    st.caption(t("jobs_help"))
    with home.database.reading() as session:
        at_work = bool(list_jobs(session, states=OPEN, limit=1))
    if not at_work:
        offer_update(home, t("rebuild_index"))
    _list()


# Looks again by itself, so that what somebody else asks for is seen too.
@st.fragment(run_every=2.0)
def _list() -> None:
    with plain_errors():
        home = resources.home()
        with home.database.reading() as session:
            jobs = list_jobs(session, limit=SHOWN)
        if not jobs:
            st.info(t("jobs_none"), icon=":material/inventory_2:")
        for job in jobs:
            draw_job(home, job)


with plain_errors():
    _page()

"""Duplicates: a worker finds them, a person decides about them once, and everything can be undone.

The page shows the last search; it never searches itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.duplicates import search_later
from app.home import Home
from app.person import person
from app.ui import paging, resources
from app.ui.beginning import draw_nothing_yet
from app.ui.cluster_actions import by, decide_one, draw_bulk, merge_one, take_back_one
from app.ui.clusters import draw_cluster
from app.ui.drawing import as_label, plain_errors
from app.ui.duplicate_records import draw_decisions, draw_map, draw_merges
from app.ui.jobs import follow_jobs
from app.ui.language import choose, t, words
from indexer.duplicates.requests import DuplicateRequest
from indexer.requests import DUPLICATES
from store.collections import collection_names
from store.database import Session
from store.duplicate_runs import (
    ClusterFilter,
    ClusterRow,
    RunRecord,
    count_clusters,
    last_run,
    page_of_clusters,
)
from store.entries import read_entries
from store.questions import read_texts

PAGE_SIZE = 10
VIEWS = ("clusters", "merges", "decisions", "map")
KINDS = ("conflicting_answers", "same_answer", "same_answer_other_question", "opposite")
STATES = ("open", "later", "merged", "different")


def _page() -> None:
    home = resources.home()
    st.header(t("nav_duplicates"), anchor=False)
    st.caption(t("dup_help"))
    if notice := st.session_state.pop(state.NOTICE, None):
        st.success(as_label(notice), icon=":material/check:")
    with home.database.reading() as session:
        names = collection_names(session)
        run = last_run(session)
    if not names:
        draw_nothing_yet()
        return
    running = _search(home, names)
    views = {view: t(f"dup_view_{view}") for view in VIEWS}
    view = st.segmented_control(
        t("nav_duplicates"),
        VIEWS,
        default="clusters",
        required=True,
        format_func=views.__getitem__,
        key=state.DUPLICATE_VIEW,
        label_visibility="collapsed",
    )
    if view == "merges":
        draw_merges(home, by())
    elif view == "decisions":
        draw_decisions(home, by())
    elif view == "map":
        draw_map(home)
    elif run is None and not running:
        st.info(t("dup_none_yet"), icon=":material/content_copy:")
    elif run is not None:
        _clusters(home, run)


def _search(home: Home, names: Sequence[str]) -> bool:
    """Draw how duplicates are searched for; return whether they are at this moment."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scope = st.multiselect(
            t("dup_scope"), names, key=state.DUPLICATE_SCOPE, placeholder=t("all"), width=240
        )
        against = st.selectbox(
            t("dup_against"),
            ["", *(name for name in names if name not in scope)],
            format_func=lambda name: name or "—",
            key=state.DUPLICATE_AGAINST,
            width=170,
        )
        automatic = st.toggle(t("dup_auto"), value=True, key=state.DUPLICATE_AUTO)
        threshold = None
        if not automatic:
            threshold = st.slider(
                t("dup_threshold"), 0.5, 1.0, 0.9, 0.01, key=state.DUPLICATE_THRESHOLD, width=160
            )
        st.text_input(
            t("dup_person"),
            key=state.PERSON,
            placeholder=person(),
            help=t("dup_person_help"),
            persist_state="session",
            width=130,
        )
        if st.button(t("dup_search"), type="primary", icon=":material/search:"):
            request = DuplicateRequest(
                model=home.model_to_index(),
                collections=tuple(scope),
                against=(against,) if against else (),
                threshold=threshold,
            )
            st.session_state[state.DUPLICATE_JOB] = search_later(home, request).id
    return follow_jobs(home, (DUPLICATES,), state.DUPLICATE_JOB).running


def _clusters(home: Home, run: RunRecord) -> None:
    st.caption(
        as_label(
            t(
                "dup_found",
                when=f"{run.made_at.astimezone():%Y-%m-%d %H:%M}",
                entries=run.counts.get("entries", 0),
                clusters=run.counts.get("clusters", 0),
                opposites=run.counts.get("opposites", 0),
                threshold=run.threshold,
                model=run.model,
            )
        )
    )
    wanted = _filters()
    if st.session_state.get(state.DUPLICATE_RUN) != run.id:
        st.session_state[state.DUPLICATE_RUN] = run.id
        _first_page()
    with home.database.reading() as session:
        total = count_clusters(session, run.id, wanted)
        found = _read_page(session, run, wanted)
        shown = found[:PAGE_SIZE]
        entries = read_entries(session, [entry for one in shown for entry in one.entries])
        alike = {number for one in shown for pair in one.questions if pair for number in pair}
        texts = read_texts(session, sorted(alike))
    st.caption(t("dup_count", count=total))
    if not shown:
        st.info(t("dup_nothing"), icon=":material/check:")
        return
    draw_bulk(shown)
    for cluster in shown:
        draw_cluster(
            cluster, entries, texts, decide=decide_one, merge=merge_one, take_back=take_back_one
        )
    last = found[PAGE_SIZE - 1].number if len(found) > PAGE_SIZE else None
    paging.draw_pager(state.DUPLICATE_PAGES, len(st.session_state[state.DUPLICATE_PAGES]), last)


def _read_page(session: Session, run: RunRecord, wanted: ClusterFilter) -> list[ClusterRow]:
    """Return the clusters of the page turned to, and the one behind them.

    A page that was emptied by deciding about its clusters is turned back.
    """
    pages: list[int] = st.session_state[state.DUPLICATE_PAGES]
    while True:
        found = page_of_clusters(session, run.id, wanted, after=pages[-1], limit=PAGE_SIZE + 1)
        if found or len(pages) == 1:
            return found
        pages.pop()


def _filters() -> ClusterFilter:
    with st.container(horizontal=True):
        kind = choose(
            t("dup_kind"),
            ["", *KINDS],
            words("dup_kind_"),
            key=state.DUPLICATE_KIND,
            on_change=_first_page,
            persist_state="session",
            width=230,
        )
        chosen = choose(
            t("dup_state"),
            STATES,
            words("dup_state_"),
            key=state.DUPLICATE_STATE,
            on_change=_first_page,
            persist_state="session",
            width=120,
        )
        size = st.number_input(
            t("dup_size"),
            2,
            500,
            2,
            key=state.DUPLICATE_SIZE,
            on_change=_first_page,
            persist_state="session",
            width=110,
        )
        score = st.number_input(
            t("dup_score"),
            0.0,
            1.0,
            0.0,
            0.05,
            key=state.DUPLICATE_SCORE,
            on_change=_first_page,
            persist_state="session",
            width=110,
        )
    return ClusterFilter(
        kinds=(kind,) if kind else KINDS,
        states=(chosen,),
        lowest_size=int(size),
        lowest_score=float(score),
    )


def _first_page() -> None:
    paging.to_first(state.DUPLICATE_PAGES)


with plain_errors():
    _page()

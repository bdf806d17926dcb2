"""Quality: labelled queries put to the search by a worker, runs looked at and compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app import state
from app.hit_testing import enqueue_test, read_run
from app.home import Home
from app.serving import MAX_UPLOAD_MEGABYTES
from app.settings import LABELLED_QUERIES
from app.ui import resources
from app.ui.beginning import draw_nothing_yet
from app.ui.drawing import plain_errors
from app.ui.hit_tests import draw_difference, draw_run, run_label
from app.ui.indexing import has_index, offer_index
from app.ui.jobs import follow_jobs
from app.ui.language import choose, own_name, t, words
from app.uploads import keep_upload
from app.words import phrase
from indexer.hit_figures import compare
from indexer.requests import HITTEST, HitTestRequest
from indexer.search import MODES
from store.collections import summaries
from store.hit_tests import HitTestRecord, list_hit_tests

TYPES = ["csv", "tsv", "xlsx", "json", "jsonl", "gz"]


@dataclass(frozen=True)
class Upload:
    """An uploaded file, by the id that the browser gave it and where it lies now."""

    file_id: str
    path: Path


def _page() -> None:
    home = resources.home()
    st.header(t("nav_quality"), anchor=False)
    st.caption(t("quality_help"))
    with home.database.reading() as session:
        collections = [c.name for c in summaries(session) if c.entries]
        runs = list_hit_tests(session)
    if not collections:
        draw_nothing_yet()
        return
    if not has_index(home):
        offer_index(home)
        return
    with st.expander(t("quality_new"), expanded=not runs, icon=":material/add:"):
        _new(home, collections)
    running = _follow_job(home)
    if runs:
        _show(home, runs)
    elif not running:
        st.info(t("quality_none"), icon=":material/fact_check:")


def _new(home: Home, collections: list[str]) -> None:
    given = st.file_uploader(
        t("quality_upload"),
        type=TYPES,
        max_upload_size=MAX_UPLOAD_MEGABYTES,
        key=state.QUALITY_UPLOAD,
    )
    st.caption(t("quality_upload_help"))
    shipped = {path.stem: path for path in sorted(LABELLED_QUERIES.glob("*.jsonl"))}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            t("quality_shipped"),
            ["", *shipped],
            format_func=lambda name: name or "–",
            key=state.QUALITY_SHIPPED,
            disabled=given is not None,
            width=180,
        )
        collection = choose(
            t("collection"),
            ["", *collections],
            own_name,
            key=state.QUALITY_COLLECTION,
            width=180,
        )
        mode = choose(
            t("quality_mode"),
            MODES[::-1],
            words("mode_"),
            key=state.QUALITY_MODE,
            width=180,
        )
    ready = given is not None or bool(chosen)
    if st.button(
        t("quality_run"), type="primary", icon=":material/play_arrow:", disabled=not ready
    ):
        path = (
            shipped[chosen]
            if given is None
            else keep_upload(home.folder, given.name, given.getbuffer())
        )
        request = HitTestRequest(
            (str(path),), collections=(collection,) if collection else (), mode=mode
        )
        st.session_state[state.QUALITY_JOB] = enqueue_test(home, request).id
        st.rerun()


def _follow_job(home: Home) -> bool:
    """Draw how far a test is, or show its run next; return whether one goes on."""
    followed = follow_jobs(home, (HITTEST,), state.QUALITY_JOB)
    if followed.done:
        st.session_state[state.QUALITY_CHOSEN] = followed.done.result.get("run")
    return followed.running


def _show(home: Home, runs: list[HitTestRecord]) -> None:
    known = {run.id: run for run in runs}
    wanted = st.session_state.pop(state.QUALITY_CHOSEN, None)
    if wanted in known:
        st.session_state[state.QUALITY_RUN] = wanted

    def called(number: int, spoken: str) -> str:
        return run_label(known[number]) if number else phrase(spoken, "quality_no_other")

    left, right = st.columns(2)
    with left:
        number = choose(t("quality_show"), list(known), called, key=state.QUALITY_RUN)
    with right:
        others = [0, *(other for other in known if other != number)]
        against = choose(t("quality_against"), others, called, key=state.QUALITY_AGAINST)
    record, tested = read_run(home, number)
    if not against:
        draw_run(record, tested)
        return
    earlier, before = read_run(home, against)
    draw_run(record, tested, earlier)
    draw_difference(compare(before, tested))


with plain_errors():
    _page()

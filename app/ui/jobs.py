"""Jobs as the pages draw them: a card with what can be done, and watching until one is over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import streamlit as st

from app.home import Home
from app.ui import resources
from app.ui.drawing import as_label, plain_errors, span
from app.ui.language import t
from app.words import PHRASES
from store.job_claims import is_silent, request_cancel
from store.jobs import OPEN, JobRecord, find_job, list_jobs, retry
from store.models import JobState

# A worker looks for jobs twice a second.
_PATIENCE = dt.timedelta(seconds=10)


def draw_job(home: Home, job: JobRecord) -> None:
    """Draw a job with its buttons."""
    with st.container(border=True, key=f"job_{job.id}"):
        title = t("job_title", number=job.id, kind=_word(f"job_kind_{job.kind}", job.kind))
        badge = span("badge", t(f"job_{job.state}"), tag="span")
        st.html(f'<div class="tw-head">{span("question", title)}{badge}</div>')
        if job.state in OPEN:
            draw_progress(home, job)
        if job.error:
            st.html(span("answer", job.error))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(span("meta", _about(job)), width="stretch")
            _draw_buttons(home, job)


@dataclass(frozen=True)
class Followed:
    """Whether a job still runs, and the one that this session asked for, once it is done."""

    running: bool
    done: JobRecord | None = None


def follow_jobs(home: Home, kinds: tuple[str, ...], key: str) -> Followed:
    """Draw how far the jobs of these kinds are; else say once if the one asked for here failed.

    `key` is where the session keeps the number of the job that it asked for.
    """
    if _open_jobs(home, kinds):
        _follow(kinds)
        return Followed(running=True)
    number = st.session_state.pop(key, None)
    if number is None:
        return Followed(running=False)
    with home.database.reading() as session:
        job = find_job(session, number)
    if job.state is JobState.DONE:
        return Followed(running=False, done=job)
    st.error(as_label(job.error or t("job_cancelled")), icon=":material/error:")
    return Followed(running=False)


@st.fragment(run_every=1.0)
def _follow(kinds: tuple[str, ...]) -> None:
    home = resources.home()
    jobs = _open_jobs(home, kinds)
    if not jobs:
        st.rerun()
    for job in jobs:
        draw_progress(home, job)


def _open_jobs(home: Home, kinds: tuple[str, ...]) -> list[JobRecord]:
    with home.database.reading() as session:
        return list_jobs(session, kinds=kinds, states=OPEN)[::-1]


def draw_progress(home: Home, job: JobRecord) -> None:
    """Draw how far an open job is."""
    if job.state is JobState.QUEUED:
        st.progress(0.0, t("job_waits"))
        if dt.datetime.now(dt.UTC) - job.created_at > _PATIENCE:
            st.caption(t("job_no_worker"))
        return
    share = min(job.done / job.total, 1.0) if job.total else 0.0
    said = _word(f"job_phase_{job.phase}", "")
    if job.phase == "embed" and job.total:
        said = t("embedding", done=job.done, total=job.total)
        if job.rate:
            said += " · " + t("job_rate", rate=job.rate)
        if job.eta_seconds:
            said += " · " + t("job_left", seconds=job.eta_seconds)
    if job.phase == "measure" and job.total:
        said = t("testing", done=job.done, total=job.total)
    if job.cancel_requested:
        said = t("job_stops")
    elif is_silent(job, home.silent_seconds):
        said = t("job_silent")
    st.progress(share, said or t("job_running"))


def _draw_buttons(home: Home, job: JobRecord) -> None:
    if job.state in OPEN:
        st.button(
            t("job_cancel"),
            key=f"cancel_{job.id}",
            type="tertiary",
            icon=":material/cancel:",
            disabled=job.cancel_requested,
            on_click=_cancel,
            args=(home, job.id),
        )
    elif job.state is not JobState.DONE:
        st.button(
            t("job_retry"),
            key=f"retry_{job.id}",
            type="tertiary",
            icon=":material/replay:",
            on_click=_retry,
            args=(home, job.id),
        )


def _cancel(home: Home, number: int) -> None:
    with plain_errors(), home.database.writing() as session:
        request_cancel(session, number, silent_seconds=home.silent_seconds)


def _retry(home: Home, number: int) -> None:
    with plain_errors(), home.database.writing() as session:
        retry(session, number)


def _about(job: JobRecord) -> str:
    parts = [f"{job.created_at.astimezone():%Y-%m-%d %H:%M}"]
    if "model" in job.parameters:
        parts.append(str(job.parameters["model"]))
    if "total" in job.result:
        counts = {name: job.result[name] for name in ("total", "embedded", "reused")}
        parts.append(t("job_result", build=job.result["build_id"], **counts))
    if "run" in job.result:
        counts = {name: job.result[name] for name in ("run", "queries")}
        parts.append(t("job_tested", **counts))
    if "duplicate_run" in job.result:
        counts = {name: job.result[name] for name in ("clusters", "opposites")}
        parts.append(t("job_duplicates", **counts))
    if job.started_at and job.finished_at:
        seconds = (job.finished_at - job.started_at).total_seconds()
        parts.append(t("job_took", seconds=seconds))
    return " · ".join(parts)


def _word(key: str, default: str) -> str:
    return t(key) if key in PHRASES else default

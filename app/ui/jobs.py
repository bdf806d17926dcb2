"""A job as a card: what it is, how far it is, and what can be done about it."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from app.home import Home
from app.ui.drawing import plain_errors, span
from app.ui.language import t
from app.words import PHRASES
from store.job_claims import is_silent
from store.jobs import OPEN, JobRecord, request_cancel, retry
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
            draw_progress(job)
        if job.error:
            st.html(span("answer", job.error))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(span("meta", _about(job)), width="stretch")
            _draw_buttons(home, job)


def draw_progress(job: JobRecord) -> None:
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
    elif is_silent(job):
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
        request_cancel(session, number)


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

"""`tongwen jobs`: what is being done for the base, what waits, and what came of the rest."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli import options
from app.cli.output import emit, hint, say, table
from app.jobs import job_document
from store import jobs as rows
from store.job_claims import is_silent, request_cancel
from store.jobs import JobRecord
from store.models import JobState

group = typer.Typer(help="List, show, cancel and retry jobs.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Number of the job.")]


@group.command("list")
def list_(
    state: Annotated[
        list[JobState] | None, typer.Option("--state", help="Only these; may be given again.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List the jobs, the newest first."""
    with options.opened() as home, home.database.reading() as session:
        found = rows.list_jobs(session, states=state, limit=limit)
    if as_json:
        emit({"jobs": [job_document(job) for job in found]})
    elif found:
        table(
            ("job", "kind", "state", "done", "rate", "left", "asked for", "error"),
            [_cells(job, home.silent_seconds) for job in found],
        )
    else:
        say("no jobs; `tongwen reindex --background` makes one")


@group.command()
def show(job: Number, as_json: options.Json = False) -> None:
    """Show one job."""
    with options.opened() as home, home.database.reading() as session:
        found = rows.find_job(session, job)
    if as_json:
        emit(job_document(found))
        return
    facts = {**job_document(found), "state": said_state(found, home.silent_seconds)}
    facts |= {"done": said_done(found), "rate": said_rate(found), "eta_seconds": said_left(found)}
    for name in ("parameters", "result"):
        facts[name] = "\n".join(f"{key}: {value}" for key, value in facts[name].items())
    del facts["id"], facts["total"]
    table(("", f"job {found.id}"), facts.items())


@group.command()
def cancel(job: Number, as_json: options.Json = False) -> None:
    """Cancel a job: at once if it waits, after its batch if it runs."""
    with options.opened() as home, home.database.writing() as session:
        found = request_cancel(session, job, silent_seconds=home.silent_seconds)
    if as_json:
        emit(job_document(found))
    elif found.state is JobState.CANCELLED:
        say(f"job {job} is cancelled")
    else:
        say(f"job {job} stops after its batch; what is embedded is kept")


@group.command()
def retry(job: Number, as_json: options.Json = False) -> None:
    """Put a failed or cancelled job back into the queue."""
    with options.opened() as home, home.database.writing() as session:
        found = rows.retry(session, job)
    if as_json:
        emit(job_document(found))
    else:
        say(f"job {job} waits again")
        hint("`tongwen worker --until-idle` does what waits")


def _cells(job: JobRecord, silent_seconds: float) -> tuple[object, ...]:
    return (
        str(job.id),
        job.kind,
        said_state(job, silent_seconds),
        said_done(job),
        said_rate(job),
        said_left(job),
        job.created_at,
        job.error,
    )


def said_state(job: JobRecord, silent_seconds: float) -> str:
    """Return the state in words, with the phase of what runs."""
    if job.state is not JobState.RUNNING:
        return str(job.state)
    if is_silent(job, silent_seconds):
        return "running (silent; a worker takes it over)"
    doing = "stopping" if job.cancel_requested else job.phase
    return f"running ({doing})" if doing else "running"


def said_done(job: JobRecord) -> str:
    """Return how much of how much is done."""
    return f"{job.done:,}" if job.total is None else f"{job.done:,} / {job.total:,}"


def said_rate(job: JobRecord) -> str:
    """Return how fast it goes."""
    return f"{job.rate:,.0f}/s" if job.rate else ""


def said_left(job: JobRecord) -> str:
    """Return how long it will take."""
    return "" if job.eta_seconds is None else f"{job.eta_seconds:,.0f} s"

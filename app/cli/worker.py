"""`tongwen worker`: does the jobs that wait."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import options
from app.cli.output import fail, hint
from app.home import load_encoder
from app.settings import read_settings

if TYPE_CHECKING:
    from indexer.jobs import Outcome
    from store.job_claims import Claim

group = typer.Typer()
_BEHIND_THE_PAGES = 5


@group.command()
def worker(
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when no job waits or runs.")
    ] = False,
    attached: Annotated[
        bool, typer.Option("--attached", hidden=True, help="End when stdin does.")
    ] = False,
) -> None:
    """Do the jobs that wait, and fold in what changed, until Ctrl+C.

    With --until-idle the exit code is 1 if a job failed here.
    """
    from indexer.worker import Worker

    settings = read_settings()
    with options.opened() as home:
        made = Worker(
            home.database,
            home.folder,
            load_encoder,
            silent_seconds=settings.silent_seconds,
            fold_share=settings.fold_share,
            tell=_tell,
        )
        if attached:
            os.nice(_BEHIND_THE_PAGES)
            _end_with_stdin(made.ending)
        with _ended_by_signals(made.ending):
            failed = made.run(until_idle=until_idle)
    if until_idle and failed:
        raise typer.Exit(1)


def _tell(claim: Claim, outcome: Outcome | None) -> None:
    job = claim.job
    if outcome is None:
        taken = f", taken over from {claim.taken_from}" if claim.taken_from else ""
        hint(f"job {job.id}: {job.kind} begins{taken}")
    elif outcome.error:
        fail(f"job {job.id} is {outcome.state}: {outcome.error}")
    else:
        hint(f"job {job.id}: {outcome.said}")


@contextmanager
def _ended_by_signals(ending: threading.Event) -> Iterator[None]:
    """Let Ctrl+C and SIGTERM end the work between two batches, not in the middle of one."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: ending.set()) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _end_with_stdin(ending: threading.Event) -> None:
    """End with the process that started this one, however that one ends: its pipe closes."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        ending.set()

    threading.Thread(target=wait, daemon=True, name="stdin").start()

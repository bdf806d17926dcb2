"""The `tongwen` command: what it is made of, and what its exit codes mean.

0 ok, 1 an error a person can mend (one red line), 2 wrong usage, 3 a fault of ours (the
traceback goes to a file), 130 interrupted.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import sys
import traceback
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from app.cli import (
    backup,
    benchmark,
    builds,
    calibrate,
    doctor,
    duplicates,
    encoding,
    files,
    fit_search,
    history,
    hittest,
    indexing,
    insights,
    jobs,
    overview,
    queries,
    searching,
    serving,
    unanswered,
    worker,
)
from app.cli.output import fail
from app.errors import AppError
from app.logs import LOG_FILE
from app.settings import read_settings
from indexer.errors import IndexerError
from store.errors import StoreError
from store.masking import mask

cli = typer.Typer(
    name="tongwen",
    help="同问 Tongwen: find the question that was already asked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for part in (
    overview,
    files,
    history,
    encoding,
    indexing,
    insights,
    worker,
    searching,
    calibrate,
    backup,
    doctor,
    serving,
):
    cli.add_typer(part.group)
cli.add_typer(jobs.group, name="jobs")
cli.add_typer(hittest.group, name="hittest")
cli.add_typer(unanswered.group, name="unanswered")
cli.add_typer(queries.group, name="queries")
cli.add_typer(builds.group, name="builds")
cli.add_typer(fit_search.group, name="model")
cli.add_typer(benchmark.group, name="benchmark")
cli.add_typer(duplicates.group, name="duplicates")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tongwen {metadata.version('tongwen')}")
        raise typer.Exit


@cli.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    if debug:
        os.environ["TONGWEN_DEBUG"] = "1"


def main() -> None:
    """Run the command line; the only place that catches everything."""
    try:
        cli()
    except (StoreError, IndexerError, AppError) as error:
        fail(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output left (`tongwen show | head`); there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if told := _told(error):
            fail(told)
            sys.exit(1)
        _report_fault(error)
        sys.exit(3)


def _told(error: Exception) -> str:
    """Return what to say of an error that is no fault of ours, empty for one that is."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full; free some space, then run the same command again"
    if isinstance(error, OverflowError) and "SQLite INTEGER" in str(error):
        return "a number is larger than any that the base has; check it"
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return f"the name {str(error.filename)[:60]}... is too long; give a shorter one"
    return ""


def _report_fault(error: Exception) -> None:
    if os.environ.get("TONGWEN_DEBUG", "").lower() not in ("", "0", "false"):
        traceback.print_exception(error)
        return
    kind = type(error).__name__
    try:
        log = _write_log(error)
    except (OSError, AppError) as fault:
        fail(f"unexpected {kind}: {error}; no log could be written ({fault}); add --debug")
        return
    fail(f"unexpected {kind}: {error}; the traceback is in {log}")


def _write_log(error: Exception) -> Path:
    log = read_settings().folder / LOG_FILE
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        file.write(f"{now} {[mask(word) for word in sys.argv[1:]]}\n")
        file.writelines(traceback.format_exception(error))
    return log

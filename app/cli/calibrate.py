"""`tongwen calibrate`: thresholds of the verdicts, fitted on labelled queries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.calibration import (
    Calibrated,
    calibrate_home,
    document,
    read_defaults,
    shipped_queries,
    write_defaults,
)
from app.cli import options
from app.cli.output import emit, hint, progress, say, table
from app.errors import AppError
from store.calibrations import list_calibrations, remove_calibration
from store.collections import find_collection

group = typer.Typer()
_ROWS = 10


@group.command()
def calibrate(
    queries: Annotated[
        list[Path] | None,
        typer.Option(
            "--queries", help="Labelled queries: .csv, .xlsx, .json, .jsonl; may be given again."
        ),
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option("--collection", "-c", help="The collection to ask; default: all of them."),
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Use the queries that ship, each in its collection.")
    ] = False,
    labelled: Annotated[
        bool, typer.Option("--labelled", help="Also ask what was decided about unanswered queries.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Fit and show; keep nothing.")] = False,
    defaults: Annotated[
        Path | None,
        typer.Option("--write-defaults", help="File of shipped thresholds to bring up to date."),
    ] = None,
    show: Annotated[
        bool,
        typer.Option(
            "--show",
            help="List the thresholds that are kept; with --collection, its own.",
        ),
    ] = False,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget", help="Drop the thresholds of --collection; without, those for all of them."
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Fit when to answer, when to ask "did you mean", and when to say that nothing answers.

    A row has a query and the id of the entry that must answer it, or none where nothing does.
    """
    if show or forget:
        if queries or labelled or shipped or dry_run or defaults or show == forget:
            raise AppError("--show and --forget stand alone, beside --collection at most")
        _show(collection, as_json) if show else _forget(collection, as_json)
        return
    if bool(queries or labelled) == shipped or (shipped and collection):
        raise AppError(
            "give --queries FILE, --labelled or both, or else --shipped without a collection"
        )
    if dry_run and defaults:
        raise AppError("--dry-run keeps nothing and --write-defaults does; leave one of them out")
    files = (
        [(name, path) for name, path in shipped_queries().items()]
        if shipped
        else [(collection or "", path) for path in queries or ()]
    )
    keep = not dry_run and defaults is None
    if defaults:
        read_defaults(defaults)  # a file that is none is told before the queries are asked
    with options.opened() as home, progress("ask") as report:
        done = calibrate_home(home, files, collection or "", report, keep=keep, labelled=labelled)
    if defaults:
        write_defaults(defaults, done.record)
    if as_json:
        emit(document(done, saved=keep))
    else:
        _say(done, keep)


def _show(collection: str | None, as_json: bool) -> None:
    """List what was fitted; thresholds of another number than today's serve nobody."""
    from indexer.verdicts import NUMBER

    with options.opened() as home, home.database.reading() as session:
        found = list_calibrations(session)
        if collection is not None:
            name = find_collection(session, collection).name
            found = [one for one in found if one.collection == name]
    rows = [
        {
            "collection": one.collection or None,
            "model": one.model,
            "fingerprint": one.fingerprint,
            "answer": round(one.answer, 4),
            "suggest": round(one.suggest, 4),
            "gap": round(one.gap, 4),
            "queries": one.figures.get("queries"),
            "fitted_at": one.fitted_at,
            "in_force": one.figures.get("number") == NUMBER,
        }
        for one in found
    ]
    if as_json:
        emit({"kept": rows})
    elif rows:
        table(
            tuple(name for name in rows[0] if name != "fingerprint"),
            [tuple(value for name, value in row.items() if name != "fingerprint") for row in rows],
        )
    elif collection is not None:
        say(f"nothing is kept for collection '{collection}' alone; --show without it lists all")
    else:
        say("nothing is kept; the thresholds that ship are in force")


def _forget(collection: str | None, as_json: bool) -> None:
    with options.opened() as home, home.database.writing() as session:
        name = "" if collection is None else find_collection(session, collection).name
        kept = list_calibrations(session)
        gone = [one for one in kept if one.collection == name]
        for one in gone:
            remove_calibration(session, one.fingerprint, name)
    if as_json:
        emit({"forgotten": len(gone), "collection": collection})
    elif len(gone) < len(kept):
        say(f"thresholds dropped: {len(gone)}; `tongwen calibrate --show` lists the others")
    else:
        say(f"thresholds dropped: {len(gone)}; those that ship are in force")


def _say(done: Calibrated, keep: bool) -> None:
    record, figures = done.record, done.record.figures
    points = figures["curve"]
    shown = points[:: max(len(points) // _ROWS, 1)]
    table(
        ("threshold", "accuracy", "answered", "right of answered"),
        [
            tuple(f"{p[name]:.3f}" for name in ("threshold", "accuracy", "answered", "right"))
            for p in shown
        ],
    )
    for name, value in (("answer", record.answer), ("suggest", record.suggest)):
        low, high = figures[f"{name}_interval"]
        say(f"{name} from {value:.3f} on (90 % of resampled queries: {low:.3f} to {high:.3f})")
    if record.gap:
        say(f"an answer must be {record.gap:.3f} better than the next entry")
    say(
        f"of {figures['queries']} queries, {figures['unanswerable']} of them without an answer:"
        f" {figures['accuracy']:.1%} told rightly, {figures['held_out_accuracy']:.1%} on halves"
        f" not fitted on; before: {figures['accuracy_before']:.1%}"
    )
    if done.missing:
        hint(f"expected ids that the base lacks: {', '.join(done.missing[:10])}")
    if done.unread:
        hint(f"{done.unread} rows could not be read; `tongwen hittest` names them")
    hint("kept for every later search" if keep else "nothing was kept")

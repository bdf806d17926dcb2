"""`tongwen import` and `tongwen export`: files in, files out, every row accounted for."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli import options
from app.cli.output import emit, hint, progress, say
from app.cli.screening import screen_for
from app.errors import AppError
from app.person import person
from store.importing import ImportOptions, ImportReport, import_files

group = typer.Typer()


@group.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="CSV, TSV, XLSX, JSONL, JSON, TXT; .gz too.")],
    collection: options.Collection,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=HEADER", help="Read FIELD from that column."),
    ] = None,
    mode: Annotated[
        Literal["append", "replace"],
        typer.Option(help="replace removes entries that the files lack."),
    ] = "append",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, change nothing.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Write rejected rows with reason and line here.")
    ] = None,
    on_duplicate: Annotated[
        Literal["ask", "skip", "similar", "add"],
        typer.Option(help="What becomes of a new row that asks the same as an entry there."),
    ] = "add",
    threshold: Annotated[
        str, typer.Option(help="Cosine from which on it asks the same, or auto.")
    ] = "auto",
    model: options.Model = None,
    as_json: options.Json = False,
) -> None:
    """Import entries from files into a collection."""
    if dry_run and on_duplicate == "ask":
        raise AppError("a dry run asks nobody; choose skip, similar or add")
    started = time.perf_counter()
    # A bar that is drawn again and again would wipe the question away.
    bar = nullcontext(_unseen) if on_duplicate == "ask" else progress("import")
    with options.opened(create=True) as home, bar as report:
        screen, how = None, ""
        if on_duplicate != "add":
            name = home.model_to_index(model)
            screen = screen_for(home, collection, on_duplicate, threshold, name)
            how = f"{on_duplicate} {threshold} {name}"
        wanted = ImportOptions(
            collection=collection,
            mode=mode,
            mapping=parse_mapping(map_ or []),
            dry_run=dry_run,
            by=person(),
            on_duplicate=how,
            asks=on_duplicate == "ask",
        )
        done = import_files(
            home.database,
            files,
            wanted,
            rejects=rejects,
            progress=lambda at: report(at.done, at.total),
            screen=screen,
        )
    seconds = time.perf_counter() - started
    if as_json:
        emit({**vars(done), "seconds": round(seconds, 3)})
    else:
        _print_report(done, rejects, dry_run=dry_run)
        hint(f"{seconds:.2f} s, {done.read / max(seconds, 1e-9):,.0f} rows/s")


def _unseen(done: int, total: int | None) -> None:
    """Report nothing."""


def parse_mapping(pairs: list[str]) -> dict[str, str]:
    """Turn FIELD=HEADER pairs into a mapping; a header may itself hold an equals sign."""
    mapping = {}
    for pair in pairs:
        field, equals, header = pair.partition("=")
        if not (field.strip() and equals and header):
            raise AppError(f"--map {pair!r} is not FIELD=HEADER; write e.g. --map answer=回复")
        mapping[field.strip()] = header
    return mapping


def _print_report(done: ImportReport, rejects: Path | None, *, dry_run: bool) -> None:
    for file in done.files:
        columns = ", ".join(f"{header} → {field}" for header, field in file.columns.items())
        say(f"{file.name}: {file.format}, {file.encoding}; {columns}")
    say(
        f"read {done.read:,} = {done.added:,} added + {done.updated:,} updated"
        f" + {done.unchanged:,} unchanged + {done.rejected:,} rejected"
    )
    if done.removed:
        say(f"removed {done.removed:,} entries that the files lack")
    for note in done.notes:
        hint(note)
    if done.rejected:
        hint(f"rejected rows: {rejects}" if rejects else "add --rejects FILE to get rejected rows")
    if dry_run:
        hint("dry run: nothing was changed")
    elif done.added or done.updated or done.removed:
        hint("next: `tongwen reindex`")


@group.command()
def export(
    collection: options.Collection, out: options.OutFile, as_json: options.Json = False
) -> None:
    """Write a collection to .csv, .xlsx, .jsonl or .jsonl.gz."""
    from store.exporting import export_collection  # loads openpyxl, which is slow

    with options.opened() as home:
        written = export_collection(home.database, collection, out)
    if as_json:
        emit({"collection": collection, "entries": written, "out": out})
    else:
        say(f"{written:,} entries in {out}")

"""`tongwen hittest`: labelled queries put to the search, runs kept and compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import options
from app.cli.output import emit, fail, hint, progress, say, table
from app.errors import AppError
from app.hit_testing import (
    difference_document,
    read_run,
    summary_of,
    test_here,
    tested_document,
    write_results,
)
from indexer.requests import HitTestRequest
from store.files.aside import check_out
from store.hit_tests import delete_hit_test, list_hit_tests
from store.tables_out import TABLES

if TYPE_CHECKING:
    from indexer.hit_figures import Difference
    from indexer.saved_tests import Kept

group = typer.Typer(help="Put labelled queries to the search; keep and compare the runs.")
Run = Annotated[int, typer.Argument(help="Number of a run.")]
_SHOWN = 20


@group.callback(invoke_without_command=True)
def hittest(
    context: typer.Context,
    queries: Annotated[
        list[Path] | None,
        typer.Option(
            "--queries", help="Labelled queries: .csv, .xlsx, .json, .jsonl; may be given again."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Result per query: .xlsx, .csv, .jsonl.")
    ] = None,
    collection: options.Collections = None,
    mode: Annotated[str | None, typer.Option(help="How to search; default: as `search`.")] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-under",
            metavar="FIGURE>=VALUE",
            help="Exit with 1 unless it is reached, e.g. 'recall@1>=0.8'; may be given again.",
        ),
    ] = None,
    against: Annotated[
        int | None, typer.Option("--against", metavar="RUN", help="Compare with an earlier run.")
    ] = None,
    labelled: Annotated[
        bool, typer.Option("--labelled", help="Also ask what was decided about unanswered queries.")
    ] = False,
    name: Annotated[str, typer.Option(help="What the run is to be called.")] = "",
    as_json: options.Json = False,
) -> None:
    """Ask labelled queries and say how many are answered rightly.

    A row has a query and the id of the entry that must answer it, or none where nothing does.
    """
    if options.is_for_another(context):
        return
    from indexer.hit_figures import compare, missed, parse_condition

    if not queries and not labelled:
        raise AppError("nothing to test with; give --queries FILE or --labelled")
    if out:
        check_out(out, TABLES, queries or ())
    conditions = [parse_condition(text) for text in fail_under or ()]
    request = HitTestRequest(
        tuple(str(path.resolve()) for path in queries or ()),
        labelled=labelled,
        collections=tuple(collection or ()),
        mode=mode,
        name=name,
    )
    with options.opened() as home:
        earlier = None if against is None else read_run(home, against)[1]
        with progress("ask") as report:
            kept = test_here(home, request, report)
    if out:
        write_results(out, kept.record, kept.tested)
    difference = None if earlier is None else compare(earlier, kept.tested)
    failures = missed(conditions, kept.record.figures)
    if as_json:
        emit(_document(kept, difference, failures, out))
    else:
        _say(kept, difference, out)
    for failure in failures:
        fail(failure)
    if failures:
        sys.exit(1)


def _document(
    kept: Kept, difference: Difference | None, failures: list[str], out: Path | None
) -> dict[str, Any]:
    document = {
        **summary_of(kept.record),
        "failed": failures,
        "unread_rows": [vars(fault) for fault in kept.faults],
        "missing_ids": sorted({name for one in kept.tested for name in one.missing}),
        "results": [tested_document(one) for one in kept.tested],
    }
    if out:
        document["out"] = str(out)
    if difference:
        document["difference"] = difference_document(difference)
    return document


def _say(kept: Kept, difference: Difference | None, out: Path | None) -> None:
    figures = kept.record.figures
    table((f"run {kept.record.id}", kept.record.name), _figures(figures))
    names = sorted({name for one in kept.tested for name in one.missing})
    if names:
        shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        fail(f"{len(names):,} expected ids are not in the base, so not found: {shown}")
    for fault in kept.faults[:_SHOWN]:
        fail(f"line {fault.line} was not used: {fault.reason}")
    if len(kept.faults) > _SHOWN:
        fail(f"{len(kept.faults):,} rows were not used in all")
    if difference:
        _say_difference(difference)
    if out:
        hint(f"every query is in {out}")


def _figures(figures: Any) -> list[tuple[str, str]]:
    return [(name, _number(value)) for name, value in figures.items()]


def _number(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _say_difference(difference: Difference) -> None:
    table(
        ("figure", "before", "after"),
        [
            (name, _number(before), _number(after))
            for name, (before, after) in difference.figures.items()
        ],
    )
    for title, changes in (("better", difference.better), ("worse", difference.worse)):
        if changes:
            rows = [
                (c.query, c.before.rank, c.after.rank, c.before.verdict, c.after.verdict)
                for c in changes[:_SHOWN]
            ]
            table(
                ("query", "rank before", "after", "verdict before", "after"),
                rows,
                title=f"{len(changes):,} {title}",
            )
    same, before, after = difference.same, difference.only_before, difference.only_after
    say(f"{len(difference.better):,} better, {len(difference.worse):,} worse, {same:,} the same")
    if before or after:
        hint(f"{before:,} queries were only asked before, {after:,} only after")


@group.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List the runs that are kept, the newest first."""
    with options.opened() as home, home.database.reading() as session:
        found = list_hit_tests(session, limit)
    if as_json:
        emit({"runs": [summary_of(one) for one in found]})
    elif found:
        shown = ("recall@1", "recall@5", "mrr", "verdict_accuracy")
        table(
            ("run", "name", "queries", *shown, "mode", "build", "model", "made"),
            [
                (
                    one.id,
                    one.name,
                    one.figures.get("queries"),
                    *(_number(one.figures.get(figure)) for figure in shown),
                    one.settings.get("mode"),
                    one.build_id,
                    Path(one.model).name,
                    one.created_at,
                )
                for one in found
            ],
        )
    else:
        say("no hit tests yet; `tongwen hittest --queries FILE` makes one")


@group.command()
def show(
    run: Run,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Result per query: .xlsx, .csv, .jsonl.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show a run that is kept, or write it to a file."""
    with options.opened() as home:
        record, tested = read_run(home, run)
    if out:
        write_results(out, record, tested)
    if as_json:
        emit({**summary_of(record), "results": [tested_document(one) for one in tested]})
    else:
        table((f"run {record.id}", record.name), _figures(record.figures))


@group.command()
def diff(before: Run, after: Run, as_json: options.Json = False) -> None:
    """Say which queries a later run answered better or worse than an earlier one."""
    from indexer.hit_figures import compare

    with options.opened() as home:
        difference = compare(read_run(home, before)[1], read_run(home, after)[1])
    if as_json:
        emit({"before": before, "after": after, **difference_document(difference)})
    else:
        _say_difference(difference)


@group.command()
def delete(run: Run, as_json: options.Json = False) -> None:
    """Remove a run for good."""
    with options.opened() as home, home.database.writing() as session:
        delete_hit_test(session, run)
    if as_json:
        emit({"deleted": run})
    else:
        say(f"run {run} is removed")

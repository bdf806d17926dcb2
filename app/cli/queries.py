"""`tongwen queries`: what was asked, and what people thought of the answers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Annotated, Any

import typer

from app.cli import options
from app.cli.output import emit, say, table
from app.errors import AppError
from app.settings import days_kept
from store.query_log import (
    LoggedQuery,
    clear,
    days_ago,
    list_queries,
    set_feedback,
    stream_queries,
)
from store.tables_out import write_table

group = typer.Typer(help="List, export and clear the log of queries.", no_args_is_help=True)
Days = Annotated[
    int | None, typer.Option("--days", min=1, help="Only of the last days; default: all kept.")
]


@group.command("list")
def list_(
    days: Days = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option(help="answer, did_you_mean or no_answer; may be given again."),
    ] = None,
    helpful: Annotated[
        bool | None,
        typer.Option("--helpful/--unhelpful", help="Only those whose answer helped, or not."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List the queries, the newest first."""
    from indexer.verdicts import Verdict

    unknown = sorted(set(verdict or ()) - set(Verdict))
    if unknown:
        raise AppError(f"no verdict '{unknown[0]}'; choose {', '.join(Verdict)}")
    with options.opened() as home, home.database.reading() as session:
        found = list_queries(
            session, since=_since(days), verdicts=verdict or (), helpful=helpful, limit=limit
        )
    if as_json:
        emit({"queries": [query_document(one) for one in found]})
    elif found:
        table(
            ("query", "id", "verdict", "score", "helped", "ms", "asked"),
            [
                (
                    one.query,
                    one.id,
                    one.verdict,
                    "" if one.score is None else f"{one.score:.3f}",
                    {None: "", True: "yes", False: "no"}[one.helpful],
                    "" if one.took_ms is None else f"{one.took_ms:.0f}",
                    one.asked_at,
                )
                for one in found
            ],
        )
    else:
        say("no queries are logged; `tongwen search` and the page log them")


@group.command()
def export(out: options.OutFile, days: Days = None, as_json: options.Json = False) -> None:
    """Write the log to a .csv, .xlsx or .jsonl file, the oldest query first."""
    headers = [field.name for field in dataclasses.fields(LoggedQuery)]
    with options.opened() as home, home.database.reading() as session:
        rows = (
            list(query_document(one).values())
            for one in stream_queries(session, since=_since(days))
        )
        count = write_table(out, headers, rows, title="queries")
    _said({"out": str(out), "queries": count}, f"{count:,} queries in {out}", as_json)


@group.command("clear")
def clear_(
    older_than: Annotated[
        int | None,
        typer.Option("--older-than", min=0, max=36_500, help="Only those older than so many days."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="The whole log.")] = False,
    as_json: options.Json = False,
) -> None:
    """Remove queries from the log for good."""
    if everything == (older_than is not None):
        raise AppError("say which queries to remove: --older-than DAYS, or --all")
    before = None if older_than is None else days_ago(older_than)
    removed = 0
    with options.opened() as home:
        while True:
            with home.database.writing() as session:
                gone = clear(session, before=before)
            removed += gone
            if not gone:
                break
    _said({"removed": removed}, f"{removed:,} queries removed", as_json)


@group.command()
def feedback(
    query: Annotated[int, typer.Argument(help="Number of the query in the log.")],
    helpful: Annotated[bool, typer.Option("--helpful/--unhelpful", help="Did the answer help?")],
    as_json: options.Json = False,
) -> None:
    """Keep whether the answer to a query helped."""
    with options.opened() as home, home.database.writing() as session:
        set_feedback(session, query, helpful)
    _said({"id": query, "helpful": helpful}, f"query {query} is marked", as_json)


def query_document(one: LoggedQuery) -> dict[str, Any]:
    """Return a logged query in the shape that `--json` promises."""
    return {**dataclasses.asdict(one), "asked_at": one.asked_at.isoformat()}


def _since(days: int | None) -> dt.datetime:
    return days_ago(days_kept(days))


def _said(document: dict[str, Any], line: str, as_json: bool) -> None:
    if as_json:
        emit(document)
    else:
        say(line)

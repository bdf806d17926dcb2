"""`tongwen unanswered`: what people asked in vain, and what is to become of it."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli import options
from app.cli.output import emit, hint, say, table
from app.deciding import decide as decide_here
from app.deciding import sayable
from app.errors import AppError
from app.explaining import shown_score
from app.person import person
from app.screening import near_new
from app.settings import days_kept
from app.unanswered import nearest, unanswered, unanswered_document
from store.builds import live_build
from store.labels import list_labels, remove_labels
from store.models import Decision

group = typer.Typer(help="List what was not answered well, and decide about it.")
Queries = Annotated[list[str], typer.Argument(help="The queries, as they were asked.")]
_NEAREST_SHOWN = 50


@group.callback(invoke_without_command=True)
def list_(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Asked in the last days.")] = 30,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many groups.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List the queries without a good answer, grouped by meaning, those of most visits first."""
    if options.is_for_another(context):
        return
    days = days_kept(days)
    with options.opened() as home:
        groups = unanswered(home, days)[:limit]
        with home.database.reading() as session:
            indexed = live_build(session) is not None
        searcher = home.searcher() if indexed else None
        near = [
            nearest(searcher, one.lead) if searcher and place < _NEAREST_SHOWN else ()
            for place, one in enumerate(groups)
        ]
    if as_json:
        documents = [unanswered_document(*pair) for pair in zip(groups, near, strict=True)]
        emit({"days": days, "unanswered": documents})
    elif groups:
        table(
            ("query", "visits", "asked", "last 7 days", "trend", "nearest entry", "score"),
            [
                (
                    "\n".join(query.query for query in one.queries[:5]),
                    one.askers,
                    one.asked,
                    one.recent,
                    one.trend,
                    f"{hits[0].entry_id} {hits[0].question}" if hits else "",
                    shown_score(hits[0].score) if hits else "",
                )
                for one, hits in zip(groups, near, strict=True)
            ],
        )
        hint("decide about one: `tongwen unanswered decide QUERY --similar ENTRY`")
    else:
        say(f"every query of the last {days} days was answered, or decided about")


@group.command()
def decide(
    queries: Queries,
    similar: Annotated[
        int | None, typer.Option(metavar="ENTRY", help="They are similar questions of it.")
    ] = None,
    negative: Annotated[
        int | None, typer.Option(metavar="ENTRY", help="It must not answer them.")
    ] = None,
    new: Annotated[
        str | None, typer.Option(metavar="COLLECTION", help="They become a new entry of it.")
    ] = None,
    answer: Annotated[str, typer.Option(help="Answer of the new entry; a draft without.")] = "",
    not_ours: Annotated[
        bool, typer.Option("--not-ours", help="Nothing here answers them.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Decide about queries that mean the same; they don't come back, and label hit tests."""
    chosen = {
        Decision.SIMILAR: similar,
        Decision.NEGATIVE: negative,
        Decision.NEW: new,
        Decision.NOT_OURS: not_ours or None,
    }
    said = [(key, value) for key, value in chosen.items() if value is not None]
    if len(said) != 1:
        raise AppError("say one of --similar ENTRY, --negative ENTRY, --new COLLECTION, --not-ours")
    decision, value = said[0]
    if answer and decision is not Decision.NEW:
        raise AppError("--answer is that of a new entry; give --new COLLECTION with it")
    with options.opened() as home:
        near = near_new(home, new.strip(), queries) if new and new.strip() else ()
        entry_id = decide_here(
            home,
            queries,
            decision,
            entry_id=value if isinstance(value, int) and not isinstance(value, bool) else None,
            collection=value if isinstance(value, str) else "",
            answer=answer,
            by=person(),
        )
    masked = [query for query in queries if not sayable([query])] if entry_id else []
    document = {"decision": str(decision), "entry_id": entry_id, "queries": queries}
    if as_json:
        emit({**document, "only_labelled": masked, "near": near})
        return
    say(f"{len(queries):,} queries decided" + (f", entry {entry_id}" if entry_id else ""))
    for query in masked:
        hint(f"'{query}' was masked: it labels hit tests, and is no question of entry {entry_id}")
    for one in near:
        hint(
            f"entry {one.entry_id} asks much the same ({one.score:.3f}): {one.question};"
            f" `tongwen duplicates merge {one.entry_id} {entry_id}` makes them one"
        )


@group.command()
def decided(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest.")] = 50,
    as_json: options.Json = False,
) -> None:
    """List what was decided, the newest first."""
    with options.opened() as home, home.database.reading() as session:
        found = list_labels(session, limit)
    if as_json:
        emit({"decided": found})
    elif found:
        rows = [
            (one.query, one.decision, one.entry_id, one.decided_by, one.decided_at) for one in found
        ]
        table(("query", "decision", "entry", "by", "when"), rows)
    else:
        say("nothing was decided yet")


@group.command()
def reopen(queries: Queries, as_json: options.Json = False) -> None:
    """Take decisions back, so that the queries are listed again; entries stay as they are."""
    with options.opened() as home, home.database.writing() as session:
        removed = remove_labels(session, queries)
    if not removed:
        raise AppError(
            f"nothing is decided about '{queries[0]}'; `tongwen unanswered decided` lists what is"
        )
    if as_json:
        emit({"reopened": removed})
    else:
        say(f"{removed:,} decisions taken back")

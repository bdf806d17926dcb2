"""`tongwen init`, `collections` and `show`: making the base, and what there is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import options
from app.cli.output import emit, hint, say, table
from app.home import create_folder, open_home
from app.settings import read_settings

if TYPE_CHECKING:
    from store.entries import EntryRecord

group = typer.Typer()


@group.command()
def init(as_json: options.Json = False) -> None:
    """Create the working folder and its database, or upgrade an older one."""
    settings = read_settings()
    create_folder(settings.folder)
    with open_home(settings, check=False) as home:
        before = home.database.version()
        home.database.upgrade()
        now = home.database.version()
    if as_json:
        url = home.database.url.render_as_string()
        emit({"home": home.folder, "database": url, "was": before, "version": now})
        return
    what = "ready" if before == now else "created" if before is None else "upgraded"
    say(f"{what}: {home.database.name}")
    hint("next: `tongwen import FILE --collection NAME`, or `tongwen demo`")


@group.command()
def collections(as_json: options.Json = False) -> None:
    """List the collections."""
    from store.collections import summaries

    with options.opened() as home, home.database.reading() as session:
        found = summaries(session)
    if as_json:
        emit({"collections": found})
    elif found:
        table(
            ("collection", "entries", "active", "questions", "updated"),
            [(c.name, c.entries, c.active_entries, c.questions, c.updated_at) for c in found],
        )
    else:
        say("no collection yet; run `tongwen import FILE --collection NAME` or `tongwen demo`")


@group.command()
def show(
    collection: options.Collection,
    limit: Annotated[int, typer.Option(min=0, max=1000, help="How many entries to show.")] = 10,
    as_json: options.Json = False,
) -> None:
    """Show a collection: its size, categories, tags and first entries."""
    from store.collections import categories, find_collection, summaries, tags
    from store.entries import browse

    with options.opened() as home, home.database.reading() as session:
        name = find_collection(session, collection).name
        summary = next(c for c in summaries(session) if c.name == name)
        groups, labels = categories(session, name), tags(session, name)
        entries = browse(session, collection=name, limit=limit) if limit else []
    if as_json:
        emit({"collection": summary, "categories": groups, "tags": labels, "entries": entries})
        return
    say(
        f"{name}: {summary.entries:,} entries ({summary.active_entries:,} active),"
        f" {summary.questions:,} questions"
    )
    for title, values in (("categories", groups), ("tags", labels)):
        if values:
            say(f"{title}: {', '.join(values)}")
    if entries:
        _print_entries(entries)
    if summary.entries > len(entries):
        hint(f"first {len(entries):,} entries; `tongwen export` writes them all")


def _print_entries(entries: Sequence[EntryRecord]) -> None:
    table(
        ("id", "external id", "question", "similar", "category", "status"),
        [
            (
                str(entry.id),
                entry.draft.external_id,
                entry.draft.standard,
                len(entry.draft.similar),
                entry.draft.category,
                str(entry.draft.status),
            )
            for entry in entries
        ],
    )

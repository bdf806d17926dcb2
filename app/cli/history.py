"""`tongwen history`: what an entry said when, by whom, and bringing it back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli import options
from app.cli.output import emit, hint, say, table
from app.person import person
from store.drafts import EntryDraft
from store.duplicate_entries import find_entry
from store.errors import NotFoundError
from store.history import RevisionRecord, history
from store.restoring import restore_entry
from store.snapshots import draft_to_json

group = typer.Typer()


@group.command("history")
def history_(
    entry: Annotated[str, typer.Argument(help="Number of the entry, or its own id.")],
    restore: Annotated[
        int | None,
        typer.Option(help="Make it say again what it said after that revision; 0: at first."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show every change of an entry with before and after, or restore an earlier revision."""
    with options.opened() as home:
        with home.database.reading() as session:
            number = _number(session, entry)
            found = history(session, number)
        if restore is not None:
            with home.database.writing(by=person()) as session:
                changed = restore_entry(session, number, restore)
                found = history(session, number)
    if as_json:
        emit({"entry": number, "revisions": [_document(one) for one in found]})
    elif restore is not None:
        say(f"entry {number} says again what it did" if changed else "it says that already")
    elif found:
        table(
            ("revision", "when", "by", "what", "changed"),
            [(r.id, r.changed_at, r.by, str(r.action), ", ".join(changes(r))) for r in found],
        )
        hint(f"`tongwen history {number} --restore REVISION` brings one back; 0 is the first")
    else:
        say("nothing was changed since it was imported")


def _number(session: Any, entry: str) -> int:
    try:
        return find_entry(session, entry)
    except NotFoundError:
        # One that is gone still has a history, by its number.
        if entry.isdecimal() and history(session, int(entry), limit=1):
            return int(entry)
        raise


def changes(revision: RevisionRecord) -> list[str]:
    """Return the names of the fields that a change touched."""
    before, after = _said(revision.before), _said(revision.after)
    return [name for name in after or before if before.get(name) != after.get(name)]


def _said(draft: EntryDraft | None) -> dict[str, Any]:
    return {} if draft is None else draft_to_json(draft)


def _document(one: RevisionRecord) -> dict[str, Any]:
    return {
        "revision": one.id,
        "action": str(one.action),
        "by": one.by,
        "changed_at": one.changed_at,
        "changed": changes(one),
        "before": None if one.before is None else draft_to_json(one.before),
        "after": None if one.after is None else draft_to_json(one.after),
    }

"""What `tongwen import --on-duplicate` does about a row that asks the same as an entry."""

from __future__ import annotations

import sys

import typer
from rich.text import Text

from app.cli.output import err
from app.errors import AppError
from app.home import Home
from app.screening import known_entries
from indexer.duplicates.requests import read_threshold
from store.drafts import EntryDraft
from store.screening import Fate, Resemblance, Screen

_KEYS = {"a": Fate.ADD, "s": Fate.SKIP, "m": Fate.SIMILAR}


def screen_for(
    home: Home, collection: str, how: str, threshold: str = "auto", model: str | None = None
) -> Screen:
    """Return what an import asks about its new rows: a person, or always the same answer."""
    if how == "ask" and not sys.stdin.isatty():
        raise AppError("--on-duplicate ask needs a terminal; choose skip, similar or add")
    known = known_entries(home, collection, read_threshold(threshold), model)
    if how == "ask":
        return known.screen(ask)
    return known.screen(lambda draft, like: Fate(how))


def ask(draft: EntryDraft, like: Resemblance) -> Fate:
    """Ask the person at the terminal about one row."""
    err().print(Text(f"{draft.standard}\n  is like entry {like.entry_id}: {like.question}"))
    err().print(Text(f"  {like.score:.3f}; [a]dd, [s]kip, or add as a si[m]ilar question"))
    while True:
        try:
            key = typer.prompt("a/s/m", default="a", err=True).strip().lower()[:1]
        except typer.Abort as error:  # Ctrl-C interrupts here as it does everywhere.
            raise KeyboardInterrupt from error
        if key in _KEYS:
            return _KEYS[key]

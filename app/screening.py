"""Checking before saving: what is nearest to a new question, and what is to be done about it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from app.cli.output import err
from app.home import Home, load_encoder
from indexer.duplicates.requests import read_threshold
from store.drafts import EntryDraft
from store.screening import Fate, Resemblance, Screen

if TYPE_CHECKING:
    from indexer.duplicates.screening import Known

_KEYS = {"a": Fate.ADD, "s": Fate.SKIP, "m": Fate.SIMILAR}


def screen_for(
    home: Home, collection: str, how: str, threshold: str = "auto", model: str | None = None
) -> Screen:
    """Return what an import asks about its new rows: a person, or always the same answer."""
    known = known_entries(home, collection, read_threshold(threshold), model)
    if how == "ask":
        return known.screen(ask if sys.stdin.isatty() else lambda draft, like: Fate.ADD)
    return known.screen(lambda draft, like: Fate(how))


def known_entries(
    home: Home,
    collection: str,
    threshold: float | None = None,
    model: str | None = None,
) -> Known:
    """Return what is there to be compared with."""
    from indexer.duplicates.screening import Known

    encoder = load_encoder(home.model_to_index(model))
    return Known.read(home.database, home.folder, encoder, collection, threshold)


def ask(draft: EntryDraft, like: Resemblance) -> Fate:
    """Ask the person at the terminal about one row."""
    err().print(Text(f"{draft.standard}\n  is like entry {like.entry_id}: {like.question}"))
    err().print(Text(f"  {like.score:.3f}; [a]dd, [s]kip, or add as a si[m]ilar question"))
    while True:
        key = typer.prompt("a/s/m", default="a", err=True).strip().lower()[:1]
        if key in _KEYS:
            return _KEYS[key]

"""Options that several commands share, so that they are spelled and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.errors import AppError
from app.home import Home, open_home
from app.settings import read_settings

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Model = Annotated[
    str | None,
    typer.Option("--model", "-M", help="Preset, folder or hub name; default: TONGWEN_MODEL."),
]
Collection = Annotated[str, typer.Option("--collection", "-c", help="Name of the collection.")]
Collections = Annotated[
    list[str] | None,
    typer.Option("--collection", "-c", help="Only this collection; may be given again."),
]
OutFile = Annotated[Path, typer.Option("--out", "-o", help="File to write.")]


def is_for_another(context: typer.Context) -> bool:
    """Whether a subcommand follows; AppError where options before it would go unheard."""
    if context.invoked_subcommand is None:
        return False
    sources = (context.get_parameter_source(name) for name in context.params)
    if any(source is not None and source.name == "COMMANDLINE" for source in sources):
        raise AppError(
            f"`{context.invoked_subcommand}` does not hear the options before it;"
            " write its own behind it"
        )
    return True


def opened(*, create: bool = False) -> Home:
    """Open the working folder that the environment names."""
    return open_home(read_settings(), create=create)

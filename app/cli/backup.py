"""`tongwen backup` and `tongwen restore`: a whole base as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli import options
from app.cli.output import emit, hint, say
from app.home import create_folder, open_home
from app.settings import read_settings

group = typer.Typer()


@group.command()
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.")],
    builds: Annotated[
        bool,
        typer.Option(
            "--builds/--no-builds", help="With the live index; without, it is made again."
        ),
    ] = True,
    as_json: options.Json = False,
) -> None:
    """Write everything into one file, of one moment, while others go on working."""
    from indexer.archive import back_up

    with options.opened() as home:
        done = back_up(home.database, home.folder, file, with_build=builds)
    if as_json:
        emit(done)
        return
    say(f"{done.file}: {done.size_bytes / 1e6:,.1f} MB")
    hint(f"with build {done.build}" if done.build else "without a build: it is made again")


@group.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `tongwen backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Move a base that is there aside.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Put a backup into the working folder; stop whatever works there first."""
    from indexer.archive import restore as restore_base

    settings = read_settings()
    create_folder(settings.folder)
    with open_home(settings, check=False) as home:
        done = restore_base(file, home.database, home.folder, replace=replace)
    if as_json:
        emit({**vars(done), "home": home.folder})
        return
    say(f"restored {done.file}, made at {done.made_at}, into {home.folder}")
    if done.build:
        hint("next: `tongwen doctor`")
    else:
        hint("it has no build; `tongwen doctor --fix` makes it again from the stored vectors")

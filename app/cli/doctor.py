"""`tongwen doctor`: whether everything agrees, what helps, and with `--fix` the help itself."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli import options
from app.cli.output import emit, say, table
from app.home import open_home
from app.settings import read_settings
from store.errors import StoreError

group = typer.Typer()


@group.command()
def doctor(
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended without the model.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Examine database, vectors, builds, jobs, model and disk; exit 1 when something is wrong."""
    from indexer.doctor import examine
    from indexer.errors import IndexerError
    from indexer.mending import mend

    with open_home(read_settings(), check=False) as home:
        fixed: list[str] = []
        not_fixed = ""
        try:
            if fix and home.database.version():
                fixed.extend(mend(home.database, home.folder))
        except (IndexerError, StoreError) as error:
            not_fixed = str(error)
        findings = examine(home.database, home.folder, silent_seconds=home.silent_seconds)
    sound = not not_fixed and all(finding.level != "problem" for finding in findings)
    if as_json:
        counts = {name: n for finding in findings for name, n in finding.counts.items()}
        told = {"fixed": fixed, "not_fixed": not_fixed, "findings": findings}
        emit({"sound": sound, **counts, **told})
    else:
        table(
            ("", "subject", "finding", "remedy"),
            [(f.level, f.subject, f.text, f.remedy) for f in findings],
        )
        for line in fixed:
            say(f"fixed: {line}")
        if not_fixed:
            say(f"not fixed: {not_fixed}")
        say("sound" if sound else "not sound; see the remedies above")
    if not sound:
        raise typer.Exit(1)

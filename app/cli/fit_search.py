"""`tongwen model fit-search`: how much words count beside meaning, fitted on labelled queries."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.calibration import shipped_queries
from app.cli import options
from app.cli.output import emit, say, table
from app.cli.training import group
from app.errors import AppError
from app.home import full_name, load_encoder

# The group that the other `model` commands belong to, with this one added to it.
__all__ = ["group"]

_SHOWN = 8


@group.command("fit-search")
def fit_search(
    queries: Annotated[
        list[Path] | None, typer.Option("--queries", help="Labelled queries; may be given again.")
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Use the queries that ship, each in its collection.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Fit the weights of the hybrid search on the indexed base; changes nothing."""
    from indexer.fitting import QuerySet, fit_weights
    from indexer.fusion import FITTED
    from indexer.labelled import read_labelled

    if bool(queries) == shipped:
        raise AppError("give either --queries FILE or --shipped")
    files = list(shipped_queries().items()) if shipped else [(None, path) for path in queries or []]
    sets = [QuerySet(name, read_labelled(path).queries) for name, path in files]
    with options.opened() as home:
        fits = fit_weights(home.database, home.folder, load_encoder, sets, full_name(home.model))
    now = next((fit for fit in fits if fit.weights == FITTED), None)
    shown = [*fits[:_SHOWN], *([now] if now and now not in fits[:_SHOWN] else [])]
    rows = [
        {
            **asdict(fit.weights),
            "recall@1": round(fit.recall_at_1, 2),
            "recall@5": round(fit.recall_at_5, 2),
            "each": [round(one, 2) for one in fit.each],
            "in_use": fit is now,
        }
        for fit in shown
    ]
    if as_json:
        emit({"best": rows[0], "tried": rows})
        return
    table(tuple(rows[0]), [tuple(row.values()) for row in rows])
    best = fits[0].weights
    named = ", ".join(f"{name}={value:g}" for name, value in asdict(best).items())
    say(f"best: {named}; those in use are in indexer/fusion.py")

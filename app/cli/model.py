"""`tongwen model show`: what an encoder is, read from its files."""

from __future__ import annotations

import typer

from app.cli import options
from app.cli.output import emit, table
from app.home import load_encoder
from app.settings import read_settings

group = typer.Typer(help="Look at, train, measure and export models.", no_args_is_help=True)


@group.callback()
def _models() -> None:
    """Look at a model."""


@group.command()
def show(model: options.Model = None, as_json: options.Json = False) -> None:
    """Show layers, width, parameters, fingerprint and device of a model."""
    encoder = load_encoder(model or read_settings().model)
    facts = {
        "name": encoder.name,
        "layers": encoder.layers,
        "width": encoder.width,
        "dimension": encoder.dimension,
        "parameters": encoder.parameters,
        "max_tokens": encoder.max_tokens,
        "fingerprint": encoder.fingerprint,
        "device": encoder.device,
    }
    if as_json:
        emit(facts)
    else:
        table(("", "model"), facts.items())

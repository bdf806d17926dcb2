"""`tongwen encode`: texts become vectors."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from app.cli import options
from app.cli.output import emit, hint, progress, say
from app.errors import AppError
from app.home import load_encoder
from app.settings import read_settings
from store.files.aside import aside, check_out

group = typer.Typer()


@group.command()
def encode(
    source: Annotated[Path, typer.Option("--input", "-i", help="UTF-8 text, one text a line.")],
    out: options.OutFile,
    model: options.Model = None,
    as_json: options.Json = False,
) -> None:
    """Turn the lines of a file into float32 unit vectors, one row a line (.npy)."""
    import numpy as np

    check_out(out, sources=[source])
    texts = read_lines(source)
    encoder = load_encoder(model or read_settings().model)
    started = time.perf_counter()
    with progress("encode") as report:
        encoded = encoder.encode(texts, progress=report)
    seconds = time.perf_counter() - started
    with aside(out) as path, path.open("wb") as file:  # by a path, numpy would add a suffix
        np.save(file, encoded.vectors)
    if as_json:
        emit(
            {
                "texts": len(texts),
                "dimension": encoder.dimension,
                "truncated": encoded.truncated,
                "model": encoder.name,
                "fingerprint": encoder.fingerprint,
                "seconds": round(seconds, 3),
                "out": str(out),
            }
        )
        return
    say(f"{len(texts):,} vectors of {encoder.dimension} numbers in {out}")
    hint(f"{seconds:.1f} s, {len(texts) / max(seconds, 1e-9):,.0f} texts/s, model {encoder.name}")
    if encoded.truncated:
        hint(f"{encoded.truncated:,} texts were cut at {encoder.max_tokens} tokens")


def read_lines(path: Path) -> list[str]:
    """Return the lines exactly as given; AppError names the first empty one.

    Only a line feed (or CR LF) ends a line: the other separators that Python knows,
    like U+2028, can stand inside a question.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise AppError(f"cannot read {path} ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise AppError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    if not text.strip():
        raise AppError(f"{path} holds no text; put one text a line")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            raise AppError(f"{path}, line {number}: empty text; remove the line or fill it")
    return lines

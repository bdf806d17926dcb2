"""`tongwen benchmark`: figures with everything that is needed to repeat them."""

from __future__ import annotations

import datetime as dt
import json
import shlex
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import options
from app.cli.output import emit, hint, say
from app.errors import AppError
from app.home import create_folder
from store.files.aside import aside, check_out

group = typer.Typer(help="Measure this machine.", no_args_is_help=True)


@group.callback()
def _benchmarks() -> None:
    """Measure this machine."""


@group.command()
def jobs(
    out: options.OutFile,
    questions: Annotated[
        Path | None, typer.Option(help="One question a line, .gz too; without, made-up ones.")
    ] = None,
    sizes: Annotated[str, typer.Option(help="Numbers of questions.")] = "10000,100000,1000000",
    model: options.Model = None,
    queries: Annotated[int, typer.Option(min=10, help="Searches at each size.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of the made-up questions.")] = 1,
    work: Annotated[
        Path | None, typer.Option(help="Folder for the bases; 10 GB for a million questions.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Measure import, reindex, an unchanged reindex and search, into a results file."""
    from app.benchmarking import Task, as_markdown, measure_size
    from app.home import full_name
    from app.settings import read_settings

    check_out(out, sources=[questions] if questions else ())
    task = Task(questions, _sizes(sizes), full_name(model or read_settings().model), queries, seed)
    about = {"model": task.model, "seed": seed}
    results = _measured(
        out, about, task.sizes, lambda size, folder: measure_size(task, size, folder), work
    )
    emit(results) if as_json else say(as_markdown(results))


@group.command()
def duplicates(
    out: options.OutFile,
    questions: Annotated[
        Path | None, typer.Option(help="One text a line, .gz too; without, made-up ones.")
    ] = None,
    sizes: Annotated[str, typer.Option(help="Numbers of texts.")] = "12000,100000,1000000",
    threshold: Annotated[
        float, typer.Option(min=0.3, max=1.0, help="Cosine from which on two texts are alike.")
    ] = 0.9,
    compare: Annotated[
        int, typer.Option(help="The size at which other libraries are measured too.")
    ] = 100_000,
    sample: Annotated[
        int, typer.Option(min=100, help="So many texts are compared each with each.")
    ] = 100_000,
    model: options.Model = None,
    seed: Annotated[int, typer.Option(help="Of the made-up texts.")] = 1,
    work: Annotated[Path | None, typer.Option(help="Folder for the bases.")] = None,
    as_json: options.Json = False,
) -> None:
    """Measure finding duplicates among stored vectors, beside two libraries."""
    from app.benchmarking import Task
    from app.benchmarking_duplicates import DuplicateTask, as_markdown, measure_duplicates
    from app.home import full_name
    from app.settings import read_settings

    check_out(out, sources=[questions] if questions else ())
    name = full_name(model or read_settings().model)
    texts = Task(questions, _sizes(sizes), name, 0, seed)
    task = DuplicateTask(texts, threshold, compare, sample)
    about = {"model": texts.model, "threshold": threshold, "seed": seed}
    results = _measured(
        out, about, texts.sizes, lambda size, folder: measure_duplicates(task, size, folder), work
    )
    emit(results) if as_json else say(as_markdown(results))


@group.command()
def table(
    results: Annotated[Path, typer.Argument(help="A file that a benchmark wrote.")],
) -> None:
    """Print the Markdown table of a results file."""
    try:
        say(markdown_of(json.loads(results.read_text(encoding="utf-8"))))
    except OSError as error:
        raise AppError(f"cannot read {results} ({error.strerror}); check the path") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AppError(f"{results} is not a file that a benchmark wrote; name one") from error


def markdown_of(results: Mapping[str, Any]) -> str:
    """Return the table of a results file, whichever benchmark wrote it."""
    from app import benchmarking, benchmarking_duplicates

    if "threshold" in results:  # only finding duplicates has one
        return benchmarking_duplicates.as_markdown(results)
    return benchmarking.as_markdown(results)


def _measured(
    out: Path,
    about: Mapping[str, object],
    sizes: Sequence[int],
    measure: Callable[[int, Path], object],
    work: Path | None,
) -> dict[str, Any]:
    """Measure each size in a folder of its own, and keep the results file up to date."""
    from indexer.speed import machine

    results: dict[str, Any] = {
        "command": shlex.join(["tongwen", *sys.argv[1:]]),
        "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        **about,
        "machine": machine(),
        "sizes": [],
    }
    if work:
        work = work.resolve()  # the commands that are measured run elsewhere
        create_folder(work, "choose another --work")
    for size in sizes:
        hint(f"{size:,} texts ...")
        with tempfile.TemporaryDirectory(dir=work) as folder:
            results["sizes"].append(measure(size, Path(folder)))
        # After each size: what was measured is not lost with what comes after.
        _write(out, results)
    return results


def _sizes(text: str) -> tuple[int, ...]:
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise AppError(f"--sizes {text!r} are not numbers; write e.g. 10000,100000") from error
    if min(found) < 10:
        raise AppError(f"--sizes {text!r} has less than 10; ask for more questions")
    return found


def _write(path: Path, results: object) -> None:
    try:
        text = json.dumps(results, ensure_ascii=False, indent=1)
        with aside(path) as place:
            place.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise AppError(f"cannot write {path} ({error.strerror}); choose another --out") from error

"""`tongwen model …` beyond `show`: train, distil, evaluate, time, compare and export models."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import options
from app.cli.model import group
from app.cli.output import emit, hint, progress, say, table
from app.errors import AppError
from app.home import create_folder, load_encoder
from app.settings import SAMPLE_COLLECTIONS, read_settings
from store.files.aside import check_out

if TYPE_CHECKING:
    from indexer.encoder import Encoder

# The group that `show` belongs to as well, with the commands below added to it.
__all__ = ["group"]

Pairs = Annotated[
    list[str] | None,
    typer.Option("--pairs", help="NAME=FILE, lines of text TAB text TAB label; may be repeated."),
]
Data = Annotated[Path, typer.Option("--data", help="Folder that the recipe's paths start from.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Run folder; the same one continues.")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="CPU threads to use.")]


@group.command()
def train(
    recipe: Annotated[Path, typer.Argument(help="Recipe, a TOML file.")],
    data: Data,
    out: Out,
    share: Annotated[
        float,
        typer.Option(
            "--share", min=0, max=1, help="Run this share of every stage's steps, then stop."
        ),
    ] = 1.0,
    threads: Threads = None,
) -> None:
    """Run a recipe: tokenizer, teacher, student; started again, it continues."""
    from indexer.training.recipe import read_recipe
    from indexer.training.road import run_road

    _set_threads(threads)
    wanted = read_recipe(recipe)
    create_folder(out, "choose another --out")
    with progress("train") as report:
        folder = run_road(wanted, data, out, hint, share=share, progress=report)
    say(f"model in {folder / 'model'}; curve in {folder / 'curve.png'}")


@group.command()
def distill(
    teacher: Annotated[Path, typer.Option("--teacher", help="Folder of the deeper model.")],
    data: Data,
    out: Out,
    layers: Annotated[int, typer.Option("--layers", min=1, help="Layers of the student.")] = 4,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", help="Recipe; default: the shipped model's.")
    ] = None,
    threads: Threads = None,
) -> None:
    """Distil a teacher into a student of fewer layers, which start as the teacher's own."""
    from indexer.training.recipe import DEFAULT_RECIPE, read_recipe
    from indexer.training.road import distil_from

    _set_threads(threads)
    wanted = read_recipe(recipe or DEFAULT_RECIPE)
    create_folder(out, "choose another --out")
    with progress("distill") as report:
        folder = distil_from(
            wanted,
            teacher,
            layers,
            data,
            out,
            hint,
            progress=report,
        )
    say(f"model in {folder / 'model'}; curve in {folder / 'curve.png'}")


@group.command()
def evaluate(
    model: options.Model = None,
    pairs: Pairs = None,
    retrieval: Annotated[
        Path | None, typer.Option("--retrieval", help="FAQ rows (JSONL) with `queries`.")
    ] = None,
    mode: Annotated[str, typer.Option("--mode", help="dense, lexical or hybrid.")] = "dense",
    as_json: options.Json = False,
) -> None:
    """Measure a model: Spearman x100 on pair files, or recall on labelled queries."""
    from indexer.evaluation import evaluate_pairs, evaluate_retrieval, read_labelled_base
    from indexer.search import MODES
    from indexer.trial import evaluate_search

    if mode not in MODES:
        raise AppError(f"no search mode {mode!r}; choose {', '.join(MODES)}")
    if pairs and mode != "dense":
        raise AppError("pairs are compared by meaning alone; use --mode dense")
    if bool(pairs) == bool(retrieval):
        raise AppError("nothing to measure on; give either --pairs NAME=FILE or --retrieval FILE")
    encoder = _encoder(model)
    if retrieval:
        base = read_labelled_base(retrieval)
        found = evaluate_retrieval(encoder, base) if mode == "dense" else None
        with progress("search") as report:
            found = found or evaluate_search(encoder, base, mode, progress=report)
        figures = {
            "recall@1": round(found.recall_at_1, 2),
            "recall@5": round(found.recall_at_5, 2),
            "recall@10": round(found.recall_at_10, 2),
            "mrr@10": round(found.mrr_at_10, 2),
            "queries": found.queries,
        }
        _show(figures, as_json, "retrieval")
        return
    scores = evaluate_pairs(encoder, _named_files(pairs or []))
    sets = {name: round(value, 2) for name, value in scores.sets.items()}
    if as_json:
        emit({"model": scores.model, "sets": sets, "mean": round(scores.mean, 2)})
    else:
        table(("set", "Spearman x100"), [*sets.items(), ("mean", round(scores.mean, 2))])


@group.command()
def speed(
    model: options.Model = None,
    against: Annotated[
        str | None, typer.Option("--against", help="A second model, timed in turn with it.")
    ] = None,
    texts: Annotated[
        Path | None, typer.Option("--texts", help="Texts, one a line; default: shipped questions.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Time a model: 10,000 short sentences, one alone, and batches of 256 tokens."""
    from indexer.speed import machine, measure_all

    encoders = [_encoder(model), *([load_encoder(against)] if against else [])]
    speeds = measure_all(encoders, _texts(texts))
    ratio = speeds[0].short_per_second / speeds[1].short_per_second if against else None
    if as_json:
        rows = [{k: _rounded(v) for k, v in dataclasses.asdict(s).items()} for s in speeds]
        document: dict[str, object] = {**rows[0], "machine": machine()}
        if ratio is not None:
            document |= {"against": rows[1], "speedup": round(ratio, 3)}
        emit(document)
        return
    columns = [dataclasses.asdict(s) for s in speeds]
    table(
        ("", *(["model"] if not against else ["model", "against"])),
        [(name, *(_rounded(c[name]) for c in columns)) for name in columns[0]],
    )
    if ratio is not None:
        say(f"{ratio:.2f} times as many short sentences a second")


@group.command()
def compare(
    teacher: Annotated[str, typer.Argument(help="Folder, preset or hub name.")],
    student: Annotated[str, typer.Argument(help="Folder, preset or hub name.")],
    pairs: Pairs = None,
    as_json: options.Json = False,
) -> None:
    """Print the card's two tables, quality and cost, with the gap between two models."""
    from indexer.comparison import compare_models

    found = compare_models(
        load_encoder(teacher), load_encoder(student), _named_files(pairs or []), _texts(None)
    )
    if as_json:
        emit(found.as_document())
    else:
        say(found.as_markdown())


@group.command("train-reading")
def train_reading(
    data: Data,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", help="Recipe; default: that of what ships.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder; default: where it is used.")
    ] = None,
    threads: Threads = None,
    as_json: options.Json = False,
) -> None:
    """Train what reads two questions a second time, side by side; takes two hours."""
    from indexer.guarding.second_reading import FOLDER
    from indexer.models import DEFAULT_MODEL, EMBEDDED_MODELS
    from indexer.training import second_reading

    _set_threads(threads)
    if out:
        check_out(out)
    with progress("pairs") as report:
        found = second_reading.train(
            _folder(DEFAULT_MODEL),
            data,
            out or EMBEDDED_MODELS / FOLDER,
            recipe=recipe or second_reading.RECIPE,
            progress=report,
        )
    _sum_up(found.folder)
    facts = {k: _rounded(v) for k, v in dataclasses.asdict(found).items()}
    _show(facts | {"folder": str(found.folder)}, as_json, "second reading")


@group.command("export-onnx")
def export(
    model: options.Model = None,
    int8: Annotated[bool, typer.Option("--int8", help="Quantise the weights to int8.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File; default: onnx/ in the model.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Write the model as one ONNX file, from token numbers to the sentence vector."""
    from indexer.model_files import read_model_files
    from indexer.onnx_encoder import INT8_FILE
    from indexer.training.onnx_export import FLOAT_FILE, export_onnx

    if out:
        check_out(out)
    folder = _folder(model)
    read_model_files(folder)  # says what is wrong with a folder that is no model
    path = export_onnx(folder, out or folder / (INT8_FILE if int8 else FLOAT_FILE), int8=int8)
    if not out:
        _sum_up(folder)
    facts = {"out": str(path), "bytes": path.stat().st_size, "int8": int8}
    _show(facts, as_json, "export")


def _folder(model: str | None) -> Path:
    from indexer.models import DEFAULT_MODEL, locate, resolve

    return locate(resolve(model or read_settings().model or DEFAULT_MODEL))


def _sum_up(folder: Path) -> None:
    """Write the checksums of a folder anew, if it has any."""
    from indexer.training.folder import CHECKSUMS, write_checksums

    if (folder / CHECKSUMS).exists():
        write_checksums(folder)


def _encoder(model: str | None) -> Encoder:
    from indexer.models import DEFAULT_MODEL

    return load_encoder(model or read_settings().model or DEFAULT_MODEL)


def _named_files(pairs: list[str]) -> dict[str, Path]:
    files = {}
    for pair in pairs:
        name, separator, path = pair.partition("=")
        if not separator or not name or not path:
            raise AppError(f"--pairs {pair!r} is not NAME=FILE")
        if name in files:
            raise AppError(f"--pairs {name} is given twice; call the second something else")
        if not Path(path).exists():
            raise AppError(f"no pair file {path}; check --pairs {name}")
        files[name] = Path(path)
    return files


def _texts(path: Path | None) -> list[str]:
    """Return the given lines, or the shipped questions."""
    import json

    if path:
        from app.cli.encoding import read_lines

        return read_lines(path)
    rows = [
        json.loads(line)
        for file in sorted(SAMPLE_COLLECTIONS.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return [text for row in rows for text in (row["question"], *row["similar"])]


def _rounded(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


def _show(facts: dict[str, object] | dict[str, float], as_json: bool, title: str) -> None:
    if as_json:
        emit(facts)
    else:
        table((title, ""), facts.items())


def _set_threads(threads: int | None) -> None:
    if threads:
        import torch

        torch.set_num_threads(threads)

"""Calibration as the command asks for it: which queries, what is kept, what is shipped."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import AppError
from app.home import Home, load_encoder
from app.settings import LABELLED_QUERIES
from store.calibrations import CalibrationRecord
from store.files.aside import aside, check_out

_HEADER = """\
# The thresholds of a base that nobody calibrated, by the fingerprint of the model.
# Fitted on the labelled queries that ship, each file within its own collection:
#   tongwen calibrate --shipped --write-defaults indexer/thresholds.toml
"""


@dataclass(frozen=True)
class Calibrated:
    """What was fitted, and what of the queries was no use."""

    record: CalibrationRecord
    missing: tuple[str, ...]
    unread: int


def shipped_queries() -> dict[str, Path]:
    """Return the labelled queries that ship, by the collection that they are about."""
    found = {path.stem: path for path in sorted(LABELLED_QUERIES.glob("*.jsonl"))}
    if not found:
        raise AppError(f"no labelled queries in {LABELLED_QUERIES}; give --queries FILE")
    return found


def calibrate_home(
    home: Home,
    files: Sequence[tuple[str, Path]],
    collection: str,
    progress: Callable[[int, int], None] | None = None,
    *,
    keep: bool = True,
    labelled: bool = False,
) -> Calibrated:
    """Fit thresholds on files, each asked within the collection named beside it.

    With `labelled`, what was decided about unanswered queries is asked as well.
    """
    from indexer.calibrating import ask_all, calibrate
    from indexer.calibrating import keep as keep_it
    from indexer.labelled import Labelled, decided_queries, read_labelled

    queries: dict[str, list[Labelled]] = {}
    unread = 0
    for within, path in files:
        read = read_labelled(path)
        queries.setdefault(within, []).extend(read.queries)
        unread += len(read.faults)
    if labelled:
        with home.database.reading() as session:
            decided = decided_queries(session, [collection] if collection else ())
        queries.setdefault(collection, []).extend(decided.queries)
        unread += len(decided.faults)
    asked = ask_all(home.database, home.folder, load_encoder, queries, progress)
    record = calibrate(asked, collection)
    if keep:
        with home.database.writing() as session:
            keep_it(session, record)
    return Calibrated(record, asked.missing, unread)


def document(done: Calibrated, *, saved: bool) -> dict[str, Any]:
    """Return a calibration in the shape that `--json` promises."""
    record = done.record
    figures = dict(record.figures)
    return {
        "model": record.model,
        "fingerprint": record.fingerprint,
        "collection": record.collection or None,
        "build": record.build_id,
        "thresholds": {"answer": record.answer, "suggest": record.suggest, "gap": record.gap},
        "interval": {
            "answer": list(figures.pop("answer_interval")),
            "suggest": list(figures.pop("suggest_interval")),
        },
        **figures,
        "missing_ids": list(done.missing),
        "unread_rows": done.unread,
        "saved": saved,
    }


def read_defaults(path: Path) -> dict[str, Any]:
    """Return the thresholds in a file, none where there is no file; AppError for anything else."""
    check_out(path)
    try:
        known = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise AppError(f"{path} is no file of thresholds ({error}); name another") from error
    tables = all(isinstance(one, dict) for one in known.values())
    if not tables or not known.keys() <= {"any", "models"}:
        raise AppError(f"{path} is no file of thresholds; name another")
    return known


def write_defaults(path: Path, record: CalibrationRecord) -> None:
    """Put fitted thresholds among the shipped ones, in place of those of the same model."""
    known = read_defaults(path)
    models = dict(known.get("models", {}))
    models[record.fingerprint] = {
        "model": record.model,
        "answer": round(record.answer, 4),
        "suggest": round(record.suggest, 4),
        "gap": round(record.gap, 4),
        "queries": record.figures["queries"],
        "held_out_accuracy": round(record.figures["held_out_accuracy"], 4),
    }
    first = known.get("any", {"answer": 0.6, "suggest": 0.45, "gap": 0.0})
    parts = [_HEADER, _table("any", first), "[models]\n"]
    parts += [_table(f'models."{name}"', values) for name, values in models.items()]
    try:
        with aside(path) as place:
            place.write_text("\n".join(parts), encoding="utf-8")
    except OSError as error:
        raise AppError(f"cannot write {path} ({error.strerror}); name another file") from error


def _table(name: str, values: dict[str, Any]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in values.items()]
    return f"[{name}]\n" + "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    return (
        '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if isinstance(value, str)
        else str(value)
    )

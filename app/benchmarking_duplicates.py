"""Finding duplicates on the clock, beside two libraries that do it too, on the same vectors.

Each finder runs in a process of its own, with vectors that are stored already, so that its time
and its peak memory are its own. What it finds is compared with what looking at every pair of a
sample finds.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.benchmarking import Ran, Task, run, run_script, texts_of
from app.errors import AppError
from app.home import open_home
from app.settings import read_settings

_OURS = "import sys; from app.benchmarking_duplicates import {0}; {0}(*sys.argv[1:])"
_MINING = """
import json, sys, time
import numpy as np, torch
from sentence_transformers import util
vectors, started = torch.from_numpy(np.load(sys.argv[1])), time.monotonic()
found = util.paraphrase_mining_embeddings(vectors, top_k=20, max_pairs=10_000_000)
seconds, threshold = time.monotonic() - started, float(sys.argv[2])
found = [(min(i, j), max(i, j)) for score, i, j in found if score >= threshold]
np.save(sys.argv[3], np.array(found, dtype=np.int64).reshape(-1, 2))
print(json.dumps({"seconds": round(seconds, 2), "pairs": len(found)}))
"""
_SEMHASH = """
import json, sys, time
import numpy as np
from semhash import SemHash
vectors, threshold = np.load(sys.argv[1]), float(sys.argv[2])
records, place, started = [str(n) for n in range(len(vectors))], None, time.monotonic()
made = SemHash.from_embeddings(vectors, records=records, model=None)
result = made.self_deduplicate(threshold=threshold)
seconds, pairs = time.monotonic() - started, set()
for one in result.filtered:
    for other, _ in one.duplicates:
        pairs.add(tuple(sorted((int(one.record), int(other)))))
np.save(sys.argv[3], np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2))
print(json.dumps({"seconds": round(seconds, 2), "pairs": len(pairs)}))
"""
_OTHERS = {"paraphrase_mining": _MINING, "semhash": _SEMHASH}


@dataclass(frozen=True)
class DuplicateTask:
    """What is measured: at which cosine, with the libraries at which size, on which sample."""

    texts: Task
    threshold: float
    compare: int
    sample: int


def measure_duplicates(task: DuplicateTask, size: int, folder: Path) -> dict[str, Any]:
    """Measure one size in an empty folder."""
    rows = list(itertools.islice(texts_of(task.texts), size))
    if len(rows) < size:
        raise AppError(f"{task.texts.questions} has {len(rows):,} texts; ask for fewer --sizes")
    file, home = folder / "questions.txt", folder / "home"
    file.write_text("".join(f"{text}\n" for text in rows), encoding="utf-8")
    run(home, ["import", str(file), "--collection", "benchmark", "--json"])
    vectors = folder / "vectors.npy"
    ours(home, "store_vectors", [task.texts.model, str(vectors)])
    pairs = folder / "ours.npy"
    found = ours(home, "time_pairs", [task.texts.model, str(task.threshold), str(pairs)])
    whole = ours(home, "time_search", [task.texts.model, str(task.threshold)])
    exact = _exact(vectors, task)
    result: dict[str, Any] = {
        "texts": size,
        "tongwen": {**found.said, "peak_mb": found.peak_mb, **_recall(pairs, exact, task)},
        "whole_command": {**whole.said, "peak_mb": whole.peak_mb},
        "exact_pairs_of_sample": len(exact),
    }
    if size == task.compare:
        for name, script in _OTHERS.items():
            out = folder / f"{name}.npy"
            result[name] = _other(home, script, vectors, out, exact, task)
    return result


def ours(home: Path, name: str, arguments: Sequence[str]) -> Ran:
    """Run one of the functions below in a process of its own."""
    return run_script(home, _OURS.format(name), arguments, name)


def _other(
    home: Path, script: str, vectors: Path, out: Path, exact: set[int], task: DuplicateTask
) -> dict[str, Any]:
    arguments = [str(vectors), str(task.threshold), str(out)]
    try:
        ran = run_script(home, script, arguments, "a library to compare with")
    except AppError as error:
        return {"failed": str(error)}
    return {**ran.said, "peak_mb": ran.peak_mb, **_recall(out, exact, task)}


def store_vectors(model: str, out: str) -> None:
    """Embed what has no vector, and write all vectors, in the order of the texts, to a file."""
    from app.home import load_encoder
    from indexer.duplicates.gathering import gather
    from indexer.embedding import embed_missing, register

    with open_home(read_settings()) as home:
        encoder = load_encoder(model)
        with home.database.writing() as session:
            record = register(session, encoder)
        embed_missing(home.database, encoder, record)
        with home.database.reading() as session:
            gathered = gather(session, record, collection_ids=None)
    np.save(out, gathered.vectors.astype(np.float32, copy=False))
    sys.stdout.write(json.dumps({"vectors": len(gathered.vectors)}))


def time_pairs(model: str, threshold: str, out: str) -> None:
    """Find all pairs, and write them; print how long it took to read and to compare."""
    import time

    from indexer.duplicates.gathering import gather
    from indexer.duplicates.neighbours import close_pairs
    from indexer.loading import describe
    from store.vectors import find_model

    with open_home(read_settings()) as home, home.database.reading() as session:
        started = time.monotonic()
        record = find_model(session, describe(model).fingerprint)
        assert record is not None
        gathered = gather(session, record, collection_ids=None)
        read = time.monotonic()
        pairs = close_pairs(gathered.vectors, float(threshold))
        done = time.monotonic()
    np.save(out, np.stack([pairs.first, pairs.second], axis=1))
    said = {"seconds": round(done - started, 2), "read_seconds": round(read - started, 2)}
    sys.stdout.write(json.dumps({**said, "pairs": len(pairs)}))


def time_search(model: str, threshold: str) -> None:
    """Search as `tongwen duplicates` does, guards and clusters included."""
    from app.duplicates import search_here
    from indexer.duplicates.requests import DuplicateRequest

    with open_home(read_settings()) as home:
        found = search_here(home, DuplicateRequest(model, threshold=float(threshold)))
    report = found.report
    said = {"seconds": report.seconds, "phases": dict(report.phases), **report.counts()}
    sys.stdout.write(json.dumps(said))


def _exact(vectors: Path, task: DuplicateTask) -> set[int]:
    """Return the pairs of the first texts, each as one number, by looking at every pair."""
    rows = np.load(vectors, mmap_mode="r")[: task.sample]
    count, found = len(rows), set[int]()
    for start in range(0, count, 1_024):
        scores = rows[start : start + 1_024] @ rows[start:].T
        first, second = np.nonzero(scores >= task.threshold)
        later = second > first
        found.update(_keys(first[later] + start, second[later] + start, task))
    return found


def _keys(first: Any, second: Any, task: DuplicateTask) -> list[int]:
    keys: list[int] = (first.astype(np.int64) * task.sample + second).tolist()
    return keys


def _recall(found: Path, exact: set[int], task: DuplicateTask) -> dict[str, float]:
    pairs = np.load(found)
    inside = pairs[(pairs < task.sample).all(axis=1)]
    known = exact.intersection(_keys(inside[:, 0], inside[:, 1], task))
    return {"recall_of_exact": round(len(known) / max(len(exact), 1), 4)}


def as_markdown(results: Mapping[str, Any]) -> str:
    """Return the table of a results file, with how it was made below."""
    lines = ["| texts | finder | time | peak memory | pairs | of the exact pairs |"]
    lines.append("|---" * 6 + "|")
    for one in results["sizes"]:
        for name in ("tongwen", "paraphrase_mining", "semhash"):
            ran = one.get(name)
            if ran and "failed" not in ran:
                lines.append(
                    f"| {one['texts']:,} | {name} | {ran['seconds']:,.1f} s"
                    f" | {ran['peak_mb']:,} MB | {ran['pairs']:,} | {ran['recall_of_exact']:.4f} |"
                )
        whole = one["whole_command"]
        lines.append(
            f"| {one['texts']:,} | `tongwen duplicates` with guards and clusters"
            f" | {whole['seconds']:,.1f} s | {whole['peak_mb']:,} MB | {whole['pairs']:,} | |"
        )
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    about = f"Threshold {results['threshold']}, model {results['model']}; {machine}."
    return "\n".join([*lines, "", about, "", "```", results["command"], "```"])

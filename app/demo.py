"""The demo: the shipped collections, imported once and indexed.

A collection that is already there is left alone, so a second demo is quick and never
overwrites what somebody edited meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.errors import AppError
from app.home import Home, load_encoder
from app.jobs import reindex_here
from app.settings import SAMPLE_COLLECTIONS
from indexer.folding import delta_size
from indexer.requests import ReindexRequest
from store.builds import BuildRecord, live_build
from store.collections import summaries
from store.database import Database
from store.importing import ImportOptions, import_files

EXAMPLES = ("银行卡丢了怎么办", "手机号想换个便宜点的套餐", "衣服买大了想换小一号")


def load_samples(database: Database, folder: Path = SAMPLE_COLLECTIONS) -> dict[str, int]:
    """Import each shipped collection that is missing or incomplete; return rows added."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise AppError(f"no sample collections in {folder}; run the demo from a full checkout")
    with database.reading() as session:
        present = {c.name: c.entries for c in summaries(session)}
    added = {}
    for file in files:
        with file.open("rb") as lines:
            rows = sum(1 for line in lines if line.strip())
        if present.get(file.stem, 0) < rows:
            report = import_files(database, [file], ImportOptions(collection=file.stem))
            added[file.stem] = report.added
    return added


def build_demo(home: Home, progress: Callable[[int, int], None] | None = None) -> BuildRecord:
    """Return the live build, made anew only when questions or model differ from it."""
    model = home.model_to_index()
    current = _live_build(home.database)
    if current and current.model.fingerprint == load_encoder(model).fingerprint:
        with home.database.reading() as session:
            behind = delta_size(session, current)
        if not behind:
            return current
    reindex_here(home, ReindexRequest(model), progress)
    built = _live_build(home.database)
    if built is None:
        raise AppError("no build was published; run `tongwen reindex` and read what it says")
    return built


def _live_build(database: Database) -> BuildRecord | None:
    with database.reading() as session:
        return live_build(session)

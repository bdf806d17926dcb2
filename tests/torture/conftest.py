"""A base under attack: processes that import, index and search, and what must stay true of it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from app.home import load_encoder
from indexer.doctor import examine
from indexer.search import Searcher
from store.database import Database
from store.entries import browse

NURSERY = Path(__file__).with_name("nursery.py")
EVERYTHING = 100_000


@pytest.fixture(scope="session")
def models(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two tiny models that give different vectors; their folders."""
    from safetensors.torch import load_file, save_file

    torch.set_num_threads(1)
    other = tmp_path_factory.mktemp("models") / "other"
    other.mkdir()
    for file in tiny_model.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    weights = load_file(other / "model.safetensors")
    name = "embeddings.word_embeddings.weight"
    weights[name] = weights[name].flip(0).contiguous()
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    return str(tiny_model), str(other)


@pytest.fixture(scope="session")
def nursery() -> Iterator[subprocess.Popen[str]]:
    root = str(NURSERY.parents[2])
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", str(NURSERY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": root, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"},
    ) as started:
        yield started
        started.stdin.close()


class Arena:
    """A base, the processes that work on it, and what was ever written to it."""

    def __init__(self, home: Path, nursery: subprocess.Popen[str]) -> None:
        self.home = home
        home.mkdir()
        self.database = Database.at(home / "tongwen.db")
        self.database.upgrade()
        self.texts: set[str] = set()
        self.logs: list[Path] = []
        self._nursery = nursery
        self._living: list[int] = []
        self._searcher = Searcher(self.database, home, load_encoder)

    def start(self, role: str, **needs: Any) -> int:
        """Start a process in a role; returns its id."""
        order = {"role": role, "home": str(self.home), **needs}
        self._nursery.stdin.write(json.dumps(order, ensure_ascii=False) + "\n")
        self._nursery.stdin.flush()
        child = int(self._nursery.stdout.readline())
        self._living.append(child)
        return child

    def start_reader(self, *, collection: str = "", pause: float = 0.02) -> int:
        """Start a reader with a log of its own."""
        log = self.home / f"reader-{len(self.logs)}.jsonl"
        self.logs.append(log)
        seed = len(self.logs)
        return self.start("reader", log=str(log), seed=seed, collection=collection, pause=pause)

    def kill(self, child: int) -> None:
        """Kill a process, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        self.wait(child)

    def wait(self, child: int) -> None:
        """Wait until a process is gone."""
        while self.lives(child):
            time.sleep(0.005)

    def lives(self, child: int) -> bool:
        """Whether a process still runs."""
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self) -> None:
        """Kill whatever still runs."""
        for child in self._living:
            self.kill(child)
        self.database.close()

    def seen(self, log: Path) -> list[dict[str, Any]]:
        """Return what a reader saw; a line that was cut by its end is left out."""
        text = log.read_text(encoding="utf-8") if log.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        return [json.loads(line) for line in whole.splitlines()]

    def failures(self) -> str:
        """Return what went wrong in any process by itself."""
        own = self.home / "failures"
        errors = [line["error"] for log in self.logs for line in self.seen(log) if "error" in line]
        return (own.read_text() if own.exists() else "") + "\n".join(filter(None, errors))

    def check(self, chance: random.Random, *, anew: bool = False) -> None:
        """Fail unless every committed question is found, once, and nothing else is."""
        if anew:
            self._searcher = Searcher(self.database, self.home, load_encoder)
        with self.database.reading() as session:
            entries = browse(session, limit=EVERYTHING)
        living = {t: e.id for e in entries for t in (e.draft.standard, *e.draft.similar)}
        everything = self._searcher.search("问题", k=EVERYTHING)
        assert everything.pending == 0
        found = [hit.entry_id for hit in everything.hits]
        assert sorted(found) == sorted(entry.id for entry in entries)
        for text in chance.sample(sorted(living), min(6, len(living))):
            hits = {h.matched_question: h for h in self._searcher.search(text, k=8).hits}
            assert text in hits
            assert (hits[text].entry_id, hits[text].score) == (
                living[text],
                pytest.approx(1, abs=1e-4),
            )
        gone = sorted(self.texts - set(living))
        for text in chance.sample(gone, min(6, len(gone))):
            hits = self._searcher.search(text, k=8).hits
            assert text not in {hit.matched_question for hit in hits}
        problems = [f for f in examine(self.database, self.home) if f.level == "problem"]
        assert problems == []
        assert self.failures() == ""


@pytest.fixture
def arena(tmp_path: Path, nursery: subprocess.Popen[str]) -> Iterator[Arena]:
    made = Arena(tmp_path / "家 home", nursery)
    yield made
    made.end()

"""A reindex that is killed, at any line or moment, never harms what answers."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.builds import reindex
from indexer.doctor import examine
from indexer.search import Searcher
from store.builds import BuildState, list_builds, live_build
from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry

SCRIPT = Path(__file__).with_name("mortal_reindex.py")
KILLS_AT_LINES = 20
KILLS_AT_MOMENTS = 8


class Mortal:
    """A base that grows before each reindex, which a process of its own runs."""

    def __init__(self, database, home, encoder, process) -> None:
        self.database, self.home, self.encoder = database, home, encoder
        self._process = process
        self._texts: list[str] = []
        self.killed = 0

    def run(self, allowed: int, after: float | None = None) -> None:
        """Add entries, reindex, and kill it after some lines or seconds."""
        self._add(10)
        self._process.stdin.write(f"{allowed} {self.home}\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        if after is not None:
            time.sleep(after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.killed += self._process.stdout.readline() == "True\n"

    def _add(self, count: int) -> None:
        with self.database.writing() as session:
            collection = ensure_collection(session, "c")
            for _ in range(count):
                self._texts.append(f"问题 {len(self._texts)}")
                add_entry(session, collection, EntryDraft(self._texts[-1]))

    def check(self) -> None:
        """Fail unless the doctor is content and every question is found, once."""
        problems = [f for f in examine(self.database, self.home) if f.level == "problem"]
        # The encoder of this test has no files that the doctor could look at.
        assert {f.subject for f in problems} <= {"model"}
        searcher = Searcher(self.database, self.home, lambda name: self.encoder)
        for text in random.Random(len(self._texts)).sample(self._texts, 5) + self._texts[-1:]:
            result = searcher.search(text, k=3)
            assert [hit.score > 0.999 for hit in result.hits] == [True, False, False]
            assert result.hits[0].matched_question == text
        with self.database.reading() as session:
            live = live_build(session)
        assert live is not None
        assert result.build == live.id


@pytest.fixture(scope="module")
def process() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-W", "ignore::DeprecationWarning", str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(SCRIPT.parents[2]), "PYTHONUTF8": "1"},
    ) as started:
        yield started
        started.stdin.close()


@pytest.fixture
def mortal(database, home, hash_encoder, process) -> Mortal:
    made = Mortal(database, home, hash_encoder(), process)
    made.run(0)
    return made


def test_killed_at_any_line_it_leaves_a_sound_base_that_answers(mortal):
    mortal.run(0)
    lines = int((mortal.home / "lines").read_text())
    mortal.check()
    for number in range(KILLS_AT_LINES):
        mortal.run(1 + number * (lines - 1) // KILLS_AT_LINES)
        mortal.check()
    assert mortal.killed == KILLS_AT_LINES


def test_killed_at_any_moment_it_leaves_a_sound_base_that_answers(mortal):
    started = time.monotonic()
    mortal.run(0)
    usual = time.monotonic() - started
    chance = random.Random()
    for _ in range(KILLS_AT_MOMENTS):
        mortal.run(0, after=chance.uniform(0, usual))
        mortal.check()
    reindex(mortal.database, mortal.home, mortal.encoder)
    mortal.check()
    with mortal.database.reading() as session:
        left = list_builds(session)
    assert {build.state for build in left} == {BuildState.READY}
    folders = {folder.name for folder in (mortal.home / "builds").iterdir() if folder.is_dir()}
    assert folders == {str(build.id) for build in left}

"""Importers, workers and readers are killed again and again; the base never lies.

`TORTURE_KILLS` says how often: few in `make test`, 200 in `make torture`.
"""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

from indexer.requests import REINDEX, ReindexRequest
from store.builds import list_builds, live_build
from store.jobs import OPEN, count_open, enqueue, list_jobs
from store.models import BuildState, JobState

KILLS = int(os.environ.get("TORTURE_KILLS", "18"))
ROWS = 40


class Writer:
    """Makes files to import: new entries, changed ones, and in `replace` ones left out."""

    def __init__(self, arena, folder: Path, chance: random.Random) -> None:
        self._arena = arena
        self._folder = folder
        self._chance = chance
        self._versions: dict[str, int] = {}

    def write(self, number: int, mode: str) -> Path:
        chance, made = self._chance, []
        known = sorted(self._versions)
        changed = chance.sample(known, min(ROWS // 2, len(known))) if mode == "append" else []
        new = [f"{mode}-{number}-{row}" for row in range(ROWS - len(changed))]
        for key in (*changed, *new):
            version = self._versions.get(key, 0) + 1
            if mode == "append":
                self._versions[key] = version
            texts = [f"问题 {key} 版本 {version}", f"同问 {key} 版本 {version}"]
            self._arena.texts.update(texts)
            made.append({"id": key, "question": texts[0], "similar": texts[1:], "answer": key})
        file = self._folder / f"{number}.jsonl"
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made))
        return file


def _finish(arena) -> None:
    """Let a last worker do whatever is left."""
    worker = arena.start("worker")
    while True:
        with arena.database.reading() as session:
            if not count_open(session):
                break
        assert arena.lives(worker), arena.failures()
        time.sleep(0.05)
    arena.kill(worker)


def test_killed_at_any_moment_nothing_is_lost_found_twice_or_found_though_deleted(
    arena, models, tmp_path
):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")  # shown when it fails
    chance = random.Random(seed)
    writer = Writer(arena, tmp_path, chance)
    arena.start("reindexer", model=models[0])
    steady = arena.start_reader()
    began = time.monotonic()
    arena.wait(
        arena.start("importer", file=str(writer.write(0, "append")), collection="a", mode="append")
    )
    usual = time.monotonic() - began
    worker, reader = arena.start("worker"), arena.start_reader()
    for number in range(1, KILLS + 1):
        mode = "replace" if number % 5 == 0 else "append"
        file = writer.write(number, mode)
        if chance.random() < 0.3:
            with arena.database.writing() as session:
                wanted = ReindexRequest(chance.choice(models))
                enqueue(session, REINDEX, wanted.as_parameters())
        importer = arena.start("importer", file=str(file), collection=mode, mode=mode)
        victim = chance.choice(("importer", "importer", "worker", "worker", "reader"))
        time.sleep(chance.uniform(0, 1.2 * usual))
        if victim == "importer":
            arena.kill(importer)
        elif victim == "worker":
            arena.kill(worker)
            worker = arena.start("worker")
        else:
            arena.kill(reader)
            reader = arena.start_reader()
        arena.wait(importer)
        arena.check(chance, anew=number % 7 == 0)
        assert arena.lives(steady) and arena.lives(worker) and arena.lives(reader)
    arena.kill(worker)
    _finish(arena)
    arena.check(chance, anew=True)
    assert len(arena.seen(arena.logs[0])) > KILLS
    with arena.database.reading() as session:
        builds, live = list_builds(session), live_build(session)
        jobs = list_jobs(session, limit=10_000)
    assert live is not None
    assert {build.state for build in builds} == {BuildState.READY}
    folders = {f.name for f in (arena.home / "builds").iterdir() if f.is_dir()}
    assert folders == {str(build.id) for build in builds}
    assert not [job for job in jobs if job.state in (*OPEN, JobState.CANCELLED)]
    said = {job.error for job in jobs if job.state is JobState.FAILED}
    # The only fault that a job may have: its workers were killed too often.
    assert all("ended without a word" in error for error in said), said

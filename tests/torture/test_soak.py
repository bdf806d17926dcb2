"""Readers at full speed while the base is imported, edited, indexed, published and rolled back.

`TORTURE_SECONDS` says how long: seconds in `make test`, three minutes in `make torture`.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from store.builds import list_builds, live_build
from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry, update_entry
from store.models import BuildState

SECONDS = float(os.environ.get("TORTURE_SECONDS", "12"))
READERS = 8
BOARD = "board"


class Board:
    """One entry that is edited again and again, and when each edit was committed."""

    def __init__(self, database) -> None:
        self._database = database
        self.committed: list[float] = []
        with database.writing() as session:
            collection = ensure_collection(session, BOARD)
            self._entry = add_entry(session, collection, _draft(0))
        self.committed.append(time.monotonic())

    def edit(self) -> None:
        with self._database.writing() as session:
            update_entry(session, self._entry, _draft(len(self.committed)))
        self.committed.append(time.monotonic())


def _draft(number: int) -> EntryDraft:
    return EntryDraft(f"告示 {number}", str(number), "board")


class Scene:
    """Steps of work beside the readers, one after another, with an edit before and after each."""

    def __init__(self, arena, models, folder: Path) -> None:
        self._arena, self._models, self._folder = arena, models, folder
        self.board = Board(arena.database)
        self.rounds = 0
        self.live: list[tuple[float, str]] = []

    def round(self) -> None:
        self.rounds += 1
        self._do("importer", file=str(self._file()), collection="c", mode="append")
        self._do("reindexer", model=self._models[0])
        self._do("reindexer", model=self._models[1])
        self._do("publisher", build=0)
        self._do("publisher", build=self._other_build())
        self._do("reindexer", model=self._models[1])

    def _do(self, role: str, **needs) -> None:
        child = self._arena.start(role, **needs)
        while self._arena.lives(child):
            self.board.edit()
            time.sleep(0.03)
        self.board.edit()

    def _file(self) -> Path:
        rows = [
            {"id": f"{self.rounds}-{n}", "question": f"第 {self.rounds} 次的问题 {n}"}
            for n in range(60)
        ]
        path = self._folder / f"{self.rounds}.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        return path

    def _other_build(self) -> int:
        with self._arena.database.reading() as session:
            live = live_build(session)
            return next(
                b.id
                for b in reversed(list_builds(session))
                if b.state is BuildState.READY and b.model.name != live.model.name
            )


def test_no_query_fails_nor_mixes_two_builds_nor_misses_an_edit(arena, models, tmp_path):
    scene = Scene(arena, models, tmp_path)
    arena.wait(arena.start("reindexer", model=models[0]))
    for _ in range(READERS):
        arena.start_reader(collection=BOARD, pause=0)
    while not all(arena.seen(log) for log in arena.logs):
        time.sleep(0.05)
    ends = time.monotonic() + SECONDS
    while scene.rounds < 1 or time.monotonic() < ends:
        scene.round()
        assert arena.failures() == ""
    _wait_for_one_more_answer(arena)
    assert arena.failures() == ""
    slowest = 0.0
    for log in arena.logs:
        answers = arena.seen(log)
        assert {answer["model"] for answer in answers} == {Path(m).name for m in models}
        slowest = max(slowest, _check_edits(answers, scene.board.committed))
    with arena.database.reading() as session:
        assert live_build(session).model.name == models[1]
    count = sum(len(arena.seen(log)) for log in arena.logs)
    print(
        f"{scene.rounds} rounds, {len(scene.board.committed)} edits, {count} searches by"
        f" {READERS} readers; the slowest edit was seen after {slowest:.3f} s"
    )


def _wait_for_one_more_answer(arena) -> None:
    now = time.monotonic()
    for log in arena.logs:
        # Every other search is not about the board.
        while not any("hits" in one and one["began"] > now for one in arena.seen(log)):
            time.sleep(0.05)


def _check_edits(answers, committed: list[float]) -> float:
    """Fail unless every search shows the board as it was at some moment while it ran.

    Returns the longest time between an edit and the end of the first search that showed it.
    """
    told = [answer for answer in answers if "hits" in answer]
    slowest, shown = 0.0, 0
    for answer in told:
        ((question, said),) = answer["hits"]
        assert question == f"告示 {said}", "an old text with a new answer"
        number = int(said)
        # What was committed before the search began is in its answer.
        if number + 1 < len(committed):
            assert committed[number + 1] > answer["began"], (number, answer)
        while shown <= number:
            slowest = max(slowest, answer["ended"] - committed[shown]) if shown else slowest
            shown += 1
    assert shown == len(committed)
    return slowest

"""An import that is killed, by SIGKILL and at any moment, leaves a database that is whole."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from store.database import Database
from store.entries import EntryDraft, browse, count_entries
from store.health import integrity_faults
from store.importing import ImportOptions, import_files

ROOT = Path(__file__).resolve().parents[2]
ROWS = 12_000
SCRIPT = """
import sys
from pathlib import Path
from store.database import Database
from store.importing import ImportOptions, import_files

base, file, mode = sys.argv[1:]
print("begin", flush=True)
import_files(
    Database.at(Path(base)),
    [Path(file)],
    ImportOptions("库", mode=mode),
    progress=lambda at: print(at.done, flush=True),
)
"""


@pytest.fixture
def big_file(tmp_path: Path) -> Path:
    file = tmp_path / "大.csv"
    rows = (
        f"n{n},第{n}个问题怎么办？,答案{n},同问{n}甲|同问{n}乙,标签{n % 7}\n" for n in range(ROWS)
    )
    file.write_text("编号,问题,答案,相似问,标签\n" + "".join(rows), encoding="utf-8")
    return file


def _killed_after(base: Path, file: Path, mode: str, rows: int) -> None:
    """Start an import in a process of its own and kill it once it has read so many rows."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(base), str(file), mode],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if line.strip().isdigit() and int(line) >= rows:
                break
        time.sleep(0.03)
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL


def _drafts(database: Database) -> list[EntryDraft]:
    with database.reading() as session:
        return [record.draft for record in browse(session, collection="库", limit=10 * ROWS)]


@pytest.mark.parametrize("rows", [5_500, 10_500])
def test_a_killed_import_leaves_whole_entries_and_a_second_one_completes_it(
    database: Database, big_file: Path, rows: int
) -> None:
    assert database.path
    _killed_after(database.path, big_file, "append", rows)
    with database.reading() as session:
        assert integrity_faults(session) == []
        there = count_entries(session, collection="库")
    assert 0 < there < ROWS
    assert all(len(draft.similar) == 2 and draft.tags for draft in _drafts(database))
    report = import_files(database, [big_file], ImportOptions("库"))
    assert (report.unchanged, report.added, report.updated) == (there, ROWS - there, 0)
    assert [draft.external_id for draft in _drafts(database)] == [f"n{n}" for n in range(ROWS)]


def test_a_killed_replace_removes_nothing(
    database: Database, write: Callable[..., Path], big_file: Path
) -> None:
    old = write("old.jsonl", [{"id": f"old{n}", "question": f"旧问题{n}"} for n in range(50)])
    import_files(database, [old], ImportOptions("库"))
    assert database.path
    _killed_after(database.path, big_file, "replace", 5_500)
    kept = {draft.external_id for draft in _drafts(database)}
    assert {f"old{n}" for n in range(50)} <= kept
    report = import_files(database, [big_file], ImportOptions("库", mode="replace"))
    assert report.removed == 50
    assert len(_drafts(database)) == ROWS


def test_a_killed_import_leaves_no_lock_behind(database: Database, big_file: Path) -> None:
    assert database.path
    _killed_after(database.path, big_file, "append", 500)
    with sqlite3.connect(database.path, timeout=0.5) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()
    connection.close()

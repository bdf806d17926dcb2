"""A large file is read by a process of its own: what is imported is the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from store import reading_ahead
from store.columns import scorer
from store.database import Database
from store.entries import EntryDraft, browse
from store.errors import FileFormatError
from store.files import open_file
from store.importing import ImportOptions, ImportReport, import_files
from store.parsing import Parsed
from store.questions import stream_questions
from store.reading_ahead import parsed_rows

Write = Callable[..., Path]
OPTIONS = ImportOptions("库")

ROWS: list[object] = [
    {"id": "1", "question": "怎麼退款？", "answer": "七天内", "tags": "退货;钱", "分": {"深": [1]}},
    {"id": "2", "question": ["ＡＰＰ登录不了", "登不上"], "similar": ["卡住"], "negative": ["退"]},
    {"id": "3", "question": "限时", "valid_from": "2025-01-01", "valid_until": "2025-02-01T08:00"},
    {"id": "4", "question": "   ", "answer": "没有问题"},
    {"id": "5", "question": "停用的", "status": "停用", "大": 2**80},
    {"id": "1", "question": "怎麼退款？", "similar": ["怎么退钱"]},
    {"question": "怎么退款", "answer": "没有编号"},
    ["不是对象"],
    {"id": "6", "question": "半个字\ud83d"},
]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "_LARGE", 0)


def _parsed(path: Path) -> list[Parsed]:
    with (
        closing(open_file(path, scorer({}))) as source,
        parsed_rows(path, source, OPTIONS) as (rows, _),
    ):
        return list(rows)


def test_the_rows_are_those_that_are_read_here(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("a.jsonl", LINES * 150)  # more rows than one frame holds
    here = _parsed(path)
    monkeypatch.setattr(reading_ahead, "_LARGE", 0)
    assert _parsed(path) == here
    assert len(here) == 150 * len(ROWS)


def _state(database: Database) -> tuple[list[EntryDraft], list[object]]:
    with database.reading() as session:
        drafts = [record.draft for record in browse(session, limit=1000)]
        questions = [row for rows in stream_questions(session) for row in rows]
    return drafts, [(row.text, row.text_hash, row.kind) for row in questions]


def test_what_is_imported_is_the_same(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("a.jsonl", LINES)

    def bring(name: str) -> tuple[ImportReport, object, str]:
        database, rejects = Database.at(tmp_path / f"{name}.db"), tmp_path / f"{name}.jsonl"
        database.upgrade()
        report = import_files(database, [path], OPTIONS, rejects=rejects)
        return report, _state(database), rejects.read_text(encoding="utf-8")

    here = bring("here")
    monkeypatch.setattr(reading_ahead, "_LARGE", 0)
    assert bring("ahead") == here
    assert here[0].rejected == 3


@pytest.mark.usefixtures("ahead")
def test_a_file_that_breaks_off_gives_its_rows_first(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    whole = json.dumps([{"id": str(n), "question": f"问{n}"} for n in range(700)])
    path.write_text(whole[:-20], encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"a\.json is not JSON from line 1 on"):
        import_files(database, [path], OPTIONS)
    assert len(_state(database)[0]) == 699


@pytest.mark.usefixtures("ahead")
def test_a_quote_that_nothing_closes_ends_the_file_and_not_the_import(
    database: Database, write: Write
) -> None:
    path = write("a.csv", '问题,答案\n甲怎么办,一\n乙怎么办,"二\n丙怎么办,三\n')
    report = import_files(database, [path], OPTIONS)
    assert (report.added, report.rejected) == (1, 1)


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"第{n}个问题\n" for n in range(200_000)), encoding="utf-8")
    return path


@contextmanager
def _reading(path: Path) -> Iterator[Iterator[Parsed]]:
    """Yield the rows of a file after the first one, which shows that the reader runs."""
    with (
        closing(open_file(path, scorer({}))) as source,
        parsed_rows(path, source, OPTIONS) as (rows, _),
    ):
        next(rows)
        yield rows


@pytest.mark.usefixtures("ahead")
def test_a_reader_that_is_killed_is_told_of(endless: Path) -> None:
    with _reading(endless) as rows:
        [reader] = _readers()
        os.kill(reader, signal.SIGKILL)
        with pytest.raises(FileFormatError, match="was stopped"):
            list(rows)


@pytest.mark.usefixtures("ahead")
def test_no_reader_outlives_the_rows_that_were_wanted(endless: Path) -> None:
    with _reading(endless):
        assert len(_readers()) == 1
    assert _readers() == []


def test_a_reader_ends_when_the_import_is_killed(endless: Path, tmp_path: Path) -> None:
    script = """
import sys, time
from contextlib import closing
from pathlib import Path
from store import reading_ahead
from store.columns import scorer
from store.files import open_file
from store.reports import ImportOptions

reading_ahead._LARGE = 0
path = Path(sys.argv[1])
with closing(open_file(path, scorer({}))) as source:
    with reading_ahead.parsed_rows(path, source, ImportOptions("")) as (rows, _):
        next(rows)
        print("reads", flush=True)
        time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(endless)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as importing:
        assert importing.stdout
        assert importing.stdout.readline() == b"reads\n"
        [reader] = _readers(importing.pid)
        importing.kill()
    until = time.monotonic() + 20
    while _alive(reader) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _alive(reader)


def _readers(parent: int | None = None) -> list[int]:
    """Return the processes that read for this one, or for `parent`."""
    return [
        number
        for number, command in _children(parent or os.getpid())
        if b"store.reading_ahead" in command
    ]


def _children(parent: int) -> Iterator[tuple[int, bytes]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if above == parent:
                yield int(folder.name), (folder / "cmdline").read_bytes()
        except OSError:
            continue


def _alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False

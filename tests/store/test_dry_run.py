"""A dry run writes elsewhere, and yet says of every row what the import then does."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry
from store.importing import ImportOptions, ImportReport, import_files
from store.screening import Advice, Fate, Resemblance

Row = dict[str, Any]
# More than one batch: what follows meets what the rows before it made of the base.
OTHERS: list[Row] = [{"id": f"x{n}", "question": f"别的 {n}"} for n in range(5_100)]
KNOWN: list[Row] = [
    {"id": "1", "question": "甲", "answer": "一", "tags": ["旧"]},
    {"id": "2", "question": "乙", "answer": "二"},
    {"question": "丙", "answer": "三"},
    {"id": "4", "question": "丁", "status": "draft"},
]


@pytest.fixture
def twice(database: Database, tmp_path: Path) -> Callable[..., ImportReport]:
    """Try an import, do it, and return what both said."""

    def bring(*files: Path, **options: Any) -> ImportReport:
        rejects = tmp_path / "rejects.jsonl"

        def screen(drafts: Sequence[EntryDraft]) -> list[Advice]:
            return [_advice(draft.standard) for draft in drafts]

        def run(dry: bool) -> tuple[ImportReport, list[Row]]:
            wanted = ImportOptions("库", dry_run=dry, **options)
            done = import_files(database, files, wanted, rejects=rejects, screen=screen)
            return done, [json.loads(line) for line in rejects.read_text("utf-8").splitlines()]

        tried = run(True)
        assert run(False) == tried
        return tried[0]

    return bring


def _advice(question: str) -> Advice:
    """What begins like an entry that is there, the first, is like it."""
    fates = {"甲：": Fate.SIMILAR, "甲！": Fate.SKIP}
    fate = fates.get(question[:2], Fate.ADD)
    return Advice(fate, Resemblance(1, "甲", 0.9))


def _counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.rejected


@pytest.fixture
def known(bring: Callable[..., ImportReport], write: Callable[..., Path]) -> None:
    assert bring(write("known.jsonl", KNOWN)).added == len(KNOWN)


@pytest.mark.usefixtures("known")
def test_rows_meet_what_earlier_batches_made_of_the_base(
    twice: Callable[..., ImportReport], write: Callable[..., Path]
) -> None:
    before = [
        {"id": "2", "question": "不再是乙"},
        {"question": "丙", "similar": ["丙的另一个问法"]},
        {"id": "新", "question": "新的", "answer": "答"},
        {"question": "甲：这样问", "answer": "一"},
        {"question": "甲！这样问"},
    ]
    after = [
        {"question": "乙", "answer": "乙是新的了"},
        {"id": "2", "question": "不再是乙", "tags": ["t"]},
        {"question": "丙", "answer": "与三不合"},
        {"id": "新", "question": "新的", "answer": "与答不合"},
        {"id": "新", "question": "还可以这样问"},
        {"question": "甲：那样问", "answer": "与一不合"},
        {"question": "甲：那样问", "answer": "一"},
        {"question": "甲！这样问", "answer": "又来"},
        {"id": "4", "question": "丁", "status": "draft"},
    ]
    report = twice(write("new.jsonl", [*before, *OTHERS, *after]))
    # One row that contradicts takes the other of its entry with it, as in the import.
    assert _counts(report) == (len(OTHERS) + 2, 5, 1, 6)


@pytest.mark.usefixtures("known")
def test_what_replace_would_remove_is_counted_by_what_the_base_holds(
    twice: Callable[..., ImportReport], write: Callable[..., Path]
) -> None:
    report = twice(
        write("new.jsonl", [KNOWN[1], {"question": "甲：", "answer": "一"}]), mode="replace"
    )
    # The second and the first, which a row joins, are what the file holds; two are left.
    assert (_counts(report), report.removed) == ((0, 1, 1, 0), 2)


def test_a_new_collection_is_not_taken_for_one_that_is_there(
    database: Database, twice: Callable[..., ImportReport], write: Callable[..., Path]
) -> None:
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "另一个"), EntryDraft("戊", external_id="5"))
    report = twice(write("new.jsonl", [{"id": "5", "question": "戊"}, {"question": "己"}]))
    assert _counts(report) == (2, 0, 0, 0)


def test_nothing_is_left_of_a_dry_run(
    twice: Callable[..., ImportReport],
    write: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(empty))
    assert twice(write("new.jsonl", KNOWN)).added == len(KNOWN)
    assert list(empty.iterdir()) == []

"""An export gives back the rows that came in, and no cell of it can run as a formula."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry
from store.errors import NotFoundError, StoreError
from store.exporting import export_collection
from store.importing import ImportOptions, import_files


def _add(database: Database, collection: str, drafts: list[EntryDraft]) -> None:
    with database.writing() as session:
        home = ensure_collection(session, collection)
        for draft in drafts:
            add_entry(session, home, draft)


def test_a_jsonl_source_comes_back_equal_to_its_rows(
    database: Database, tmp_path: Path, write: Callable[..., Path]
) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "b", "category": "类/一", "question": " 问？", "answer": "答\r\n案 "},
        {"id": "a", "category": "", "question": "Q", "answer": "", "queries": ["x", "y|z"]},
        {"id": "c", "category": "c", "question": "Q", "answer": "=1", "n": 1.0, "m": {"k": None}},
    ]
    import_files(database, [write("a.jsonl", rows)], ImportOptions("c"))
    for name in ("b.jsonl", "b.jsonl.gz"):
        out = tmp_path / name
        export_collection(database, "c", out)
        raw = out.read_bytes()
        lines = (gzip.decompress(raw) if name.endswith("gz") else raw).decode().splitlines()
        assert [json.loads(line) for line in lines] == rows


FORMULAS = ['=HYPERLINK("http://x","y")', "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "＝1"]


def test_no_cell_of_a_csv_starts_as_a_formula_does(database: Database, tmp_path: Path) -> None:
    _add(database, "c", [EntryDraft(text, text, category=text) for text in FORMULAS])
    out = tmp_path / "a.csv"
    export_collection(database, "c", out)
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row if cell]
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r＝"]
    assert "''=1" in cells


def test_every_cell_of_a_workbook_is_text(database: Database, tmp_path: Path) -> None:
    _add(
        database,
        "c",
        [EntryDraft(text, text, external_id=f"00{n}") for n, text in enumerate(FORMULAS)],
    )
    out = tmp_path / "a.xlsx"
    export_collection(database, "c", out)
    book = load_workbook(out)
    rows = list(book.worksheets[0].iter_rows())
    book.close()
    kinds = {cell.data_type for row in rows for cell in row if cell.value is not None}
    assert kinds == {"s"}
    assert [row[0].value for row in rows[1:]] == [f"00{n}" for n in range(len(FORMULAS))]
    assert all(row[1].quotePrefix for row in rows[1:] if row[1].value != "'=1")


def test_an_answer_too_long_for_excel_is_not_cut_silently(
    database: Database, tmp_path: Path
) -> None:
    _add(database, "c", [EntryDraft("q", "长" * 32_768)])
    out = tmp_path / "a.xlsx"
    out.write_text("what was there before")
    with pytest.raises(StoreError, match="longer than an Excel cell"):
        export_collection(database, "c", out)
    assert out.read_text() == "what was there before"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_export_that_cannot_be_made_says_why(database: Database, tmp_path: Path) -> None:
    _add(database, "c", [EntryDraft("q")])
    with pytest.raises(StoreError, match=r"\.csv, \.xlsx, \.jsonl"):
        export_collection(database, "c", tmp_path / "a.pdf")
    with pytest.raises(NotFoundError, match="'d'"):
        export_collection(database, "d", tmp_path / "a.csv")
    with pytest.raises(StoreError, match="cannot write"):
        export_collection(database, "c", tmp_path / "none" / "a.csv")

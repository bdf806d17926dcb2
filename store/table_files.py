"""A table of texts as CSV, XLSX or JSON lines, in which no cell can run as a formula.

The file appears when it is complete.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from store.errors import StoreError
from store.files.aside import aside
from store.files.tables import guard
from store.files.workbook import MAX_CELL, write_workbook

Rows = Iterable[Sequence[str]]
_CUT = MAX_CELL // 2


def check_table_name(out: Path) -> None:
    """Raise StoreError where a file of that name can't be written as a table."""
    if out.suffix.lower() not in _WRITERS:
        raise StoreError(f"cannot write {out.name}; name it .xlsx, .csv or .jsonl")


def write_table(out: Path, headers: Sequence[str], rows: Rows) -> int:
    """Write the rows by the suffix of `out`, and return their number."""
    check_table_name(out)
    with aside(out) as path:
        return _WRITERS[out.suffix.lower()](path, headers, rows)


def _write_xlsx(path: Path, headers: Sequence[str], rows: Rows) -> int:
    # For looking at: a text longer than a cell is cut here, and whole in the other two forms.
    return write_workbook(path, headers, ([cell[:_CUT] for cell in row] for row in rows))


def _write_csv(path: Path, headers: Sequence[str], rows: Rows) -> int:
    # With a mark, or Excel takes UTF-8 for the local code page.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(headers)
        count = 0
        for row in rows:
            writer.writerow([guard(cell) for cell in row])
            count += 1
    return count


def _write_jsonl(path: Path, headers: Sequence[str], rows: Rows) -> int:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        count = 0
        for row in rows:
            line = json.dumps(dict(zip(headers, row, strict=True)), ensure_ascii=False)
            stream.write(f"{line}\n")
            count += 1
    return count


_WRITERS: dict[str, Callable[[Path, Sequence[str], Rows], int]] = {
    ".xlsx": _write_xlsx,
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
}

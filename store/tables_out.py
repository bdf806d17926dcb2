"""Writing a table of plain values as CSV, XLSX or JSON lines, by the name of the file.

No text in it can run as a formula; numbers stay numbers where the format has them. The file
appears when it is complete.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from store.errors import StoreError
from store.files.aside import aside
from store.files.tables import guard
from store.files.workbook import Sheet, write_sheets

Value = str | float | None
TABLES = (".csv", ".xlsx", ".jsonl")


def write_table(
    out: Path, headers: Sequence[str], rows: Iterable[Sequence[Value]], *, title: str = "table"
) -> int:
    """Write the rows under the headers and return their number."""
    suffix = out.suffix.lower()
    if suffix not in TABLES:
        raise StoreError(f"cannot write {out.name}; name it .csv, .xlsx or .jsonl")
    with aside(out) as path:
        if suffix == ".xlsx":
            return write_sheets(path, [Sheet(title, headers, rows)])
        if suffix == ".csv":
            return _write_csv(path, headers, rows)
        return _write_jsonl(path, headers, rows)


def _write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> int:
    count = 0
    # With a mark, or Excel takes UTF-8 for the local code page.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(headers)
        for row in rows:
            writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in row])
            count += 1
    return count


def _write_jsonl(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for row in rows:
            record = dict(zip(headers, row, strict=True))
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count

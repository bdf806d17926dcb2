"""Writing a table of plain values as CSV, XLSX or JSON lines, by the name of the file.

No text in it can run as a formula; numbers stay numbers where the format has them. The file
appears when it is complete.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from store.files.aside import aside, check_out
from store.files.tables import guard
from store.files.workbook import MAX_CELL, Sheet, write_sheets

Value = str | float | None
TABLES = (".xlsx", ".csv", ".jsonl")
_CUT = MAX_CELL // 2


def write_table(
    out: Path, headers: Sequence[str], rows: Iterable[Sequence[Value]], *, title: str = "table"
) -> int:
    """Write the rows under the headers and return their number."""
    check_out(out, TABLES)
    name = out.name.lower()
    with aside(out) as path:
        if name.endswith(".xlsx"):
            return write_sheets(path, [Sheet(title, headers, map(_cut, rows))])
        if name.endswith(".csv"):
            return _write_csv(path, headers, rows)
        return _write_jsonl(path, headers, rows)


def _cut(row: Sequence[Value]) -> list[Value]:
    # For looking at: a text longer than a cell is cut here, and whole in the other two forms.
    return [cell[:_CUT] if isinstance(cell, str) else cell for cell in row]


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

"""Writing an XLSX file whose cells are all text, so that none can run as a formula.

What XML can't hold, and line ends that it would change, are escaped as Excel does it
(`_x000D_`), and a text that looks like such an escape is escaped too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from store.errors import StoreError
from store.files.tables import FORMULA

MAX_CELL = 32_767  # UTF-16 units, Excel's limit
_ESCAPED = re.compile("_x[0-9A-Fa-f]{4}_|[\x00-\x08\x0b-\x1f]")


def escape(text: str) -> str:
    """Return the text as XLSX stores it."""
    if not text.strip():
        # openpyxl does not mark a text of nothing but spaces as one whose spaces count.
        return "".join(_code(char) if char < "!" else char for char in text)
    return _ESCAPED.sub(_escape_one, text)


def _escape_one(match: re.Match[str]) -> str:
    found = match.group()
    return f"_x005F{found}" if len(found) > 1 else _code(found)


def _code(char: str) -> str:
    return f"_x{ord(char):04X}_"


class Sheet(NamedTuple):
    """A sheet to write: its name, its header and the rows below; numbers stay numbers."""

    title: str
    headers: Sequence[str]
    rows: Iterable[Sequence[str | float | None]]


def write_workbook(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write one sheet and return the number of rows below the header."""
    return write_sheets(path, [Sheet("FAQ", headers, rows)])


def write_sheets(path: Path, sheets: Iterable[Sheet]) -> int:
    """Write the sheets in order and return the number of rows below their headers."""
    workbook = Workbook(write_only=True)
    count = 0
    with ExitStack() as unfinished:
        for one in sheets:
            sheet = workbook.create_sheet(one.title)
            sheet.freeze_panes = "A2"
            # A sheet that is given up must be closed, or its writer complains when collected.
            unfinished.callback(sheet.close)
            sheet.append([_cell(sheet, header) for header in one.headers])
            for row in one.rows:
                _check_lengths(one.headers, row)
                sheet.append([_cell(sheet, value) for value in row])
                count += 1
        unfinished.pop_all()
    workbook.save(path)
    return count


def _cell(sheet: Any, value: str | float | None) -> WriteOnlyCell | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    made = WriteOnlyCell(sheet, escape(value))
    made.data_type = "s"
    if value[0] in FORMULA:
        made.quotePrefix = True
    return made


def _check_lengths(headers: Sequence[str], row: Sequence[str | float | None]) -> None:
    for header, text in zip(headers, row, strict=True):
        if not isinstance(text, str):
            continue
        if len(text) > MAX_CELL // 2 and len(text.encode("utf-16-le")) > 2 * MAX_CELL:
            name = next((str(cell) for cell in row[1:] if cell), "")
            raise StoreError(
                f"{header} of '{name[:40]}' is longer than an Excel cell can hold"
                f" ({MAX_CELL:,}); export to .csv or .jsonl"
            )

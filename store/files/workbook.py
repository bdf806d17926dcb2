"""Writing an XLSX file whose cells are all text, so that none can run as a formula.

What XML can't hold, and line ends that it would change, are escaped as Excel does it
(`_x000D_`), and a text that looks like such an escape is escaped too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

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


def write_workbook(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write one sheet and return the number of rows below the header."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("FAQ")
    sheet.freeze_panes = "A2"

    def cell(text: str) -> WriteOnlyCell | None:
        if not text:
            return None
        made = WriteOnlyCell(sheet, escape(text))
        made.data_type = "s"
        if text[0] in FORMULA:
            made.quotePrefix = True
        return made

    with ExitStack() as unfinished:
        # A sheet that is given up must be closed, or its writer complains when it is collected.
        unfinished.callback(sheet.close)
        sheet.append([cell(header) for header in headers])
        count = 0
        for row in rows:
            _check_lengths(headers, row)
            sheet.append([cell(text) for text in row])
            count += 1
        unfinished.pop_all()
    workbook.save(path)
    return count


def _check_lengths(headers: Sequence[str], row: Sequence[str]) -> None:
    for header, text in zip(headers, row, strict=True):
        if len(text) > MAX_CELL // 2 and len(text.encode("utf-16-le")) > 2 * MAX_CELL:
            raise StoreError(
                f"{header} of '{row[1][:40]}' is longer than an Excel cell can hold"
                f" ({MAX_CELL:,}); export to .csv or .jsonl"
            )

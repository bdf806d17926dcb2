"""XLSX: every sheet of a workbook, once its size is known to be sane.

A workbook is a zip of XML, so a few kilobytes can claim terabytes: what it unpacks to and
how far its cells are spread is measured, in a stream, before anything is loaded. What a cell that
is merged downwards says holds for every row beside it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from python_calamine import CalamineError, CalamineSheet, load_workbook

from store.errors import FileFormatError
from store.files.shapes import Opened, RawRow, Score, unique
from store.files.streams import Streams
from store.files.tables import ABOVE, LOOK, Numbered, split_header
from store.files.unread_cells import (
    OVERLAP,
    Unread,
    UnreadCell,
    column_number,
    look_for_unread,
    sheet_files,
)

_MAX_BYTES = 2 << 30  # of XML; the largest sheet that Excel can hold in full text is less
_SMALL_BYTES = 100 << 20
_MAX_RATIO = 200  # real sheets are packed about ten to one
_MAX_AREA = 40_000_000  # cells of the rectangle around the used ones, which is what gets loaded
_CELL = re.compile(rb'r="([A-Z]{1,3})([0-9]{1,7})"')
_CHUNK = 1 << 20


def open_sheets(name: str, streams: Streams, score: Score) -> Opened:
    """Open a workbook; rows come sheet by sheet, each with the header of its sheet."""
    try:
        unread = _check(name, streams)
        workbook = load_workbook(streams.open())
        sheets = [workbook.get_sheet_by_name(sheet) for sheet in workbook.sheet_names]
    except (CalamineError, zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as error:
        raise FileFormatError(
            f"{name} is a damaged or protected workbook ({error}); save it again as .xlsx"
        ) from error
    tables = [
        _Sheet(sheet, score, unread.get(sheet.name, {})) for sheet in sheets if sheet.total_height
    ]
    # Where one sheet is understood, the others are notes: their rows are refused one by one.
    main = max(tables, key=lambda table: table.understood, default=None)
    if main is None:
        raise FileFormatError(f"{name} has no filled cell; there is nothing to import")
    progress = _Progress(sum(sheet.total_height for sheet in sheets))
    rows = progress.over(
        itertools.chain.from_iterable(table.rows(main.understood) for table in tables)
    )
    return Opened("xlsx", "utf-8", main.headers, rows, progress.share, True, streams.close)


class _Progress:
    """Counts the rows that pass."""

    def __init__(self, total: int) -> None:
        self._total = max(total, 1)
        self._passed = 0

    def over(self, rows: Iterator[RawRow]) -> Iterator[RawRow]:
        for row in rows:
            self._passed += 1
            yield row

    def share(self) -> float:
        return min(self._passed / self._total, 1.0)


class _Sheet:
    """One sheet: its header, and whether that names a question column."""

    def __init__(self, sheet: CalamineSheet, score: Score, unread: Unread) -> None:
        self._name = sheet.name
        self._unread = _within(sheet, unread)
        rest = _filled(sheet, self._unread)
        start = list(itertools.islice(rest, LOOK))
        self._above, header, below = split_header(start, score)
        head = start[len(self._above)][0] if start else 0
        self._below = _spread(itertools.chain(below, rest), _merged_down(sheet, head))
        self.headers = unique(header)
        self.understood = score(self.headers) > 0

    def rows(self, others_understood: bool) -> Iterator[RawRow]:
        refused = others_understood and not self.understood
        fault = f"sheet '{self._name}' has no question column; name one in its header"
        for line, cells in self._above:
            yield RawRow(line, self.headers, cells, ABOVE)
        for line, cells in self._below:
            why = fault if refused else next((c.fault for c in self._unread.get(line, ())), "")
            yield RawRow(line, self.headers, cells, why)


def _within(sheet: CalamineSheet, unread: Unread) -> Unread:
    """Return what stands in a column of the table or right of it, the columns counted from its."""
    left = _left(sheet)
    moved = {
        line: [cell._replace(column=cell.column - left) for cell in cells if cell.column >= left]
        for line, cells in unread.items()
    }
    return {line: cells for line, cells in moved.items() if cells}


def _filled(sheet: CalamineSheet, unread: Unread) -> Iterator[Numbered]:
    last = 0
    for last, cells in enumerate(sheet.iter_rows(), 1):
        texts = _with_unread([_text(cell) for cell in cells], unread.get(last, ()))
        if any(texts):
            yield last, texts
    # What is empty is left out below and at the right; cells without a value count as empty.
    for line in sorted(line for line in unread if line > last):
        yield line, _with_unread([], unread[line])


def _with_unread(texts: list[str], unread: Iterable[UnreadCell]) -> list[str]:
    for cell in unread:
        texts += [""] * (cell.column + 1 - len(texts))
        texts[cell.column] = cell.text
    return texts


def _left(sheet: CalamineSheet) -> int:
    """Return how many columns are missing: rows come without the empty ones left of the table."""
    return sheet.start[1] if sheet.start else 0


class _Merged(NamedTuple):
    """Cells of one column that are merged, down to the line `bottom`."""

    column: int
    bottom: int


def _merged_down(sheet: CalamineSheet, head: int) -> dict[int, list[_Merged]]:
    """Return what is merged downwards below the line of the header, by the topmost line."""
    found: dict[int, list[_Merged]] = {}
    left = _left(sheet)
    for (top, column), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top >= head and left <= column < left + sheet.width:
            found.setdefault(top + 1, []).append(_Merged(column - left, bottom + 1))
    return found


def _spread(rows: Iterator[Numbered], merged: dict[int, list[_Merged]]) -> Iterator[Numbered]:
    """Give every row the text of a cell that was merged over it, as a person reads the table.

    The file has it in the topmost row alone.
    """
    going: dict[int, tuple[str, int]] = {}
    for line, cells in rows:
        filled = list(cells)
        for column, (text, bottom) in going.items():
            if line <= bottom:
                filled[column] = filled[column] or text
        going |= {one.column: (filled[one.column], one.bottom) for one in merged.get(line, ())}
        yield line, filled


def _text(cell: Any) -> str:
    """Return the cell as a person reads it: whole numbers without a point, ISO dates."""
    if type(cell) is str:
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e16:
        return str(int(cell))
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _check(name: str, streams: Streams) -> dict[str, Unread]:
    """Refuse what would fill the memory; return the cells without a value, by sheet."""
    with streams.open() as stream, zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        packed = sum(member.compress_size for member in members) or 1
        if size > _MAX_BYTES or (size > _SMALL_BYTES and size > _MAX_RATIO * packed):
            raise FileFormatError(
                f"{name} would unpack to {size >> 20:,} MiB, as a zip bomb does;"
                " save the table as .csv"
            )
        sheets = sheet_files(archive)
        return {
            sheets.get(member.filename, ""): _check_area(name, archive, member)
            for member in members
            if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
        }


def _check_area(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Unread:
    """Refuse a sheet whose few cells are so far apart that loading it would fill the memory.

    Returns its cells without a value.
    """
    unread: Unread = {}
    columns: set[bytes] = set()
    rows = 0
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            chunk = tail + chunk
            found = _CELL.findall(chunk)
            columns.update(column for column, _ in found)
            rows = max(rows, max((int(row) for _, row in found), default=0))
            look_for_unread(chunk, unread)
            tail = chunk[-OVERLAP:]
    width = max(map(column_number, columns), default=1)
    if width * rows > _MAX_AREA:
        raise FileFormatError(
            f"{name} has a cell at column {width:,}, row {rows:,}, far from the table;"
            " clear what lies outside the table, or save it as .csv"
        )
    return unread

"""CSV and TSV: the delimiter and the header row are found, cells keep every character.

A cell that an export guarded with an apostrophe, so that no spreadsheet runs it as a
formula, comes back without it.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from store.files.encoding import Encoding, is_marked
from store.files.shapes import Opened, RawRow, Score, unique
from store.files.streams import Streams, lines

# A cell that starts so can run as a formula in one spreadsheet program or another.
FORMULA = "=+-@\t\r\n＝＋－＠"
_GUARDED = re.compile(f"'+[{re.escape(FORMULA)}]")
_MAY_RUN = re.compile(f"'*[{re.escape(FORMULA)}]")
LOOK = 10  # rows in which the header is looked for
ABOVE = "above the header row; it is no question"
Numbered = tuple[int, Sequence[Any]]
_DELIMITERS = {",": "csv", "\t": "tsv", ";": "csv (semicolons)"}


def guard(cell: str) -> str:
    """Return the cell so that no spreadsheet runs it; `unguard` gives the text back."""
    return f"'{cell}" if _MAY_RUN.match(cell) else cell


def unguard(cell: str) -> str:
    """Return the text that `guard` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def open_table(streams: Streams, encoding: Encoding, score: Score, *, tabs_first: bool) -> Opened:
    """Open a delimited text file; the delimiter is the one that makes sense of its start."""
    # The limit is the process's; rows are bounded by the line reader instead.
    csv.field_size_limit(2**31 - 1)
    delimiter = _sniff(streams, encoding, score, tabs_first)
    text, done = streams.text(encoding)
    rows = _split(streams.path.name, text, delimiter)
    above, header, below = split_header(list(itertools.islice(rows, LOOK)), score)
    headers = unique(header)
    faulty = (RawRow(line, headers, cells, ABOVE) for line, cells in above)
    good = _checked(itertools.chain(below, rows), headers, encoding.damaged)
    found = itertools.chain(faulty, good)
    return Opened(_DELIMITERS[delimiter], encoding.name, headers, found, done, True, streams.close)


def split_header(
    start: list[Numbered], score: Score
) -> tuple[list[Numbered], Sequence[Any], list[Numbered]]:
    """Return the rows above the header, the header and the rows below it.

    The header is the first row that names a question column, else the first row.
    """
    if not start:
        return [], [], []
    found = next((at for at, (_, cells) in enumerate(start) if score(cells)), 0)
    return start[:found], start[found][1], start[found + 1 :]


def _sniff(streams: Streams, encoding: Encoding, score: Score, tabs_first: bool) -> str:
    best, best_rank = ",", (-1, -1)
    order = ("\t", ",", ";") if tabs_first else (",", "\t", ";")
    for delimiter in order:
        text, _ = streams.text(encoding)
        with text:
            start = list(itertools.islice(_split(streams.path.name, text, delimiter), LOOK))
        understood = max((score(cells) for _, cells in start), default=0)
        rank = (understood, len(start[0][1]) if start else 0)
        if rank > best_rank:
            best, best_rank = delimiter, rank
    return best


def _split(name: str, text: TextIO, delimiter: str) -> Iterator[Numbered]:
    """Yield rows that are not blank, with the number of their first line."""
    source = _Lines(lines(name, text))
    reader = csv.reader(source, delimiter=delimiter)
    line = 1
    for cells in reader:
        if source.ended:  # within the row, so its last cell goes on to the end of the file
            cells = _Unclosed(cells)
        elif any(cell[:1] == "'" for cell in cells):
            cells = [unguard(cell) for cell in cells]
        if any(cells):
            yield line, cells
        line = reader.line_num + 1


class _Unclosed(list[str]):
    """The cells of a row whose last one opens a quote that nothing closes."""


class _Lines:
    """Lines, and whether a reader asked for one more than there are."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._source, None)
        if line is None:
            self.ended = True
            raise StopIteration
        return line


def _checked(rows: Iterable[Numbered], headers: tuple[str, ...], damaged: bool) -> Iterator[RawRow]:
    width = len(headers)
    for line, cells in rows:
        fault = ""
        if isinstance(cells, _Unclosed):
            fault = "a quote that is never closed; close it, or double it where it is text"
        elif len(cells) > width and any(cells[width:]):
            fault = f"{len(cells)} cells under {width} headers; quote the cell that is split"
        elif damaged and any(map(is_marked, cells)):
            fault = "bytes that are not text in the file's encoding; retype the row"
        yield RawRow(line, headers, cells, fault)

"""Plain text: one question a line, without answers and without a header.

Only a .txt file is read so, and only where it does not look like a table.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TextIO

from store.files.encoding import Encoding, is_marked
from store.files.shapes import Opened, RawRow, Score
from store.files.streams import Streams, lines
from store.files.tables import LOOK

HEADERS = ("question",)
_ENDS = "\r\n"
_BLANK = " \t\r\n\ufeff"


def open_plain(streams: Streams, encoding: Encoding) -> Opened:
    """Open a file of one question a line."""
    text, done = streams.text(encoding)
    rows = _rows(streams.path.name, text, encoding.damaged)
    return Opened("text", encoding.name, HEADERS, rows, done, True, streams.close)


def looks_plain(streams: Streams, encoding: Encoding, headers: Sequence[str], score: Score) -> bool:
    """Whether a file, read as a table with these headers, rather is one question a line.

    It is where no header names a question, unless its first lines look like a table: with
    tabs, or all of one number of cells. One column has its header in the first line or has none.
    """
    text, _ = streams.text(encoding)
    with text:
        found = itertools.islice(lines(streams.path.name, text), LOOK)
        start = [line.strip(_BLANK) for line in found if line.strip(_BLANK)]
    if score(headers):
        return len(headers) == 1 and start[0] != headers[0]
    if any("\t" in line for line in start):
        return False
    widths = [{line.count(mark) for line in start} for mark in ",;"]
    return not any(len(width) == 1 and 0 not in width for width in widths if len(start) > 1)


def _rows(name: str, text: TextIO, damaged: bool) -> Iterator[RawRow]:
    for number, line in enumerate(lines(name, text), 1):
        if not line.strip(_BLANK):
            continue
        question = line.rstrip(_ENDS)
        fault = ""
        if damaged and is_marked(question):
            fault = "bytes that are not text in the file's encoding; retype the line"
        yield RawRow(number, HEADERS, (question,), fault)

"""The file of rejected rows: each one whole, with its file, line and reason.

It is written as rows come, so a million of them need no memory, and it is there even when it
is empty, so that nobody reads the one of an earlier run.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from store.errors import StoreError
from store.files import RawRow
from store.files.tables import guard

_FIELDS = ("file", "line", "reason", "row")


@dataclass(frozen=True)
class Rejected:
    """A row that was not imported; `row` is all it held, by header."""

    file: str
    line: int
    reason: str
    row: Mapping[str, Any]


class RejectSink:
    """Takes rejected rows; writes JSON lines, or CSV with the row as JSON in a cell."""

    def __init__(self, stream: TextIO | None, *, as_csv: bool) -> None:
        self._stream = stream
        self._table = csv.writer(stream) if stream and as_csv else None
        if self._table:
            self._table.writerow(_FIELDS)

    def add(self, file: str, raw: RawRow, reason: str) -> None:
        """Write one row."""
        one = Rejected(file, raw.line, reason, raw.whole())
        if self._table:
            row = json.dumps(one.row, ensure_ascii=False)
            self._table.writerow([guard(file), one.line, guard(reason), row])
        elif self._stream:
            values = {name: getattr(one, name) for name in _FIELDS}
            self._stream.write(json.dumps(values, ensure_ascii=False) + "\n")


@contextmanager
def reject_sink(path: Path | None, inputs: list[Path]) -> Iterator[RejectSink]:
    """Open the file for rejected rows; without a path they are only counted."""
    if path is None:
        yield RejectSink(None, as_csv=False)
        return
    if any(path.resolve() == source.resolve() for source in inputs):
        raise StoreError(f"{path} is a file to import; name another one for rejected rows")
    as_csv = path.suffix.lower() == ".csv"
    encoding = "utf-8-sig" if as_csv else "utf-8"
    try:
        # A broken byte that was marked is written as its escape, which no encoder refuses.
        stream = path.open("w", encoding=encoding, errors="backslashreplace", newline="")
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}); name another") from error
    with stream:
        yield RejectSink(stream, as_csv=as_csv)

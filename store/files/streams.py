"""Opening a file again and again, through gzip where it is one, and how far a reader is.

Nothing is unpacked to disk or as a whole: a file that unpacks to many gigabytes costs time,
not memory.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO, cast

from store.errors import FileFormatError
from store.files.encoding import MARKED, Encoding

MAX_LINE = 1 << 26  # characters; a longer line is no row of any table


class Streams:
    """Ways to read one file; every call starts at its beginning, `close` ends them all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: list[IO[Any]] = []

    def close(self) -> None:
        """Close what was opened; a stream closed before may be closed again."""
        for stream in reversed(self._opened):  # a reader before what it reads
            stream.close()

    @property
    def packed(self) -> bool:
        """Whether the file is a gzip file, whatever its name."""
        with self.path.open("rb") as stream:
            return stream.read(2) == b"\x1f\x8b"

    def open(self) -> BinaryIO:
        """Return the unpacked bytes."""
        return self._stream()[0]

    def _stream(self) -> tuple[BinaryIO, BinaryIO]:
        """Return the unpacked bytes and the file below them."""
        packed = self.packed
        raw = self.path.open("rb")
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
        self._opened += [raw, stream]
        return stream, raw

    def text(self, encoding: Encoding) -> tuple[TextIO, Callable[[], float]]:
        """Return the text, line ends as they are, and a function for the share read so far."""
        size = max(self.path.stat().st_size, 1)
        stream, raw = self._stream()
        text = io.TextIOWrapper(stream, encoding.name, errors=MARKED, newline="")
        self._opened.append(text)

        def done() -> float:
            return 1.0 if raw.closed else min(raw.tell() / size, 1.0)

        return text, done


def lines(name: str, text: TextIO) -> Iterator[str]:
    """Yield lines with their ends; FileFormatError at one that no table has."""
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise FileFormatError(
                f"{name} has a line of more than {MAX_LINE:,} characters; it is no table"
            )
        yield line

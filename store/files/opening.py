"""From a path to rows: gunzip, look at the first bytes, choose the reader.

The name is believed only where the content could be several things. What is no table gets
one line that says what it is instead.
"""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from store.errors import FileFormatError
from store.files.encoding import detect
from store.files.objects import open_json, open_jsonl
from store.files.plain import looks_plain, open_plain
from store.files.shapes import Opened, RawRow, Score
from store.files.sheets import open_sheets
from store.files.streams import Streams
from store.files.tables import open_table

_HEAD = 1 << 16
_NOT_TABLES = (
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Office file, such as .xls, or an encrypted one"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"PAR1", "a Parquet file"),
)
_LINES = {".jsonl", ".ndjson"}
_REMEDY = "save the table as .csv, .xlsx or .jsonl"


def open_file(path: Path, score: Score) -> Opened:
    """Open a file of any supported format; `score` says how well headers are understood."""
    check_file(path)
    with _plain_errors(path.name), ExitStack() as stack:
        streams = Streams(path)
        stack.callback(streams.close)
        opened = _open(path, streams, score)
        stack.pop_all()
    return replace(opened, rows=_guarded(path.name, opened.rows))


def _guarded(name: str, rows: Iterator[RawRow]) -> Iterator[RawRow]:
    with _plain_errors(name):
        yield from rows


@contextmanager
def _plain_errors(name: str) -> Iterator[None]:
    """Say of a file that can't be read which one it is and why."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileFormatError(f"{name} is a damaged gzip file ({error}); get it again") from error
    except OSError as error:
        raise FileFormatError(f"{name} cannot be read ({error.strerror or error})") from error


def check_file(path: Path) -> None:
    """Raise FileFormatError unless there is a file at `path`."""
    if not path.exists():
        raise FileFormatError(f"no file {path}; check the name")
    if not path.is_file():
        raise FileFormatError(f"{path} is not a file; name the files one by one")


def _open(path: Path, streams: Streams, score: Score) -> Opened:
    name = path.name
    with streams.open() as stream:
        head = stream.read(_HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise FileFormatError(f"{name} is empty; there is nothing in it")
    if head.startswith(b"PK\x03\x04"):
        if not _is_workbook(streams.open()):
            raise FileFormatError(f"{name} is a zip archive, not an .xlsx; unpack it first")
        return open_sheets(name, streams, score)
    for magic, kind in _NOT_TABLES:
        if head.startswith(magic):
            raise FileFormatError(f"{name} is {kind}; {_REMEDY}")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower() in (b"<!doctype", b"<html xml", b"<html>"):
        raise FileFormatError(f"{name} is a web page; {_REMEDY}")
    encoding = detect(name, streams.open)
    start = head.decode(encoding.name, "ignore").lstrip("\ufeff \t\r\n")
    suffix = _suffix(path)
    kind = _text_format(start, suffix)
    if kind == "jsonl":
        return open_jsonl(streams, encoding)
    if kind == "json":
        return open_json(name, streams, encoding)
    table = open_table(streams, encoding, score, tabs_first=suffix in {".tsv", ".tab"})
    if suffix == ".txt" and looks_plain(streams, encoding, table.headers, score):
        return open_plain(streams, encoding)
    return table


def _text_format(start: str, suffix: str) -> str:
    if start[:1] == "[" and start[1:].lstrip()[:1] in {"{", "]"}:
        return "json"
    if start[:1] != "{":
        return "jsonl" if suffix in _LINES else "json" if suffix == ".json" else "table"
    line, newline, rest = start.partition("\n")
    one_line = not rest.strip()
    if not newline or (one_line and _is_object(line)):
        return "json" if suffix == ".json" else "jsonl"
    if _is_object(line):
        return "jsonl"
    return "jsonl" if suffix in _LINES and line.strip() != "{" else "json"


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_workbook(stream: BinaryIO) -> bool:
    try:
        with stream, zipfile.ZipFile(stream) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""

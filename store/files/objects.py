"""JSONL and JSON: one object is one row, and every value keeps its type.

A line that is no object is a faulty row; a .json file that breaks off ends the import with
the line at which it did.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from store.columns import recognise
from store.errors import FileFormatError
from store.files.encoding import Encoding, is_marked
from store.files.shapes import Opened, RawRow
from store.files.streams import Streams, lines

_PEEK = 20  # rows whose keys are taken for the headers
_CHUNK = 1 << 18
_BETWEEN = re.compile("[ \\t\\r\\n\ufeff,]*")
_BLANK = " \t\r\n\ufeff"


def open_jsonl(streams: Streams, encoding: Encoding) -> Opened:
    """Open a file of one JSON object a line."""
    text, done = streams.text(encoding)
    headers, rows = _peek(_lines(streams.path.name, text, encoding.damaged))
    return Opened("jsonl", encoding.name, headers, rows, done, False, streams.close)


def open_json(name: str, streams: Streams, encoding: Encoding) -> Opened:
    """Open a JSON list of objects, streamed, or an object that holds one, loaded."""
    text, done = streams.text(encoding)
    start = text.read(1)
    while start and start in _BLANK:
        start = text.read(1)
    if start == "[":
        found = _elements(name, text)
    else:
        found = ((1, item) for item in _inner_list(name, start + text.read()))
    headers, rows = _peek(_row(line, item) for line, item in found)
    return Opened("json", encoding.name, headers, rows, done, False, streams.close)


def _peek(rows: Iterable[RawRow]) -> tuple[tuple[str, ...], Iterator[RawRow]]:
    rest = iter(rows)
    first: list[RawRow] = []
    try:
        first.extend(itertools.islice(rest, _PEEK))
    except FileFormatError as error:
        if not first:
            raise
        rest = _break_off(error)  # once the rows before it were given out
    keys = dict.fromkeys(key for row in first if not row.fault for key in row.headers)
    return tuple(keys), itertools.chain(first, rest)


def _break_off(error: FileFormatError) -> Iterator[RawRow]:
    raise error
    yield


def _row(line: int, item: Any) -> RawRow:
    if isinstance(item, dict):
        return RawRow(line, tuple(item), tuple(item.values()))
    return RawRow(line, ("value",), (item,), "not a JSON object; write {...} with named fields")


def _lines(name: str, text: TextIO, damaged: bool) -> Iterator[RawRow]:
    decode = json.JSONDecoder().decode
    for number, line in enumerate(lines(name, text), 1):
        if not line.strip(_BLANK):
            continue
        try:
            row = _row(number, decode(line.lstrip("\ufeff")))
        except (ValueError, RecursionError) as error:
            row = RawRow(number, ("text",), (line.rstrip("\r\n"),), f"not JSON: {_short(error)}")
        if damaged and is_marked(line):
            row = row._replace(fault="bytes that are not text in the file's encoding; retype it")
        yield row


def _short(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} at character {error.pos + 1}; correct the line"
    return "nested too deeply or a number too long; simplify the line"


def _elements(name: str, text: TextIO) -> Iterator[tuple[int, Any]]:
    """Yield the elements of a JSON list whose bracket was read, and of lists after it.

    Each comes with its line. Several lists are what pages of an API make of one file.
    """
    decoder = json.JSONDecoder()
    buffer, at, line, inside = "", 0, 1, True
    while True:
        start = _BETWEEN.match(buffer, at).end()  # type: ignore[union-attr]  # matches nothing too
        line += buffer.count("\n", at, start)
        if not inside:
            if start < len(buffer):
                if buffer[start] != "[":
                    raise _broken(name, line)
                inside, at = True, start + 1
                continue
            buffer, at = text.read(_CHUNK), 0
            if not buffer:
                return
            continue
        if buffer.startswith("]", start):
            inside, at = False, start + 1
            continue
        try:
            item, end = decoder.raw_decode(buffer, start)
        except (ValueError, RecursionError):
            end = len(buffer)
        if end < len(buffer):  # at the very end, a number may go on in the next chunk
            yield line, item
            line += buffer.count("\n", start, end)
            at = end
            continue
        # Reading as much again as is there keeps the retries of a long element few.
        chunk = text.read(max(_CHUNK, len(buffer) - start))
        if not chunk:
            raise _broken(name, line)
        buffer, at = buffer[start:] + chunk, 0


def _broken(name: str, line: int) -> FileFormatError:
    return FileFormatError(
        f"{name} is not JSON from line {line} on; the rows before are imported,"
        " correct the file and import it again"
    )


def _inner_list(name: str, text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{name} is not JSON: {_short(error)}") from error
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list)]
        longest = max(lists, key=len, default=None)
        if longest is None or any(recognise(name) == "standard" for name in whole):
            return [whole]  # it is an entry itself
        if all(isinstance(item, dict) for item in longest):
            alike = [one for one in lists if one is longest or _says_the_same(one, longest)]
            return list(itertools.chain.from_iterable(alike))
        return [whole]
    raise FileFormatError(f"{name} holds no list of objects; write [{{...}}, {{...}}]")


def _says_the_same(some: list[Any], others: list[Any]) -> bool:
    """Whether both are objects with names in common; else the one is no list of entries."""
    first = [one for one in (*some[:1], *others[:1]) if isinstance(one, dict)]
    return len(first) == 2 and bool(first[0].keys() & first[1].keys())

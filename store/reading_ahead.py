"""A large file is read and parsed in a process of its own, while this one writes its rows.

That process sends frames of rows as plain values (marshal: texts, numbers, lists; no code) and
stays some frames ahead. It ends with the import, and by itself when nobody reads it any more.
"""

from __future__ import annotations

import datetime as dt
import json
import marshal
import os
import struct
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO, Any

from store.columns import scorer
from store.drafts import EntryDraft
from store.errors import FileFormatError
from store.files import Opened, RawRow, open_file
from store.models import Status
from store.parsing import Layouts, Parsed, Refused, Row, parse
from store.reports import ImportOptions
from store.text import Fold, fold, know_folds

_LARGE = 16 << 20  # bytes; a process takes longer to start than less than this to parse
_ROWS, _FRAMES = 500, 100  # rows of a frame, frames ahead: more than are written at once
# The thread that sends mostly waits; at Python's usual 5 ms it would wait for its turn as well.
_SWITCH_SECONDS = 0.0001
_LENGTH = struct.Struct("<Q")
_PARSED, _BROKEN, _CRASHED = range(3)

Rows = tuple[Iterator[Parsed], Callable[[], float]]


@contextmanager
def parsed_rows(path: Path, source: Opened, options: ImportOptions) -> Iterator[Rows]:
    """Yield the rows of an open file, and a function for the share of it that is read."""
    if path.stat().st_size < _LARGE:
        yield parse(source.rows, options, tabular=source.tabular), source.done
        return
    asked = json.dumps([str(path), dict(options.mapping), options.recognise_others])
    # Its own session: a Ctrl-C is answered here, and ends it from here.
    with subprocess.Popen(
        [sys.executable, "-m", "store.reading_ahead", asked],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            received = _Received(path.name, process.stdout, options)
            yield received.rows(), lambda: received.share
        finally:
            process.kill()


class _Received:
    """The rows that the other process sends; `share` is how much of the file it had read."""

    def __init__(self, name: str, frames: IO[bytes], options: ImportOptions) -> None:
        self._name, self._frames = name, frames
        self._layouts = Layouts(options)
        self.share = 0.0

    def rows(self) -> Iterator[Parsed]:
        """Yield them; FileFormatError where the file breaks off."""
        while True:
            kind, found, self.share = self._frame()
            if kind == _BROKEN:
                raise FileFormatError(found)
            if kind == _CRASHED:
                raise RuntimeError(f"reading {self._name} failed:\n{found}")
            if not found:
                return
            for one in found:
                yield self._row(*one)

    def _frame(self) -> tuple[int, Any, float]:
        head = self._frames.read(_LENGTH.size)
        length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else -1
        content = self._frames.read(length) if length >= 0 else b""
        if len(content) != length:
            raise FileFormatError(
                f"{self._name}: the process that reads it was stopped (out of memory?);"
                " the rows before are imported, import the file again"
            )
        frame: tuple[int, Any, float] = marshal.loads(content)
        return frame

    def _row(self, raw: tuple[Any, ...], said: list[Any] | str) -> Parsed:
        given = RawRow(*raw)
        if isinstance(said, str):
            return Refused(given, said)
        *texts, lists, status, start, end, extra, key, content_hash, folds = said
        standard, answer, category, external_id = texts
        similar, negative, tags = lists
        draft = EntryDraft(
            standard,
            answer,
            external_id,
            similar,
            negative,
            category,
            tags,
            Status(status),
            _moment(start),
            _moment(end),
            extra,
        )
        for text, (hashed, other) in zip(_texts(draft), folds, strict=True):
            know_folds({text: Fold(hashed, *(other or (text, hashed)))})
        return Row(given, self._layouts.of(given.headers), draft, key, content_hash)


def _texts(draft: EntryDraft) -> tuple[str, ...]:
    return (draft.standard, *draft.similar, *draft.negative)


def _flat(row: Parsed) -> tuple[object, object]:
    raw = (row.raw.line, row.raw.headers, row.raw.values, row.raw.fault)
    if isinstance(row, Refused):
        return raw, row.reason
    draft = row.draft
    folds = []
    for text in _texts(draft):
        one = fold(text)
        folds.append((one.text_hash, None if one.normalised == text else one[1:]))
    said = [
        *(draft.standard, draft.answer, draft.category, draft.external_id),
        (draft.similar, draft.negative, draft.tags),
        *(draft.status.value, _iso(draft.valid_from), _iso(draft.valid_until)),
        *(dict(draft.extra), row.key, row.content_hash, folds),
    ]
    return raw, said


def _iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(iso: str | None) -> dt.datetime | None:
    return None if iso is None else dt.datetime.fromisoformat(iso)


def _parse_into(frames: Queue[bytes], asked: str) -> None:
    path, mapping, recognise_others = json.loads(asked)
    options = ImportOptions("", mapping=mapping, recognise_others=recognise_others)
    some: list[Any] = []
    try:
        with closing(open_file(Path(path), scorer(mapping))) as source:
            for row in parse(source.rows, options, tabular=source.tabular):
                some.append(_flat(row))
                if len(some) == _ROWS:
                    frames.put(marshal.dumps((_PARSED, some, source.done())))
                    some = []
    except FileFormatError as error:
        last: tuple[int, Any, float] = (_BROKEN, str(error), 1.0)
    except Exception:  # whatever it is, the import has to hear of it
        last = (_CRASHED, traceback.format_exc(), 1.0)
    else:
        last = (_PARSED, [], 1.0)
    if some:
        frames.put(marshal.dumps((_PARSED, some, 1.0)))
    frames.put(marshal.dumps(last))
    frames.put(b"")


def _send(frames: Queue[bytes]) -> None:
    try:
        while frame := frames.get():
            sys.stdout.buffer.write(_LENGTH.pack(len(frame)) + frame)
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        os._exit(1)  # nobody reads any more; the other thread may wait for room for ever


def main(asked: str) -> None:
    """Parse the file that the argument names, and send its rows to standard output."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    frames: Queue[bytes] = Queue(_FRAMES)
    sender = Thread(target=_send, args=(frames,))
    sender.start()
    _parse_into(frames, asked)
    sender.join()


if __name__ == "__main__":
    main(sys.argv[1])

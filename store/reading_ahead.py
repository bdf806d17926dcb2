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
from collections.abc import Callable, Iterator, Sequence
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
_STATUS = {status.value: status for status in Status}

Frame = tuple[int, Any, Any, float]  # kind, rows or what went wrong, folds, share read
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
            kind, found, folds, self.share = self._frame()
            if kind == _BROKEN:
                raise FileFormatError(found)
            if kind == _CRASHED:
                raise RuntimeError(f"reading {self._name} failed:\n{found}")
            if not found:
                return
            know_folds({text: Fold(key, *(other or (text, key))) for text, key, other in folds})
            for one in found:
                yield self._row(*one)

    def _frame(self) -> Frame:
        head = self._frames.read(_LENGTH.size)
        length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else -1
        content = self._frames.read(length) if length >= 0 else b""
        if len(content) != length:
            raise FileFormatError(
                f"{self._name}: the process that reads it was stopped (out of memory?);"
                " the rows before are imported, import the file again"
            )
        frame: Frame = marshal.loads(content)
        return frame

    def _row(self, raw: tuple[Any, ...], said: list[Any] | str) -> Parsed:
        given = RawRow(*raw)
        if isinstance(said, str):
            return Refused(given, said)
        key, content_hash, standard, answer, external_id, similar, negative, *rest = said
        category, tags, status, start, end, extra = rest
        draft = EntryDraft(
            standard,
            answer,
            external_id,
            similar,
            negative,
            category,
            tags,
            _STATUS[status],
            _moment(start),
            _moment(end),
            extra,
        )
        return Row(given, self._layouts.of(given.headers), draft, key, content_hash)


def _flat(row: Parsed) -> tuple[object, object]:
    values = row.raw.values
    if type(values) not in (list, tuple):  # what is made of a list can't be sent
        values = list(values)
    raw = (row.raw.line, row.raw.headers, values, row.raw.fault)
    if isinstance(row, Refused):
        return raw, row.reason
    draft = row.draft
    said = [
        *(row.key, row.content_hash),
        *(draft.standard, draft.answer, draft.external_id, draft.similar, draft.negative),
        *(draft.category, draft.tags, draft.status.value),
        *(_iso(draft.valid_from), _iso(draft.valid_until), dict(draft.extra)),
    ]
    return raw, said


def _folds(rows: Sequence[Parsed]) -> Iterator[tuple[str, bytes, object]]:
    drafts = (row.draft for row in rows if isinstance(row, Row))
    for text in (t for d in drafts for t in (d.standard, *d.similar, *d.negative)):
        one = fold(text)
        yield text, one.text_hash, None if one.normalised == text else one[1:]


def _iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(iso: str | None) -> dt.datetime | None:
    return None if iso is None else dt.datetime.fromisoformat(iso)


def _parse_into(frames: Queue[bytes], asked: str) -> None:
    path, mapping, recognise_others = json.loads(asked)
    options = ImportOptions("", mapping=mapping, recognise_others=recognise_others)
    some: list[Parsed] = []

    def put(share: float) -> None:
        flat = [_flat(row) for row in some]
        frames.put(marshal.dumps((_PARSED, flat, list(_folds(some)), share)))
        some.clear()

    last: Frame = (_PARSED, [], [], 1.0)
    try:
        try:
            with closing(open_file(Path(path), scorer(mapping))) as source:
                for row in parse(source.rows, options, tabular=source.tabular):
                    some.append(row)
                    if len(some) == _ROWS:
                        put(source.done())
        except FileFormatError as error:
            last = (_BROKEN, str(error), None, 1.0)
        if some:
            put(1.0)
    except Exception:  # whatever it is, the import has to hear of it
        last = (_CRASHED, traceback.format_exc(), None, 1.0)
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

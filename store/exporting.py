"""Export: a collection as CSV, XLSX or JSONL that imports again without any change.

No cell can run as a formula: in CSV one that would is preceded by an apostrophe, which import
takes off again; in XLSX it is written as text. The file appears when it is complete.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from store import cells
from store.browsing import stream_entries
from store.collections import find_collection
from store.columns import EXPORTED, export_name
from store.database import Database
from store.drafts import EntryDraft
from store.files.aside import aside, check_out
from store.files.tables import guard
from store.files.workbook import write_workbook
from store.models import Status

Drafts = Callable[[], Iterator[EntryDraft]]


def export_collection(database: Database, collection: str, out: Path) -> int:
    """Write a collection's entries, oldest first, by the suffix of `out`; return their number."""
    check_out(out, tuple(_WRITERS))
    name = out.name.lower()
    write = next(made for ending, made in _WRITERS.items() if name.endswith(ending))
    with database.reading() as session:
        number = find_collection(session, collection).id

        def drafts() -> Iterator[EntryDraft]:
            for page in stream_entries(session, number):
                for record in page:
                    yield record.draft

        with aside(out) as path:
            return write(path, drafts)


def as_object(draft: EntryDraft) -> dict[str, Any]:
    """Return the entry as a JSON object: empty fields are left out, but for the first four."""
    row: dict[str, Any] = {} if draft.external_id is None else {"id": draft.external_id}
    row |= {"category": draft.category, "question": draft.standard, "answer": draft.answer}
    optional = {
        "similar": list(draft.similar),
        "negative": list(draft.negative),
        "tags": list(draft.tags),
        "status": "" if draft.status is Status.ACTIVE else draft.status.value,
        "valid_from": cells.show_moment(draft.valid_from, end=False),
        "valid_until": cells.show_moment(draft.valid_until, end=True),
    }
    row |= {name: value for name, value in optional.items() if value}
    row |= {export_name(name, as_json=False): value for name, value in draft.extra.items()}
    return row


def _write_jsonl(path: Path, drafts: Drafts) -> int:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        return _write_lines(stream, drafts())


def _write_jsonl_gz(path: Path, drafts: Drafts) -> int:
    with gzip.open(path, "wt", encoding="utf-8", newline="\n") as stream:
        return _write_lines(stream, drafts())


def _write_lines(stream: TextIO, drafts: Iterable[EntryDraft]) -> int:
    count = 0
    for draft in drafts:
        stream.write(json.dumps(as_object(draft), ensure_ascii=False) + "\n")
        count += 1
    return count


def _write_csv(path: Path, drafts: Drafts) -> int:
    # With a mark, or Excel takes UTF-8 for the local code page.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        extras = _extra_columns(drafts())
        writer.writerow([guard(header) for header in _headers(extras)])
        count = 0
        for draft in drafts():
            writer.writerow([guard(cell) for cell in _cells(draft, extras)])
            count += 1
    return count


def _write_xlsx(path: Path, drafts: Drafts) -> int:
    extras = _extra_columns(drafts())
    rows = (_cells(draft, extras) for draft in drafts())
    return write_workbook(path, _headers(extras), rows)


def _extra_columns(drafts: Iterable[EntryDraft]) -> dict[str, bool]:
    """Return the unknown columns in order of appearance, and whether they need JSON cells."""
    found: dict[str, bool] = {}
    for draft in drafts:
        for name, value in draft.extra.items():
            plain = isinstance(value, str) and value != ""
            found[name] = found.get(name, False) or not plain
    return found


def _headers(extras: Mapping[str, bool]) -> list[str]:
    return [
        *EXPORTED.values(),
        *(export_name(name, as_json=as_json) for name, as_json in extras.items()),
    ]


def _cells(draft: EntryDraft, extras: Mapping[str, bool]) -> list[str]:
    row = [
        draft.external_id or "",
        draft.standard,
        cells.join_questions(draft.similar),
        cells.join_questions(draft.negative),
        draft.answer,
        draft.category,
        cells.join_tags(draft.tags),
        draft.status.value,
        cells.show_moment(draft.valid_from, end=False),
        cells.show_moment(draft.valid_until, end=True),
    ]
    for name, as_json in extras.items():
        if name not in draft.extra:
            row.append("")
        else:
            value = draft.extra[name]
            row.append(json.dumps(value, ensure_ascii=False) if as_json else value)
    return row


_WRITERS: dict[str, Callable[[Path, Drafts], int]] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
    ".jsonl": _write_jsonl,
    ".jsonl.gz": _write_jsonl_gz,
}

"""From a row of a file to the entry it describes, or the reason why it describes none.

Texts are taken exactly as given. The forms of WeKnora (values joined by `##`), MaxKB (one
question a line) and QnA Maker (metadata pairs, `\\n` for a line end) are understood from
their headers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from store import cells
from store.columns import Layout
from store.drafts import EntryDraft
from store.errors import StoreError
from store.models import Status

_EXTRA = frozenset({"extra", "extra-json"})
_PLAIN = frozenset({"standard", "answer", "category"})


def draft_of(layout: Layout, values: Sequence[Any], *, tabular: bool) -> EntryDraft:
    """Return the entry that a row describes; StoreError says why it describes none."""
    found: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for column, value in zip(layout.columns, values, strict=False):
        if column.field in _EXTRA:
            if not tabular:
                extra[column.name] = value
            elif value:
                extra[column.name] = _typed(value) if column.field == "extra-json" else value
        elif column.field in _PLAIN and type(value) is str:
            if value:
                found[column.field] = value
        elif value is not None and value != "":
            _READERS[column.field](found, value)
    if "title" in layout.given:
        _read_maxkb(layout, found, extra)
    if layout.foreign:
        _read_foreign(layout, found, extra)
    return EntryDraft(found.pop("standard", ""), extra=extra, **found)


def _typed(value: Any) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise StoreError("a json: column without JSON in it; correct the cell") from error


def _standard(found: dict[str, Any], value: Any) -> None:
    if isinstance(value, list):
        first, *others = cells.split_questions(value) or ("",)
        found["standard"] = first
        found["similar"] = (*others, *found.get("similar", ()))
    else:
        found["standard"] = cells.text(value)


def _similar(found: dict[str, Any], value: Any) -> None:
    found["similar"] = found.get("similar", ()) + cells.split_questions(value)


def _negative(found: dict[str, Any], value: Any) -> None:
    found["negative"] = found.get("negative", ()) + cells.split_questions(value)


def _tags(found: dict[str, Any], value: Any) -> None:
    found["tags"] = found.get("tags", ()) + cells.split_tags(value)


def _answer(found: dict[str, Any], value: Any) -> None:
    found["answer"] = cells.text(value)


def _category(found: dict[str, Any], value: Any) -> None:
    found["category"] = cells.text(value)


def _external_id(found: dict[str, Any], value: Any) -> None:
    name = cells.text(value)
    found["external_id"] = name if name.strip() else None


def _status(found: dict[str, Any], value: Any) -> None:
    # A row that is switched off stays so, whatever else it says.
    if found.get("status") is not Status.ARCHIVED:
        found["status"] = cells.status(value)


def _disabled(found: dict[str, Any], value: Any) -> None:
    if cells.yes(value):
        found["status"] = Status.ARCHIVED


def _enabled(found: dict[str, Any], value: Any) -> None:
    if cells.yes(value) is False:
        found["status"] = Status.ARCHIVED


def _valid_from(found: dict[str, Any], value: Any) -> None:
    found["valid_from"] = cells.moment(value, end=False)


def _valid_until(found: dict[str, Any], value: Any) -> None:
    found["valid_until"] = cells.moment(value, end=True)


def _title(found: dict[str, Any], value: Any) -> None:
    found["title"] = cells.text(value)


def _metadata(found: dict[str, Any], value: Any) -> None:
    found["metadata"] = cells.text(value)


_READERS: dict[str, Callable[[dict[str, Any], Any], None]] = {
    "standard": _standard,
    "similar": _similar,
    "negative": _negative,
    "tags": _tags,
    "answer": _answer,
    "category": _category,
    "external_id": _external_id,
    "status": _status,
    "disabled": _disabled,
    "enabled": _enabled,
    "valid_from": _valid_from,
    "valid_until": _valid_until,
    "title": _title,
    "metadata": _metadata,
}


def _read_maxkb(layout: Layout, found: dict[str, Any], extra: dict[str, Any]) -> None:
    """Questions one a line; the title is the question where there is none, else it is kept."""
    title = found.pop("title", "")
    asked = [line.strip() for line in found.pop("standard", "").splitlines() if line.strip()]
    if not asked:
        found["standard"] = title
        return
    found["standard"] = asked[0]
    found["similar"] = (*asked[1:], *found.get("similar", ()))
    if title:
        extra[layout.header_of("title")] = title


def _read_foreign(layout: Layout, found: dict[str, Any], extra: dict[str, Any]) -> None:
    answer = found.get("answer", "")
    if layout.foreign == "weknora" and "##" in answer:
        found["answer"] = "\n".join(part.strip() for part in answer.split("##") if part.strip())
    if layout.foreign == "qnamaker":
        found["answer"] = answer.replace("\\n", "\n")
    metadata = found.pop("metadata", "")
    if metadata.strip() in ("", "[]"):
        return
    extra[layout.header_of("metadata")] = metadata
    for pair in filter(None, map(str.strip, metadata.split("|"))):
        key, colon, value = pair.partition(":")
        if key.strip().casefold() == "category" and colon and "category" not in found:
            found["category"] = value.strip()
        elif pair not in found.get("tags", ()):
            found["tags"] = (*found.get("tags", ()), pair)

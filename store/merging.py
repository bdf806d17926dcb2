"""How rows become one entry: with what is stored, and with each other.

A row decides the fields it has columns for; the others stay as they are. Further rows of the
same entry add questions and tags and fill gaps, and one that contradicts is refused, so that
the order of rows never decides silently which answer survives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from store.columns import Layout
from store.drafts import EntryDraft
from store.errors import StoreError
from store.models import Status


def overlay(stored: EntryDraft, row: EntryDraft, layout: Layout) -> EntryDraft:
    """Return what the entry says once the row has had its say about the fields it gives."""
    given = layout.given
    kept = {name: value for name, value in stored.extra.items() if name not in layout.extras}
    return EntryDraft(
        standard=row.standard,
        answer=row.answer if "answer" in given else stored.answer,
        external_id=row.external_id or stored.external_id,
        similar=row.similar if row.similar or "similar" in given else stored.similar,
        negative=row.negative if "negative" in given else stored.negative,
        category=row.category if "category" in given else stored.category,
        tags=row.tags if "tags" in given else stored.tags,
        status=row.status if "status" in given else stored.status,
        valid_from=row.valid_from if "valid_from" in given else stored.valid_from,
        valid_until=row.valid_until if "valid_until" in given else stored.valid_until,
        extra={**kept, **row.extra},
    )


def join(entry: EntryDraft, row: EntryDraft) -> EntryDraft:
    """Return the entry with what a further row of it adds; StoreError if they contradict."""
    known = {entry.standard, *entry.similar}
    asked = [text for text in dict.fromkeys((row.standard, *row.similar)) if text not in known]
    negative = [text for text in row.negative if text not in entry.negative]
    tags = [tag for tag in row.tags if tag not in entry.tags]
    if row.status not in (entry.status, Status.ACTIVE):
        raise _contradiction("status")
    return replace(
        entry,
        answer=_one("answer", entry.answer, row.answer),
        similar=(*entry.similar, *asked),
        negative=(*entry.negative, *negative),
        category=_one("category", entry.category, row.category),
        tags=(*entry.tags, *tags),
        valid_from=_one("valid_from", entry.valid_from, row.valid_from),
        valid_until=_one("valid_until", entry.valid_until, row.valid_until),
        extra=_extras(entry.extra, row.extra),
    )


def _one(field: str, stored: Any, given: Any) -> Any:
    if stored and given and stored != given:
        raise _contradiction(field)
    return stored or given


def _contradiction(field: str) -> StoreError:
    return StoreError(
        f"another {field} than an earlier row of the same entry; give it its own id or one {field}"
    )


def _extras(stored: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Keep every value that rows of one entry have for an unknown column, in order."""
    found = dict(stored)
    for name, value in given.items():
        before = found.get(name)
        if name not in found or before in ("", None):
            found[name] = value
        elif value not in ("", None, before):
            several = before if isinstance(before, list) else [before]
            added = value if isinstance(value, list) else [value]
            found[name] = several + [item for item in added if item not in several]
    return found

"""What an entry says as a JSON object, and back: nothing is lost, and nothing is rounded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from store.drafts import EntryDraft
from store.models import Status


def draft_to_json(draft: EntryDraft) -> dict[str, Any]:
    """Return all that the draft says."""
    return {
        "standard": draft.standard,
        "similar": list(draft.similar),
        "negative": list(draft.negative),
        "answer": draft.answer,
        "external_id": draft.external_id,
        "category": draft.category,
        "tags": list(draft.tags),
        "status": draft.status.value,
        "valid_from": moment_to_json(draft.valid_from),
        "valid_until": moment_to_json(draft.valid_until),
        "extra": dict(draft.extra),
    }


def draft_from_json(said: Mapping[str, Any]) -> EntryDraft:
    """Return the draft that `draft_to_json` was given."""
    return EntryDraft(
        standard=said["standard"],
        similar=tuple(said["similar"]),
        negative=tuple(said["negative"]),
        answer=said["answer"],
        external_id=said["external_id"],
        category=said["category"],
        tags=tuple(said["tags"]),
        status=Status(said["status"]),
        valid_from=moment_from_json(said["valid_from"]),
        valid_until=moment_from_json(said["valid_until"]),
        extra=said["extra"],
    )


def moment_to_json(moment: dt.datetime | None) -> str | None:
    """Return a time as ISO 8601."""
    return None if moment is None else moment.isoformat()


def moment_from_json(text: str | None) -> dt.datetime | None:
    """Return the time that an ISO 8601 text says."""
    return None if text is None else dt.datetime.fromisoformat(text)

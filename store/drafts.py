"""What an entry says, free of any database: the draft, its limits and its digest.

Two drafts have the same digest exactly when they say the same, so an import can tell an
unchanged entry by comparing sixteen bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from store.errors import StoreError
from store.models import Status

MAX_QUESTION = 2_000
MAX_ANSWER = 200_000
MAX_TAG = 200
_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
MAX_NAME = 500  # a category, an external id


@dataclass(frozen=True)
class EntryDraft:
    """One answer with its questions, every text exactly as given.

    Valid from `valid_from` on and before `valid_until`, both aware. `extra` holds what an
    imported row said that means nothing to Tongwen, as JSON values.
    """

    standard: str
    answer: str = ""
    external_id: str | None = None
    similar: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    category: str = ""
    tags: tuple[str, ...] = ()
    status: Status = Status.ACTIVE
    valid_from: dt.datetime | None = None
    valid_until: dt.datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def validate(draft: EntryDraft) -> None:
    """Raise StoreError, one line, unless the draft can be stored."""
    _check_question(draft.standard, "question")
    for text in draft.similar:
        _check_question(text, "similar question")
    for text in draft.negative:
        _check_question(text, "negative question")
    if len(draft.answer) > MAX_ANSWER:
        raise StoreError(
            f"answer of {len(draft.answer):,} characters; the limit is {MAX_ANSWER:,}, split it"
        )
    for tag in draft.tags:
        if not tag.strip() or len(tag) > MAX_TAG:
            raise StoreError(f"tag of {len(tag)} characters; give it 1 to {MAX_TAG}")
    if len(draft.category) > MAX_NAME:
        raise StoreError(f"category of {len(draft.category)} characters; the limit is {MAX_NAME}")
    if draft.external_id is not None and not 0 < len(draft.external_id) <= MAX_NAME:
        raise StoreError(f"id of {len(draft.external_id)} characters; give it 1 to {MAX_NAME}")
    for moment in (draft.valid_from, draft.valid_until):
        if moment and moment.tzinfo is None:
            raise StoreError(f"time {moment.isoformat()} without a zone; say which one it is in")
    if draft.valid_from and draft.valid_until and draft.valid_from >= draft.valid_until:
        raise StoreError("valid_from is not before valid_until; exchange or correct the dates")


def answers(draft: EntryDraft, now: dt.datetime) -> bool:
    """Return whether an entry that says this may answer at that moment."""
    begun = draft.valid_from is None or draft.valid_from <= now
    ended = draft.valid_until is not None and draft.valid_until <= now
    return draft.status is Status.ACTIVE and begun and not ended


def digest(draft: EntryDraft) -> bytes:
    """Return 16 bytes that stand for everything the draft says.

    Raises StoreError for what not every database and file can hold: a NUL character, half of a
    surrogate pair, one of the two codes that are no characters, hundreds of lists in each other.
    """
    try:
        return _digest(draft)
    except RecursionError as error:
        raise StoreError("a value nested too deeply; simplify it") from error


def _digest(draft: EntryDraft) -> bytes:
    start, end = draft.valid_from, draft.valid_until
    parts = (
        str(len(draft.similar)),
        str(len(draft.negative)),
        str(len(draft.tags)),
        "" if start is None else str(start.timestamp()),
        "" if end is None else str(end.timestamp()),
        draft.status.value,
        _ENCODE(dict(draft.extra)) if draft.extra else "",
        draft.standard,
        draft.answer,
        draft.external_id or "",
        draft.category,
        *draft.similar,
        *draft.negative,
        *draft.tags,
    )
    # No text holds the separator, so nothing but the same parts gives the same whole.
    whole = "\0".join(parts)
    if whole.count("\0") >= len(parts) or (draft.extra and _has_nul(draft.extra)):
        raise StoreError("text with a NUL character; remove it")
    if "\ufffe" in whole or "\uffff" in whole:
        raise StoreError("text with U+FFFE or U+FFFF, which are no characters; remove them")
    try:
        return hashlib.blake2b(whole.encode(), digest_size=16).digest()
    except UnicodeEncodeError as error:
        raise StoreError("text that is not valid Unicode (half a character); retype it") from error


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    return isinstance(value, list | tuple) and any(_has_nul(item) for item in value)


def _check_question(text: str, name: str) -> None:
    if len(text) > MAX_QUESTION:
        raise StoreError(
            f"{name} of {len(text):,} characters; the limit is {MAX_QUESTION:,}, shorten it"
        )
    if not text.strip():
        raise StoreError(f"empty {name}; give it a text")

"""Imports that were completed, so that the same files again are answered at once.

The bytes are compared, not names or times, and any edit of the collection since, by whoever,
makes the answer void: then the rows are read and compared one by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from store.changes import edits
from store.models import ImportedFiles

_RULES = 2  # raise it when files are to be understood in another way than before
_CHUNK = 1 << 20


def sign(paths: Sequence[Path], how: Mapping[str, Any]) -> bytes:
    """Return 32 bytes that stand for the files' names and bytes and for `how` they are read."""
    whole = hashlib.blake2b(repr((_RULES, sorted(how.items()))).encode(), digest_size=32)
    for path in paths:
        content = hashlib.blake2b(digest_size=32)
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                content.update(chunk)
        whole.update(repr((path.name, content.digest())).encode("utf-8", "surrogateescape"))
    return whole.digest()


def recall(session: Session, collection_id: int, signature: bytes) -> Mapping[str, Any] | None:
    """Return what was remembered of those files, None if anything was edited since."""
    found = session.get(ImportedFiles, (collection_id, signature))
    if found is None or found.edits != edits(session, collection_id):
        return None
    return found.report


def remember(
    session: Session, collection_id: int, signature: bytes, report: Mapping[str, Any]
) -> None:
    """Keep what an import said; what was kept before the collection's last edit is dropped."""
    now = edits(session, collection_id)
    stale = delete(ImportedFiles).where(
        ImportedFiles.collection_id == collection_id,
        (ImportedFiles.edits != now) | (ImportedFiles.signature == signature),
    )
    session.execute(stale.execution_options(synchronize_session=False))
    session.add(
        ImportedFiles(
            collection_id=collection_id, signature=signature, edits=now, report=dict(report)
        )
    )

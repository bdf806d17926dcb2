"""Checking before saving: what is there to compare a new question with."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.home import Home, load_encoder
from indexer.errors import IndexerError
from store.builds import live_build
from store.collections import find_collection
from store.drafts import EntryDraft
from store.errors import StoreError
from store.screening import Resemblance
from store.vectors import count_missing

if TYPE_CHECKING:
    from indexer.duplicates.screening import Known

# So many texts without a vector are embedded to see what a new entry is near.
_EMBEDDED_AT_ONCE = 1_000


def near_new(home: Home, collection: str, questions: Sequence[str]) -> Sequence[Resemblance]:
    """Return the entries of a collection that a new one of these questions would be near.

    A collection that is not there is told; where nothing can be compared, none is.
    """
    with home.database.reading() as session:
        scope = [find_collection(session, collection).id]
        live = live_build(session)
        # Whoever decides does not wait for what a reindex has to embed.
        if live is None or count_missing(session, live.model.id, scope) > _EMBEDDED_AT_ONCE:
            return ()
    with contextlib.suppress(IndexerError, StoreError):  # What is decided needs no model.
        draft = EntryDraft(questions[0], similar=tuple(questions[1:]))
        return known_entries(home, collection).nearest([draft])[0]
    return ()


def known_entries(
    home: Home,
    collection: str,
    threshold: float | None = None,
    model: str | None = None,
) -> Known:
    """Return what is there to be compared with."""
    from indexer.duplicates.screening import Known

    encoder = load_encoder(home.model_to_index(model))
    return Known.read(home.database, home.folder, encoder, collection, threshold)

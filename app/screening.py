"""Checking before saving: what is there to compare a new question with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.home import Home, load_encoder

if TYPE_CHECKING:
    from indexer.duplicates.screening import Known


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

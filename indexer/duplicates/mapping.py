"""A map of the base: its questions as points, near ones near each other, as far as a plane allows.

The two directions in which the questions differ most are the axes, so the same base gives the
same map. Of a large base an even sample is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.encoder import Vectors
from store.browsing import read_entries
from store.database import Database
from store.duplicate_texts import sample_standards
from store.vectors import find_model, read_vectors

MOST_POINTS = 2_000


@dataclass(frozen=True)
class MapPoint:
    """An entry at its place; `x` and `y` lie between -1 and 1."""

    entry_id: int
    question: str
    category: str
    collection: str
    x: float
    y: float


def map_of(
    database: Database,
    fingerprint: str,
    collection_ids: Sequence[int] | None = None,
    *,
    always: Sequence[int] = (),
    limit: int = MOST_POINTS,
) -> list[MapPoint]:
    """Return points for entries whose question has a vector; those in `always` first."""
    with database.reading() as session:
        model = find_model(session, fingerprint)
        if model is None:
            return []
        chosen = sample_standards(session, collection_ids, always=always, limit=limit)
        vectors = read_vectors(session, model.id, list({key for _, key in chosen}))
        entries = read_entries(session, [entry for entry, _ in chosen])
    there = [(entry, key) for entry, key in chosen if key in vectors and entry in entries]
    if not there:
        return []
    places = flattened(np.stack([vectors[key] for _, key in there]))
    return [
        MapPoint(
            entry,
            entries[entry].draft.standard,
            entries[entry].draft.category,
            entries[entry].collection,
            round(float(x), 4),
            round(float(y), 4),
        )
        for (entry, _), (x, y) in zip(there, places, strict=True)
    ]


def flattened(vectors: Vectors) -> Vectors:
    """Return each vector's place along the two directions of most variance, within -1 and 1."""
    centred = vectors - vectors.mean(axis=0)
    places = np.zeros((len(vectors), 2), dtype=np.float32)
    if len(vectors) > 1:
        _, directions = np.linalg.eigh(centred.T @ centred)
        axes = directions[:, ::-1][:, :2]
        # A direction and its opposite are the same; the larger half is made the positive one.
        axes = axes * np.where(axes.sum(axis=0) < 0, -1, 1)
        places[:, : axes.shape[1]] = centred @ axes
    furthest = np.abs(places).max(axis=0)
    return (places / np.where(furthest > 0, furthest, 1)).astype(np.float32)

"""A searchable set of questions: vectors, what is known of them, and which are masked.

k means k entries: an entry counts once, by its best question, and the search is widened
until k different entries are found or no allowed row is left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Vectors
from indexer.faiss_index import FlatIndex
from indexer.rows import RowFilter, Rows, RowsBuilder
from indexer.vector_index import Mask, Neighbours, VectorIndex
from store.models import Kind
from store.questions import QuestionRow

_KEPT_MASKS = 16


@dataclass(frozen=True)
class Found:
    """The best question of one entry; `score` is the cosine similarity."""

    entry_id: int
    question_id: int
    kind: Kind
    score: float


@dataclass(frozen=True)
class Segment:
    """Rows and their vectors; `visible` is None where no row is masked."""

    rows: Rows
    index: VectorIndex
    visible: Mask | None = None
    _masks: dict[RowFilter, Mask] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, questions: Sequence[QuestionRow], vectors: Vectors) -> Segment:
        """Return a small exact segment; `vectors` has a row for each question."""
        builder = RowsBuilder()
        builder.add(questions)
        return cls(builder.finish(), FlatIndex(vectors))

    def changed(
        self,
        *,
        hide: NDArray[np.int64] | None = None,
        show: Sequence[QuestionRow] = (),
    ) -> Segment:
        """Return this segment without some questions, and with others shown as they are now."""
        rows = self.rows
        visible = np.ones(len(rows), dtype=np.bool_) if self.visible is None else self.visible
        if hide is not None:
            hidden = rows.find(hide)
            visible = visible.copy()
            visible[hidden[hidden >= 0]] = False
        if show:
            rows = rows.updated(show)
            visible = visible.copy()
            visible[rows.find(np.array([q.id for q in show], dtype=np.int64))] = True
        return Segment(rows, self.index, None if visible.all() else visible)

    @property
    def hidden(self) -> int:
        """How many rows are masked."""
        return 0 if self.visible is None else int(np.count_nonzero(~self.visible))

    def allowed(self, wanted: RowFilter) -> Mask:
        """Return which rows may be found; what does not depend on the moment is kept."""
        timeless = replace(wanted, at=None)
        mask = self._masks.get(timeless)
        if mask is None:
            mask = self.rows.where(timeless)
            if self.visible is not None:
                mask &= self.visible
            if len(self._masks) >= _KEPT_MASKS:
                self._masks.clear()
            self._masks[timeless] = mask
        return mask if wanted.at is None else self.rows.valid(mask, wanted.at)

    def best(self, vector: Vectors, k: int, wanted: RowFilter) -> list[Found]:
        """Return the k best entries of the rows that the filter lets through, best first.

        More than k only where several entries share the last score.
        """
        allowed = self.allowed(wanted)
        available = int(np.count_nonzero(allowed))
        # With one row an entry, fewer rows show k entries than with many.
        width = math.ceil(max(2.0, min(4.0, self.rows.per_entry + 0.5)) * k)
        while True:
            near = self.index.search(vector, min(width, available), allowed)
            # Of questions that score the same, an entry shows the first.
            order = np.lexsort((near.rows, -near.scores))
            near = Neighbours(near.rows[order], near.scores[order])
            entries = self.rows.entries[near.rows]
            _, first = np.unique(entries, return_index=True)
            first.sort()
            # Every row that ties with the k-th entry is seen before the list is cut.
            enough = len(first) >= k and near.scores[-1] < near.scores[first[k - 1]]
            if enough or width >= available:
                break
            width *= 4
        if len(first) > k:
            first = first[near.scores[first] >= near.scores[first[k - 1]]]
        return [
            Found(
                entry_id=int(entries[place]),
                question_id=int(self.rows.ids[near.rows[place]]),
                kind=self.rows.kind(int(near.rows[place])),
                # Rounding alone can take a cosine past 1.
                score=float(np.clip(near.scores[place], -1.0, 1.0)),
            )
            for place in first
        ]


def merge(found: Iterable[Found], k: int) -> list[Found]:
    """Return the k best entries of several segments, best first, ties by the lower entry id."""
    best: dict[int, Found] = {}
    for one in found:
        known = best.get(one.entry_id)
        if known is None or one.score > known.score:
            best[one.entry_id] = one
    return sorted(best.values(), key=lambda one: (-one.score, one.entry_id))[:k]

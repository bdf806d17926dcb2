"""What changed since a build, made searchable without making a new one.

A delta never changes: the next one is made from it by reading only what changed in between. A
question keeps its id for as long as its text, so one that is in the base needs no vector: what
is new of it (category, tags, status, validity) takes the place of what the base says. Newer
questions are searched exactly beside the base, up to a limit that keeps memory and time small;
the others wait, counted, until a build takes them in. Small changes, the edits of people, come
before large ones, and never wait for lack of room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from indexer import embedding
from indexer.encoder import Vectors
from indexer.segment import Segment
from store.chunks import chunks
from store.database import Session
from store.questions import (
    Changed,
    Numbers,
    QuestionRow,
    Since,
    changed_since,
    deleted_since,
    read_questions,
)
from store.vectors import read_vectors

# A change of more questions than this is the batch of an import, not an edit.
SMALL_CHANGE = 500
# Questions of large changes beside the base; more of them wait for the next build.
MOST_ROWS = 50_000
_ROWS_AT_ONCE = 5_000
_NONE: Numbers = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Part:
    """Some of the newer questions, by rising id, and their segment."""

    questions: tuple[QuestionRow, ...]
    segment: Segment

    @classmethod
    def of(cls, questions: Sequence[QuestionRow], vectors: Vectors) -> Part:
        """Return a part; `vectors` has a row for each question."""
        return cls(tuple(questions), Segment.of(questions, vectors))

    @property
    def count(self) -> int:
        """How many of its questions may still be found."""
        return len(self.questions) - self.segment.hidden

    def rows(self) -> NDArray[np.int64]:
        """Return the rows of those."""
        visible = self.segment.visible
        return np.arange(len(self.questions)) if visible is None else np.flatnonzero(visible)

    def vectors(self) -> Vectors:
        """Return the vectors of those."""
        return self.segment.index.vectors(self.rows())


@dataclass(frozen=True)
class Delta:
    """A base and what changed since.

    Questions wait where they have no vector or no room: `edited` came in small changes, the
    newest last, `bulk` in large ones.
    """

    base: Segment | None
    parts: tuple[Part, ...] = ()
    edited: Numbers = field(default_factory=_NONE.copy)
    bulk: Numbers = field(default_factory=_NONE.copy)

    @property
    def segments(self) -> list[Segment]:
        """What to search."""
        newer = [part.segment for part in self.parts]
        return [self.base, *newer] if self.base is not None else newer

    @property
    def count(self) -> int:
        """How many questions are found beside the base."""
        return sum(part.count for part in self.parts)

    @property
    def waiting(self) -> int:
        """How many questions cannot be found yet."""
        return len(self.edited) + len(self.bulk)

    def wanted(self) -> Numbers:
        """Return the waiting questions that a search should embed.

        All, if they are few and have room; else only what people edited, the newest of it.
        """
        if self.waiting <= min(embedding.AT_ONCE, MOST_ROWS - self.count):
            return np.concatenate([self.bulk, self.edited])
        return self.edited[-embedding.AT_ONCE :]

    def advanced(self, session: Session, since: Since, model_id: int | None) -> Delta:
        """Return the delta with all that changed `since` then, as the session sees it."""
        changed = changed_since(session, since, model_id)
        gone = deleted_since(session, since)
        touched = np.concatenate([changed.ids, gone])
        if not len(touched):
            return self
        base, fresh = self.base, ~changed.negative
        if base is not None:
            known = base.rows.find(changed.ids) >= 0
            hidden = np.concatenate([changed.ids[known & changed.negative], gone])
            base = _shown(session, base.changed(hide=hidden), changed.ids[known & fresh])
            fresh &= ~known
        kept = replace(self, base=base)._without(touched)
        return kept._with(session, changed, fresh, model_id)

    def supplied(self, session: Session, vectors: Mapping[int, Vectors]) -> Delta:
        """Return the delta with vectors, by question id, for questions that waited for them."""
        ids = np.intersect1d(list(vectors), np.concatenate([self.edited, self.bulk]))
        found = read_questions(session, ids.tolist())
        if not found:
            return self
        part = Part.of(found, np.stack([vectors[q.id] for q in found]))
        return self._without(ids)._joined(part)

    def _without(self, ids: Numbers) -> Delta:
        parts = [replace(part, segment=part.segment.changed(hide=ids)) for part in self.parts]
        return replace(
            self,
            parts=tuple(part for part in parts if part.count),
            edited=self.edited[~np.isin(self.edited, ids)],
            bulk=self.bulk[~np.isin(self.bulk, ids)],
        )

    def _with(
        self, session: Session, changed: Changed, fresh: NDArray[np.bool_], model_id: int | None
    ) -> Delta:
        """Add the fresh ones of the changed questions: as a part, or to those that wait."""
        _, change, sizes = np.unique(changed.changes, return_inverse=True, return_counts=True)
        small = sizes[change] <= SMALL_CHANGE
        room = max(MOST_ROWS - self.count, 0)
        taken = fresh & changed.stored & small
        large = np.flatnonzero(fresh & changed.stored & ~small)
        taken[large[:room]] = True
        left = np.flatnonzero(fresh & ~taken)
        left = left[np.argsort(changed.changes[left], kind="stable")]
        waits = replace(
            self,
            edited=np.concatenate([self.edited, changed.ids[left[small[left]]]]),
            bulk=np.concatenate([self.bulk, changed.ids[left[~small[left]]]]),
        )
        if model_id is None or not taken.any():
            return waits
        return waits._joined(_read_part(session, model_id, changed.ids[taken].tolist()))

    def _joined(self, part: Part) -> Delta:
        """Add a part; one that is not much smaller than the last is made one with it.

        So there are few parts, and a row is copied only as often as there are.
        """
        parts = list(self.parts)
        while parts and 4 * part.count > parts[-1].count:
            part = _merged(parts.pop(), part)
        return replace(self, parts=(*parts, part))


def _shown(session: Session, base: Segment, ids: Numbers) -> Segment:
    for some in chunks(ids.tolist(), _ROWS_AT_ONCE):
        base = base.changed(show=read_questions(session, some))
    return base


def _read_part(session: Session, model_id: int, ids: Sequence[int]) -> Part:
    questions = read_questions(session, ids)
    known = read_vectors(session, model_id, list({q.text_hash for q in questions}))
    return Part.of(questions, np.stack([known[q.text_hash] for q in questions]))


def _merged(one: Part, other: Part) -> Part:
    both = [part.questions[row] for part in (one, other) for row in part.rows()]
    vectors = np.concatenate([one.vectors(), other.vectors()])
    order = np.argsort([q.id for q in both])
    return Part.of([both[place] for place in order], vectors[order])

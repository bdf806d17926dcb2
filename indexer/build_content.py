"""What belongs into a build, read in one transaction from questions and stored vectors.

`covered` never claims more than is there: every question of a collection up to its number is
in the build, and whatever changed later belongs to the delta, which masks its row here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.encoder import Vectors
from indexer.faiss_index import FlatIndex
from indexer.rows import RowsBuilder
from indexer.segment import Segment
from store.builds import BuildRecord
from store.changes import last_change
from store.collections import summaries
from store.database import Session
from store.models import Kind
from store.questions import QuestionRow, stream_questions
from store.vectors import ModelRecord, read_vectors


@dataclass(frozen=True)
class Content:
    """The rows and vectors of a build; `questions` counts every kind with a vector.

    `change` is the last number that was given out when it was read.
    """

    segment: Segment
    covered: Mapping[int, int]
    questions: int
    change: int


class _Collector:
    """Takes questions up to the limit of their collection, and notes those without vector."""

    def __init__(self, session: Session, model: ModelRecord, limits: Mapping[int, int]) -> None:
        self.rows = RowsBuilder()
        self.covered = dict(limits)
        self.questions = 0
        self._session = session
        self._model = model
        self._limits = limits

    def vectors(self) -> Iterator[Vectors]:
        """Yield the vectors of the rows, block by block."""
        for page in stream_questions(self._session, kinds=tuple(Kind)):
            wanted = [q for q in page if q.change <= self._limits.get(q.collection_id, 0)]
            hashes = list({q.text_hash for q in wanted})
            known = read_vectors(self._session, self._model.id, hashes)
            self.questions += sum(q.text_hash in known for q in wanted)
            positive = [q for q in wanted if q.kind is not Kind.NEGATIVE]
            found = [q for q in positive if q.text_hash in known]
            if len(found) < len(positive):
                self._leave([q for q in positive if q.text_hash not in known])
            if found:
                self.rows.add(found)
                yield np.stack([known[q.text_hash] for q in found])

    def _leave(self, questions: Sequence[QuestionRow]) -> None:
        # Saved after the embedding and before this transaction: the delta will have them.
        for question in questions:
            number = question.collection_id
            self.covered[number] = min(self.covered[number], question.change - 1)


def collect(
    session: Session,
    model: ModelRecord,
    *,
    folded: Sequence[int] | None = None,
    live: BuildRecord | None = None,
    like: BuildRecord | None = None,
) -> Content:
    """Return the content of a build of the model.

    It has all questions of the folded collections (None: of all), and of the others what the
    live build has that did not change since. `like`: nothing but what that build covers.
    """
    now = last_change(session)
    if like is not None:
        limits = dict(like.covered)
    else:
        limits = dict(live.covered) if live and folded else {}
        known = [summary.id for summary in summaries(session)]
        limits |= {number: now for number in known if folded is None or number in folded}
    collector = _Collector(session, model, limits)
    index = FlatIndex.build(model.dimension, collector.vectors())
    segment = Segment(collector.rows.finish(), index)
    return Content(segment, collector.covered, collector.questions, now)

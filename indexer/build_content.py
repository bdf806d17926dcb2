"""What belongs into a build, read in one transaction from questions and stored vectors.

`covered` never claims more than is there: every question of a collection up to its number is
in the build, and whatever changed later belongs to the delta, which masks its row here. The
vectors go straight into a file, so that a million of them are never in memory at once.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from indexer.index_choice import choose_index
from indexer.rows import Rows, RowsBuilder
from indexer.segment import Segment
from indexer.vector_file import VectorFile, VectorWriter
from store.builds import BuildRecord
from store.changes import last_change
from store.collections import collection_ids
from store.database import Session
from store.models import Kind
from store.questions import QuestionRow, stream_questions
from store.vectors import ModelRecord, read_vectors


@dataclass(frozen=True)
class Stamp:
    """What tells the files of an opened build from others: name, inode, size and time of each."""

    build_id: int
    files: tuple[tuple[object, ...], ...]


@dataclass(frozen=True)
class Content:
    """The rows and vectors of a build; `questions` counts every kind with a vector.

    `change` is the last number that was given out when it was read. `stamp` is None where it
    does not come from files; `measures` says how its index was made.
    """

    segment: Segment
    covered: Mapping[int, int]
    questions: int
    change: int
    stamp: Stamp | None = None
    measures: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Collected:
    """What a build is made of: rows, and their vectors in a file with its checksum."""

    rows: Rows
    vectors: VectorFile
    checksum: str
    covered: Mapping[int, int]
    questions: int
    change: int

    def indexed(self, kind: str) -> Content:
        """Return it with an index, which takes minutes for a million rows; no session needed."""
        chosen = choose_index(kind, self.vectors)
        segment = Segment(self.rows, chosen.index)
        measures = {**chosen.measures, "questions_of_every_kind": self.questions}
        return Content(segment, self.covered, self.questions, self.change, measures=measures)


class _Collector:
    """Takes questions up to the limit of their collection, and notes those without vector."""

    def __init__(self, session: Session, model: ModelRecord, limits: Mapping[int, int]) -> None:
        self.rows = RowsBuilder()
        self.covered = dict(limits)
        self.questions = 0
        self._session = session
        self._model = model
        self._limits = limits

    def write_vectors(self, writer: VectorWriter) -> None:
        """Write the vectors of the rows, block by block."""
        for page in stream_questions(self._session, kinds=tuple(Kind)):
            wanted = [q for q in page if q.change <= self._limits.get(q.collection_id, 0)]
            hashes = list({q.text_hash for q in wanted})
            known = read_vectors(self._session, self._model.id, hashes)
            there = [q for q in wanted if q.text_hash in known]
            if len(there) < len(wanted):
                self._leave([q for q in wanted if q.text_hash not in known])
            self.questions += len(there)
            found = [q for q in there if q.kind is not Kind.NEGATIVE]
            if found:
                self.rows.add(found)
                writer.add(np.stack([known[q.text_hash] for q in found]))

    def _leave(self, questions: Sequence[QuestionRow]) -> None:
        # Saved after the embedding and before this transaction: the delta will have them.
        for question in questions:
            number = question.collection_id
            self.covered[number] = min(self.covered[number], question.change - 1)


def collect(
    session: Session,
    model: ModelRecord,
    *,
    into: BinaryIO | None = None,
    folded: Sequence[int] | None = None,
    live: BuildRecord | None = None,
    like: BuildRecord | None = None,
) -> Collected:
    """Return what a build of the model is made of; the vectors go `into` a file.

    It has all questions of the folded collections (None: of all), and of the others what the
    live build has that did not change since. `like`: nothing but what that build covers.
    """
    now = last_change(session)
    if like is not None:
        limits = dict(like.covered)
    else:
        limits = dict(live.covered) if live and folded else {}
        known = collection_ids(session)
        limits |= {number: now for number in known if folded is None or number in folded}
    collector = _Collector(session, model, limits)
    with contextlib.ExitStack() as stack:
        # Without a name, so that it is gone with whoever uses it.
        file = into or stack.enter_context(tempfile.TemporaryFile())
        writer = VectorWriter(file, model.dimension)
        collector.write_vectors(writer)
        vectors = writer.finish()
    return Collected(
        collector.rows.finish(),
        vectors,
        writer.checksum,
        collector.covered,
        collector.questions,
        now,
    )

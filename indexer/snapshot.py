"""What one search sees: a build, the questions changed since, and the encoder of both.

A snapshot never changes; a newer one takes its place by one assignment, so threads that
search keep the one they have. One cheap look at the database says whether it is still true:
the live build's id and the last change number.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.build_content import Content
from indexer.builds import open_build
from indexer.embedding import AT_ONCE, lacking, register
from indexer.encoder import Encoder, Vectors
from indexer.errors import IndexMissingError, ModelError
from indexer.publishing import encoder_of
from indexer.segment import Segment
from store.builds import BuildRecord, live_build, live_build_id
from store.changes import last_change
from store.database import Database, Session
from store.errors import StoreError
from store.models import Kind
from store.questions import QuestionRow, changed_questions, count_changed, deleted_question_ids
from store.vectors import TextToEmbed, find_model, put_vectors, read_vectors

# Without a build, so many questions can be searched as if all of them had just changed.
_MOST_WITHOUT_BUILD = 20_000
# A search rather answers without having stored what it embedded than waits for a writer.
_PATIENCE_MS = 50

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """One state of the base; `encoder` is None only where there is nothing to search.

    `lacking` are texts that cannot be found yet because they have no vector.
    """

    build: BuildRecord | None
    change: int
    encoder: Encoder | None
    base: Segment | None
    delta: Segment | None
    lacking: tuple[TextToEmbed, ...] = ()

    @property
    def state(self) -> tuple[int, int]:
        """What of the base decides the snapshot: the live build (0: none) and the last change."""
        return (self.build.id if self.build else 0, self.change)

    @property
    def segments(self) -> list[Segment]:
        """What to search."""
        return [segment for segment in (self.base, self.delta) if segment is not None]


class Snapshots:
    """Keeps the newest snapshot of one home for all threads of a process."""

    def __init__(
        self,
        database: Database,
        home: Path,
        load_encoder: Callable[[str], Encoder],
        default_model: str,
    ) -> None:
        self.last: Snapshot | None = None
        self._database = database
        self._home = home
        self._load_encoder = load_encoder
        self._default_model = default_model
        self._changing = threading.RLock()
        self._opened: tuple[int, Content] | None = None
        self._encoders: dict[str, Encoder] = {}
        self._unstored: dict[bytes, Vectors] = {}
        self._embedded_at: tuple[int, int] | None = None

    def current(self, session: Session) -> Snapshot:
        """Return the snapshot of the state that the session reads."""
        state = live_build_id(session), last_change(session)
        last = self.last
        if last is not None and last.state == state:
            return last
        with self._changing:
            last = self.last
            if last is not None and last.state == state:
                return last
            fresh = self._make(session, *state)
            # A session that began long ago must not take a newer snapshot from the others.
            if last is None or fresh.change >= last.change:
                self.last = fresh
            return fresh

    def _make(self, session: Session, build_id: int, change: int) -> Snapshot:
        build = live_build(session) if build_id else None
        if build is None:
            return self._make_without_build(session, change)
        encoder = self._encoder_of(build)
        base = self._open(session, build)
        changed = changed_questions(session, base.covered)
        gone = deleted_question_ids(session, base.covered)
        masked = base.segment.masked([*(q.id for q in changed), *gone])
        delta, without = self._delta(session, encoder, changed)
        return Snapshot(build, change, encoder, masked, delta, without)

    def _make_without_build(self, session: Session, change: int) -> Snapshot:
        count = count_changed(session, {})
        if not count:
            return Snapshot(None, change, None, None, None)
        missing = IndexMissingError("no index yet; run `tongwen reindex`")
        if count > _MOST_WITHOUT_BUILD:
            raise missing
        try:
            encoder = self._load(self._default_model)
        except ModelError as error:
            raise missing from error
        delta, without = self._delta(session, encoder, changed_questions(session, {}))
        if len(without) > AT_ONCE:
            raise missing
        return Snapshot(None, change, encoder, None, delta, without)

    def _delta(
        self, session: Session, encoder: Encoder, changed: list[QuestionRow]
    ) -> tuple[Segment | None, tuple[TextToEmbed, ...]]:
        positive = [q for q in changed if q.kind is not Kind.NEGATIVE]
        if not positive:
            return None, ()
        hashes = list({q.text_hash for q in positive})
        model = find_model(session, encoder.fingerprint)
        known = {} if model is None else read_vectors(session, model.id, hashes)
        known |= {key: self._unstored[key] for key in hashes if key in self._unstored}
        found = [q for q in positive if q.text_hash in known]
        segment = None
        if found:
            vectors = np.stack([known[q.text_hash] for q in found])
            segment = Segment.of(encoder.dimension, found, vectors)
        return segment, tuple(lacking(positive, known))

    def wants_embedding(self, snapshot: Snapshot) -> bool:
        """Whether the snapshot lacks texts and nothing was done about it in its state.

        What is left after that waits for a reindex, and does not slow every search until then.
        """
        return bool(snapshot.lacking) and snapshot.state != self._embedded_at

    def embed_lacking(self, snapshot: Snapshot) -> None:
        """Encode the newest texts that the snapshot lacks; the next one will have them."""
        texts = snapshot.lacking[:AT_ONCE]
        if snapshot.encoder is None or not texts:
            return
        vectors = snapshot.encoder.encode([text.text for text in texts]).vectors
        hashes = [text.text_hash for text in texts]
        try:
            with self._database.writing(patience_ms=_PATIENCE_MS) as session:
                model = register(session, snapshot.encoder)
                put_vectors(session, model.id, hashes, vectors)
        except StoreError as error:
            _log.info("vectors of %d questions are kept in memory only: %s", len(texts), error)
            with self._changing:
                self._unstored |= dict(zip(hashes, vectors, strict=True))
        with self._changing:
            self.last = None
            self._embedded_at = snapshot.state

    def _open(self, session: Session, build: BuildRecord) -> Content:
        if self._opened is None or self._opened[0] != build.id:
            self._opened = (build.id, open_build(self._database, self._home, build, session))
        return self._opened[1]

    def _encoder_of(self, build: BuildRecord) -> Encoder:
        last = self.last
        if last and last.encoder and last.encoder.fingerprint == build.model.fingerprint:
            return last.encoder
        loaded = self._encoders.get(build.model.name)
        if loaded and loaded.fingerprint != build.model.fingerprint:
            self._encoders = {}  # Other weights may lie under the same name now.
        return encoder_of(build, self._load)

    def _load(self, name: str) -> Encoder:
        if name not in self._encoders:
            self._encoders = {name: self._load_encoder(name)}
            self._unstored = {}
        return self._encoders[name]

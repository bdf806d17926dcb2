"""What one search sees: a build, what changed since, and the encoder of both.

A snapshot never changes; a newer one takes its place by one assignment, so threads that
search keep the one they have. It is made from the last one by reading only what changed in
between. One cheap look says whether it is still true: the last publication, the last change
number, and whether the build's files are the ones that were checked when it was opened.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

from indexer import embedding
from indexer.build_content import Stamp
from indexer.build_files import BuildFiles
from indexer.delta import Delta
from indexer.embedding import register
from indexer.encoder import Encoder, Vectors
from indexer.errors import IndexMissingError, ModelError
from indexer.on_demand import OnDemand
from indexer.opening import open_build
from store.builds import BuildRecord, last_publication, live_build
from store.changes import last_change
from store.database import Database, Session
from store.errors import StoreError
from store.questions import Numbers, count_changed, read_questions
from store.vectors import find_model, put_vectors, read_vectors

# Without a build, so many questions can be searched as if all of them had just changed.
_MOST_WITHOUT_BUILD = 20_000
# A search rather answers without having stored what it embedded than waits for a writer.
_PATIENCE_MS = 50
_NO_INDEX = "no index yet; run `tongwen reindex`"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """What of the base decides a snapshot; `publication` is 0 before the first."""

    publication: int
    change: int

    @classmethod
    def of(cls, session: Session) -> State:
        """Return the state that the session reads."""
        return cls(last_publication(session), last_change(session))


@dataclass(frozen=True)
class Snapshot:
    """One state of the base; `encoder` is None only where there is nothing to search.

    `stamp` tells the build's files from others; None where it is not read from its files.
    `completed`: what waited for a vector, and was not too much, has one.
    """

    state: State
    build: BuildRecord | None
    encoder: Encoder | None
    delta: Delta
    stamp: Stamp | None = None
    completed: bool = False


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
        self._files = BuildFiles(home)
        self._load_encoder = load_encoder
        self._default_model = default_model
        self._changing = threading.RLock()
        self._embedding = threading.Lock()
        self._encoders: dict[str, Encoder] = {}

    def current(self, session: Session) -> Snapshot | None:
        """Return the snapshot of the state that the session reads.

        None where the session began before a newer snapshot was made: begin another.
        """
        state = State.of(session)
        last = self.last
        if last is not None and last.state == state and self._is_true(last):
            return last
        with self._changing:
            last = self.last
            if last is None or state.publication > last.state.publication:
                fresh = self._made(session, state)
            elif last.state == state and self._is_true(last):
                return last
            elif state.publication < last.state.publication or state.change < last.state.change:
                return None
            elif last.stamp and not self._files.has(last.stamp):
                # Pruned after a newer publication, or altered: only then is it opened again.
                with self._database.reading() as newer:
                    if State.of(newer).publication != state.publication:
                        return None
                fresh = self._made(session, state)
            else:
                fresh = self._advanced(session, last, state)
            self.last = fresh
            return fresh

    def _is_true(self, snapshot: Snapshot) -> bool:
        return snapshot.stamp is None or self._files.has(snapshot.stamp)

    def _made(self, session: Session, state: State) -> Snapshot:
        build = live_build(session)
        if build is None:
            return self._made_without_build(session, state)
        encoder = self._encoder_of(build)
        opened = open_build(self._database, self._files, build, session)
        delta = Delta(opened.segment).advanced(session, opened.covered, build.model.id)
        return Snapshot(state, build, encoder, delta, opened.stamp)

    def _made_without_build(self, session: Session, state: State) -> Snapshot:
        count = count_changed(session, 0)
        if not count:
            return Snapshot(state, None, None, Delta(None))
        missing = IndexMissingError(_NO_INDEX)
        if count > _MOST_WITHOUT_BUILD:
            raise missing
        try:
            encoder = self._load(self._default_model)
        except ModelError as error:
            raise missing from error
        return self._advanced(session, Snapshot(State(0, 0), None, encoder, Delta(None)), state)

    def _advanced(self, session: Session, last: Snapshot, state: State) -> Snapshot:
        if last.encoder is None:
            return self._made_without_build(session, state)
        model = find_model(session, last.encoder.fingerprint)
        delta = last.delta.advanced(session, last.state.change, model.id if model else None)
        if last.build is None and delta.waiting > embedding.AT_ONCE:
            raise IndexMissingError(_NO_INDEX)
        return Snapshot(state, last.build, last.encoder, delta, last.stamp)

    def forget(self, snapshot: Snapshot) -> None:
        """Open the build again for the next search: its files failed in the middle of one."""
        with self._changing:
            if self.last is snapshot:
                self.last = None

    def completed(self, session: Session, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with the questions that wait for a vector, as far as is quick.

        They are encoded here, while the session still reads the state of the snapshot: a search
        that first encoded and then looked again would never catch up with somebody who types.
        What is left waits for a reindex, and does not slow every search until then.
        """
        encoder = snapshot.encoder
        if encoder is None or not len(snapshot.delta.wanted()):
            return snapshot
        with self._embedding:
            last = self.last
            if last is not None and last.state == snapshot.state:
                snapshot = last
            if snapshot.completed:
                return snapshot
            vectors = self._vectors_of(session, encoder, snapshot.delta.wanted())
            delta = snapshot.delta.supplied(session, vectors)
            fresh = replace(snapshot, delta=delta, completed=True)
            with self._changing:
                if self.last is snapshot:
                    self.last = fresh
            return fresh

    def _vectors_of(
        self, session: Session, encoder: Encoder, question_ids: Numbers
    ) -> dict[int, Vectors]:
        questions = read_questions(session, question_ids.tolist())
        model = find_model(session, encoder.fingerprint)
        hashes = list({q.text_hash for q in questions})
        known = read_vectors(session, model.id, hashes) if model else {}
        texts = {q.text_hash: q.text for q in questions if q.text_hash not in known}
        if texts:
            known |= self._encoded(encoder, texts)
        return {q.id: known[q.text_hash] for q in questions}

    def _encoded(self, encoder: Encoder, texts: Mapping[bytes, str]) -> dict[bytes, Vectors]:
        vectors = encoder.encode(list(texts.values())).vectors
        try:
            with self._database.writing(patience_ms=_PATIENCE_MS) as session:
                put_vectors(session, register(session, encoder).id, list(texts), vectors)
        except StoreError as error:
            _log.info("vectors of %d questions are kept in memory only: %s", len(texts), error)
        return dict(zip(texts, vectors, strict=True))

    def _encoder_of(self, build: BuildRecord) -> Encoder:
        last = self.last
        # The same weights may have come under another name: the last one may know only the old.
        if last and last.build and last.encoder and last.build.model == build.model:
            return last.encoder
        load = partial(self._load, fingerprint=build.model.fingerprint)
        return cast(Encoder, OnDemand(build, load))

    def _load(self, name: str, fingerprint: str | None = None) -> Encoder:
        """Return the encoder of that name; one of other weights than are wanted is not kept."""
        with self._changing:
            kept = self._encoders.values()
            if fingerprint and any(one.fingerprint != fingerprint for one in kept):
                self._encoders = {}
            if name not in self._encoders:
                self._encoders = {name: self._load_encoder(name)}
            return self._encoders[name]

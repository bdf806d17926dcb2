"""Giving stored questions their vectors, so that none is ever computed twice.

Texts are encoded outside of any transaction and stored in short ones, batch by batch: a run
that is killed loses at most the batch it was at, and nobody waits for the model to write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.encoder import Encoder, Progress
from indexer.watching import UNWATCHED, Watch
from indexer.word_upkeep import take_in_few_words
from store.builds import live_build
from store.database import Database, Session
from store.models import Kind
from store.questions import newest_questions
from store.vectors import (
    ModelRecord,
    TextToEmbed,
    count_missing,
    find_model,
    missing_texts,
    put_vectors,
    read_vectors,
    register_model,
)

BATCH = 1024
# So many questions that wait for a vector are embedded by the search that first meets them; if
# more wait, that is a bulk import, of which a search embeds nothing.
AT_ONCE = 4_000

# So few texts are left to the searches, which embed them at once.
_LITTLE = 256
_ROUNDS = 10


@dataclass(frozen=True)
class Embedded:
    """How many different texts were encoded, and how many of them were cut."""

    texts: int
    truncated: int


def register(session: Session, encoder: Encoder) -> ModelRecord:
    """Return the encoder's row, made or renamed as needed; needs a writing session."""
    return register_model(
        session,
        name=encoder.name,
        fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        layers=encoder.layers,
        parameters=encoder.parameters,
    )


def embed_missing(
    database: Database,
    encoder: Encoder,
    model: ModelRecord,
    *,
    collection_ids: Sequence[int] | None = None,
    progress: Progress | None = None,
    watch: Watch = UNWATCHED,
) -> Embedded:
    """Encode and store every text, of every kind, that has no vector under the model.

    What is written meanwhile is caught up with, unless it comes faster than it can be encoded.
    """
    texts = truncated = 0
    for _ in range(_ROUNDS):
        done = _embed_round(
            database, encoder, model, collection_ids, _shifted(progress, texts), watch
        )
        texts += done.texts
        truncated += done.truncated
        if done.texts <= _LITTLE:
            break
    return Embedded(texts, truncated)


def _embed_round(
    database: Database,
    encoder: Encoder,
    model: ModelRecord,
    collection_ids: Sequence[int] | None,
    progress: Progress | None,
    watch: Watch,
) -> Embedded:
    """Go once through the texts without vector, by their hashes."""
    with database.reading() as session:
        total = count_missing(session, model.id, collection_ids)
    if progress:
        progress(0, total)
    done = truncated = 0
    after = b""
    while True:
        with database.reading() as session:
            texts = missing_texts(
                session, model.id, collection_ids=collection_ids, limit=BATCH, after=after
            )
        if not texts:
            return Embedded(done, truncated)
        watch.checkpoint()
        total = max(total, done + len(texts))
        shifted = _shifted(progress, done, total)
        truncated += _embed(database, encoder, model, texts, shifted)
        done += len(texts)
        after = texts[-1].text_hash


def embed_pending(database: Database, encoder: Encoder, *, limit: int = 256) -> int:
    """Encode and store the newest questions without vector since the live build.

    Returns how many texts were encoded, `limit` at most: call it after saving an entry, so
    that the next search need not. Does nothing where the live build is of another model. The
    index of words takes in the new questions, too, unless a bulk import waits for a reindex.
    """
    take_in_few_words(database)
    with database.reading() as session:
        build = live_build(session)
        if build and build.model.fingerprint != encoder.fingerprint:
            return 0
        newest = newest_questions(session, build.covered if build else 0, limit)
        model = find_model(session, encoder.fingerprint)
        hashes = list({q.text_hash for q in newest})
        known = read_vectors(session, model.id, hashes) if model else {}
    texts = {q.text_hash: q.text for q in newest if q.kind is not Kind.NEGATIVE}
    lacking = [TextToEmbed(key, text) for key, text in texts.items() if key not in known]
    if not lacking:
        return 0
    with database.writing() as session:
        model = register(session, encoder)
    _embed(database, encoder, model, lacking, None)
    return len(lacking)


def _embed(
    database: Database,
    encoder: Encoder,
    model: ModelRecord,
    texts: Sequence[TextToEmbed],
    progress: Progress | None,
) -> int:
    encoded = encoder.encode([text.text for text in texts], progress=progress)
    with database.writing() as session:
        put_vectors(session, model.id, [text.text_hash for text in texts], encoded.vectors)
    return encoded.truncated


def _shifted(progress: Progress | None, before: int, total: int | None = None) -> Progress | None:
    if progress is None:
        return None
    return lambda done, of: progress(before + done, before + of if total is None else total)

"""Making a build that exists the one that answers, forwards or back, by one committed row.

What was written since the build was made is found in it at once too: texts that its model has
not seen are embedded before it is published, while the other one still answers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from indexer.build_files import BuildFiles
from indexer.embedding import embed_missing
from indexer.encoder import Encoder, Progress
from indexer.errors import IndexerError, ModelError
from indexer.loading import name_now
from indexer.upkeep import prune
from indexer.watching import UNWATCHED, Watch
from store.builds import BuildRecord, answered_before, find_build, live_build, publish
from store.database import Database
from store.models import BuildState

LoadEncoder = Callable[[str], Encoder]


def publish_build(
    database: Database,
    build_id: int,
    load_encoder: LoadEncoder,
    *,
    progress: Progress | None = None,
    watch: Watch = UNWATCHED,
) -> BuildRecord:
    """Publish a ready build and return it; nothing happens where it is live already."""
    with database.reading() as session:
        wanted, live = find_build(session, build_id), live_build(session)
    if wanted.state is not BuildState.READY:
        raise IndexerError(f"build {build_id} is {wanted.state}; only a ready one can be published")
    if live and live.id == wanted.id:
        return wanted
    if live is None or live.model.fingerprint != wanted.model.fingerprint:
        encoder = encoder_of(wanted, load_encoder)
        embed_missing(database, encoder, wanted.model, progress=progress, watch=watch)
    with database.writing() as session:
        publish(session, build_id)
    return wanted


def roll_back(
    database: Database,
    load_encoder: LoadEncoder,
    *,
    progress: Progress | None = None,
    watch: Watch = UNWATCHED,
) -> BuildRecord:
    """Publish the build that answered before the live one, and return it."""
    with database.reading() as session:
        before = answered_before(session)
    if not before:
        raise IndexerError("no build answered before this one; `tongwen builds list` shows them")
    return publish_build(database, before[0].id, load_encoder, progress=progress, watch=watch)


def prune_builds(database: Database, home: Path, *, keep: int) -> list[int]:
    """Remove old builds, while nobody makes one; return their numbers."""
    files = BuildFiles(home)
    with files.lock(database):
        return prune(database, files, keep=keep)


def encoder_of(build: BuildRecord, load_encoder: LoadEncoder) -> Encoder:
    """Load the model that a build was made with; ModelError where it is another one now."""
    name = name_now(build.model)
    encoder = load_encoder(name)
    if encoder.fingerprint != build.model.fingerprint:
        raise ModelError(
            f"model {name} has changed since build {build.id} was made; run `tongwen reindex`"
        )
    return encoder

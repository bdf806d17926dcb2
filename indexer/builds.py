"""A reindex: embed what has no vector, make a build beside the live one, publish it.

Whatever kills it, the next one goes on where it stopped; one that finds nothing changed gives
the files of the live build to the new one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from indexer import gates
from indexer.build_files import BuildFiles
from indexer.build_lock import BusyError
from indexer.embedding import Embedded, embed_missing, register
from indexer.encoder import Encoder, Progress
from indexer.errors import IndexerError
from indexer.gates import Gate
from indexer.making import Made, Plan, make_build, make_same
from indexer.upkeep import prune, remove_leftovers
from indexer.watching import UNWATCHED, Watch
from indexer.word_upkeep import take_in_words
from store.builds import BuildRecord, live_build
from store.collections import find_collection
from store.database import Database
from store.jobs import list_jobs
from store.models import JobState

_LOOKS_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class ReindexReport:
    """What a reindex did; total = reused + embedded, in questions of every kind.

    `refusal` says by how much the build missed its gate; then it is there but not published.
    `recall_at_10` is that of the index against exact search, on the build's own vectors, and
    `depth` how deep it looks; `note` says why it is not of the kind that was asked for.
    """

    build_id: int
    model: str
    reused: int
    embedded: int
    total: int
    seconds: float
    truncated: int
    published: bool = True
    refusal: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    index_kind: str = "flat"
    recall_at_10: float = 1.0
    depth: int = 0
    note: str = ""


def reindex(
    database: Database,
    home: Path,
    encoder: Encoder,
    *,
    collections: Sequence[str] | None = None,
    gate: Gate | None = None,
    over: int | None = None,
    progress: Progress | None = None,
    watch: Watch = UNWATCHED,
    patient: bool = False,
    index: str = "auto",
) -> ReindexReport:
    """Embed what has no vector, write a build and publish it; the live one answers until then.

    With `collections`, only theirs is embedded and taken in; the others stay as they are in
    the live build, which must be of the same model. `over` publishes only while that build
    is live. `patient` waits for another process that is making a build.
    """
    started = time.monotonic()
    files = BuildFiles(home)
    with _lock(database, files, watch, patient=patient):
        with database.reading() as session:
            folded = [find_collection(session, name).id for name in collections or ()] or None
            live = live_build(session)
            if gate:  # Before hours of work, not after.
                gates.expected_entries(session, gate)
        if folded and live:
            _check_same_model(live, encoder)
            over = live.id
        remove_leftovers(database, files)
        with database.writing() as session:
            model = register(session, encoder)
        watch.phase("embed")
        done = embed_missing(
            database, encoder, model, collection_ids=folded, progress=progress, watch=watch
        )
        watch.phase("words")
        take_in_words(database, watch)
        plan = Plan(model, folded, over=over, gate=gate, watch=watch, index=index)
        made = None
        if not (done.texts or folded or gate):
            made = make_same(database, files, plan)
        if made is None:
            made = make_build(database, files, plan, encoder)
        prune(database, files)
    return _report(encoder, done, made, round(time.monotonic() - started, 3))


def _check_same_model(live: BuildRecord, encoder: Encoder) -> None:
    if live.model.fingerprint != encoder.fingerprint:
        raise IndexerError(
            f"the live build is of model {live.model.name}, and one build has one model;"
            " run `tongwen reindex` without --collection to change it"
        )


def _report(encoder: Encoder, done: Embedded, made: Made, seconds: float) -> ReindexReport:
    return ReindexReport(
        build_id=made.id,
        model=encoder.name,
        reused=max(made.questions - done.texts, 0),
        embedded=done.texts,
        total=max(made.questions, done.texts),
        seconds=seconds,
        truncated=done.truncated,
        published=not made.refusal,
        refusal=made.refusal,
        figures=made.figures,
        index_kind=made.index_kind,
        recall_at_10=cast(float, made.measures["recall_at_10"]),
        depth=cast(int, made.measures.get("depth", 0)),
        note=str(made.measures.get("note", "")),
    )


@contextmanager
def _lock(database: Database, files: BuildFiles, watch: Watch, *, patient: bool) -> Iterator[None]:
    while True:
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(files.lock(database, watch.holder))
            except BusyError:
                if _break_abandoned(database, files):
                    continue
                if not patient:
                    raise
                watch.phase("wait")
                watch.checkpoint()
                time.sleep(_LOOKS_EVERY_SECONDS)
                continue
            yield
            return


def _break_abandoned(database: Database, files: BuildFiles) -> bool:
    """Take the lock from a worker that hangs and whose job was closed or given to another."""
    holder = files.holder()
    if not holder:
        return False
    with database.reading() as session:
        running = list_jobs(session, states=(JobState.RUNNING,))
    if any(job.worker == holder for job in running):
        return False
    time.sleep(_LOOKS_EVERY_SECONDS)  # whoever has just locked it may not have said so yet
    return files.holder() == holder and files.break_lock(holder)

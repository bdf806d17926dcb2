"""Jobs of this package: what each kind does, and how one is run to its end.

The command line, the page and a worker all come through `run_job`, so the same job does the
same whoever asked for it, and its row tells the same story.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.build_files import BuildFiles
from indexer.builds import ReindexReport, reindex
from indexer.duplicates.requests import DuplicateRequest
from indexer.encoder import Encoder, Progress
from indexer.errors import IndexerError
from indexer.gates import Gate, read_gate
from indexer.holding import CancelledError, HeldJob, LostError, WorkerEndsError
from indexer.making import SupersededError
from indexer.publishing import encoder_of
from indexer.requests import DUPLICATES, FOLD, HITTEST, REINDEX, HitTestRequest, ReindexRequest
from store.builds import live_build
from store.database import Database
from store.errors import StoreError
from store.job_claims import (
    SILENT_SECONDS,
    Claim,
    begin,
    close_silent,
    end,
    release,
    worker_name,
)
from store.jobs import JobRecord
from store.models import JobState

if TYPE_CHECKING:
    from indexer.duplicates.searching import Kept

LoadEncoder = Callable[[str], Encoder]


@dataclass(frozen=True)
class Done:
    """What a job left behind: the result in its row, and one line about it.

    `report` is that of a reindex, None for other work and where nothing was left to do.
    """

    result: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""
    report: ReindexReport | None = None
    found: Kept | None = None


@dataclass(frozen=True)
class Outcome:
    """How a job ended: `error` says what came of it where it is not done."""

    job_id: int
    state: JobState
    report: ReindexReport | None = None
    error: str = ""
    said: str = ""
    found: Kept | None = None


@dataclass(frozen=True)
class Reindexed:
    """A reindex that is done, and the number of its job."""

    job_id: int
    report: ReindexReport


class RefusedError(IndexerError):
    """A build missed its gate."""

    def __init__(self, report: ReindexReport, job_id: int, live: int) -> None:
        still = f"build {live} still answers" if live else "nothing answers yet"
        super().__init__(
            f"build {report.build_id} is not published: {report.refusal}; {still};"
            f" publish it all the same with `tongwen builds publish {report.build_id}`"
        )
        self.report = report
        self.job_id = job_id


def read_gates(request: ReindexRequest) -> Gate | None:
    """Return the gate that the build must pass; IndexerError where it can't be read."""
    if not request.gates and request.queries is None:
        return None
    if not request.gates or request.queries is None:
        raise IndexerError("a gate needs both, e.g. --gate 'recall@1>=0.8' --queries FILE")
    return read_gate(request.gates, Path(request.queries))


def run_inline(
    database: Database,
    home: Path,
    request: ReindexRequest,
    load_encoder: LoadEncoder,
    *,
    progress: Progress | None = None,
    silent_seconds: float = SILENT_SECONDS,
) -> Reindexed:
    """Reindex in this process, with a job row that others can watch; raises what went wrong."""
    parameters = request.as_parameters()
    outcome = run_here(
        database,
        home,
        REINDEX,
        parameters,
        load_encoder,
        progress=progress,
        silent_seconds=silent_seconds,
    )
    assert outcome.report is not None  # Only a fold can come to nothing and yet be done.
    return Reindexed(outcome.job_id, outcome.report)


def run_here(
    database: Database,
    home: Path,
    kind: str,
    parameters: Mapping[str, Any],
    load_encoder: LoadEncoder,
    *,
    progress: Progress | None = None,
    silent_seconds: float = SILENT_SECONDS,
) -> Outcome:
    """Do a job of any kind in this process, with its row; raises what went wrong."""
    worker = worker_name()
    with database.writing() as session:
        job = begin(session, kind, parameters, worker)
        close_silent(session, job, silent_seconds=silent_seconds)
    return run_job(database, home, Claim(job, None), worker, load_encoder, progress=progress)


def run_job(
    database: Database,
    home: Path,
    claim: Claim,
    worker: str,
    load_encoder: LoadEncoder,
    *,
    progress: Progress | None = None,
    ending: threading.Event | None = None,
) -> Outcome:
    """Run a claimed job and close its row; what went wrong is raised once the row says it."""
    job = claim.job
    if claim.taken_from:
        BuildFiles(home).break_lock(claim.taken_from)
    held = HeldJob(database, job, worker, report=progress, ending=ending)
    try:
        with held:
            done = _perform(database, home, job, load_encoder, held)
    except LostError:
        raise
    except WorkerEndsError:
        with database.writing() as session:
            release(session, job.id, worker)
        raise
    except BaseException as error:
        _close_after(database, job, held, error)
        raise
    with database.writing() as session:
        end(session, job.id, worker, JobState.DONE, stand=held.stand, result=done.result)
    return Outcome(job.id, JobState.DONE, done.report, said=done.said, found=done.found)


def _close_after(database: Database, job: JobRecord, held: HeldJob, error: BaseException) -> None:
    stopped = isinstance(error, CancelledError | KeyboardInterrupt)
    if isinstance(error, IndexerError | StoreError):
        said = str(error)
    elif isinstance(error, KeyboardInterrupt):
        said = "interrupted; what is embedded is kept"
    else:
        said = f"unexpected {type(error).__name__}: {error}"
    result = asdict(error.report) if isinstance(error, RefusedError) else {}
    # The first error says what is wrong; this one would only hide it.
    with contextlib.suppress(StoreError), database.writing() as session:
        state = JobState.CANCELLED if stopped else JobState.FAILED
        end(session, job.id, held.holder, state, stand=held.stand, error=said, result=result)


def _perform(
    database: Database, home: Path, job: JobRecord, load_encoder: LoadEncoder, held: HeldJob
) -> Done:
    if job.kind == REINDEX:
        return _built(_reindex(database, home, job, load_encoder, held))
    if job.kind == FOLD:
        return _built(_fold(database, home, load_encoder, held))
    if job.kind == HITTEST:
        return _hit_test(database, home, job, load_encoder, held)
    if job.kind == DUPLICATES:
        return _duplicates(database, home, job, load_encoder, held)
    raise IndexerError(f"job {job.id} is of kind '{job.kind}', which this version cannot do")


def _built(report: ReindexReport | None) -> Done:
    if report is None:
        return Done(said="nothing was left to do")
    said = (
        f"build {report.build_id}, {report.total:,} questions,"
        f" {report.embedded:,} embedded, {report.seconds:.1f} s"
    )
    return Done(asdict(report), said, report)


def _hit_test(
    database: Database, home: Path, job: JobRecord, load_encoder: LoadEncoder, held: HeldJob
) -> Done:
    from indexer.saved_tests import run_and_keep

    request = HitTestRequest.of(job.parameters)
    kept = run_and_keep(database, home, load_encoder, request, progress=held.progress, watch=held)
    figures = kept.record.figures
    said = f"hit test {kept.record.id}, {figures['queries']:,} queries"
    return Done({"run": kept.record.id, **figures}, said)


def _duplicates(
    database: Database, home: Path, job: JobRecord, load_encoder: LoadEncoder, held: HeldJob
) -> Done:
    from indexer.duplicates.searching import search_and_keep

    request = DuplicateRequest.of(job.parameters)
    found = search_and_keep(
        database, home, load_encoder, request, progress=held.progress, watch=held
    )
    counts = found.report.counts()
    said = f"{counts['clusters']:,} clusters among {found.report.entries:,} entries"
    result = {**counts, "duplicate_run": found.run_id, "threshold": found.report.threshold.value}
    return Done(result, said, found=found)


def _reindex(
    database: Database, home: Path, job: JobRecord, load_encoder: LoadEncoder, held: HeldJob
) -> ReindexReport:
    request = ReindexRequest.of(job.parameters)
    gate = read_gates(request)
    held.phase("load")
    report = reindex(
        database,
        home,
        load_encoder(request.model),
        collections=request.collections,
        gate=gate,
        index=request.index,
        progress=held.progress,
        watch=held,
        patient=True,
    )
    if report.refusal:
        with database.reading() as session:
            live = live_build(session)
        raise RefusedError(report, job.id, live.id if live else 0)
    return report


def _fold(
    database: Database, home: Path, load_encoder: LoadEncoder, held: HeldJob
) -> ReindexReport | None:
    """Build the live model's index anew; None where another build made that needless."""
    with database.reading() as session:
        live = live_build(session)
    if live is None:
        return None
    held.phase("load")
    encoder = encoder_of(live, load_encoder)
    try:
        return reindex(
            database,
            home,
            encoder,
            over=live.id,
            index=str(live.measures.get("asked", "auto")),
            progress=held.progress,
            watch=held,
            patient=True,
        )
    except SupersededError:
        return None

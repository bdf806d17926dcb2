"""Jobs as people meet them: asked for, and told in one shape everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.home import Home, load_encoder
from indexer.requests import REINDEX, ReindexRequest
from store.collections import find_collection
from store.jobs import OPEN, JobRecord, enqueue, list_jobs

if TYPE_CHECKING:
    from indexer.jobs import Reindexed


def enqueue_reindex(home: Home, request: ReindexRequest) -> JobRecord:
    """Ask some worker to reindex; what can't be done is said now, to the one who asks."""
    if request.gates or request.queries:
        from indexer.jobs import read_gates

        read_gates(request)
    with home.database.writing() as session:
        for name in request.collections:
            find_collection(session, name)
        return enqueue(session, REINDEX, request.as_parameters())


def update_index(home: Home) -> JobRecord:
    """Ask for a reindex with the model that answers now; the open one where there is one."""
    with home.database.reading() as session:
        waiting = list_jobs(session, kinds=(REINDEX,), states=OPEN, limit=1)
    return waiting[0] if waiting else enqueue_reindex(home, ReindexRequest(home.model_to_index()))


def reindex_here(
    home: Home, request: ReindexRequest, progress: Callable[[int, int], None] | None = None
) -> Reindexed:
    """Reindex in this process, with a job row that everybody can watch."""
    from indexer.jobs import run_inline

    return run_inline(
        home.database,
        home.folder,
        request,
        load_encoder,
        progress=progress,
        silent_seconds=home.silent_seconds,
    )


def job_document(job: JobRecord) -> dict[str, Any]:
    """Return a job in the shape that `--json` promises."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": str(job.state),
        "phase": job.phase,
        "parameters": dict(job.parameters),
        "done": job.done,
        "total": job.total,
        "rate": job.rate,
        "eta_seconds": job.eta_seconds,
        "worker": job.worker,
        "heartbeat_at": job.heartbeat_at,
        "attempts": job.attempts,
        "cancel_requested": job.cancel_requested,
        "error": job.error,
        "result": dict(job.result),
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }

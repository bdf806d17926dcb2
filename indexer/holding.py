"""A job while it is run here: its heartbeat, how far it is, and whether it may go on.

A thread of its own beats, so that a slow batch is not taken for a dead worker, and hears of a
cancel. The work itself stops only where it asks, between its batches.
"""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

from indexer.encoder import Progress
from indexer.errors import IndexerError
from indexer.watching import Watch
from store.database import Database, Session
from store.errors import StoreError
from store.job_claims import Hold, Stand, beat, hold
from store.jobs import JobRecord

BEAT_SECONDS = 1.0

_log = logging.getLogger(__name__)


class StoppedError(IndexerError):
    """The work was stopped before its end; not a fault of the work."""


class CancelledError(StoppedError):
    """Somebody cancelled the job."""


class LostError(StoppedError):
    """The job was given up for dead and is another worker's now."""


class WorkerEndsError(StoppedError):
    """The worker was told to end; the job goes back into the queue."""


class HeldJob(Watch):
    """Runs while its `with` block does; `stand` is how far the job is."""

    def __init__(
        self,
        database: Database,
        job: JobRecord,
        worker: str,
        *,
        report: Progress | None = None,
        ending: threading.Event | None = None,
    ) -> None:
        self.holder = worker
        self.stand = Stand()
        self._database = database
        self._job = job
        self._report = report
        self._ending = ending
        self._hold = Hold.MINE
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name=f"job {job.id}")
        self._began: tuple[float, int] | None = None

    def __enter__(self) -> HeldJob:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def phase(self, name: str) -> None:
        """Say that a phase begins."""
        self.stand = self.stand._replace(phase=name)

    def progress(self, done: int, total: int) -> None:
        """Say how many texts of how many are done."""
        now = time.monotonic()
        if self._began is None or done < self._began[1]:
            # The first batch has begun earlier; its own time is not known.
            self._began = (now, done)
        seconds, before = now - self._began[0], self._began[1]
        rate = (done - before) / seconds if seconds > 0 else None
        self.stand = self.stand._replace(done=done, total=total, rate=rate)
        if self._report:
            self._report(done, total)

    def checkpoint(self) -> None:
        """Stop the work if the job is no longer to be done here."""
        self._stop_unless_mine(self._hold)
        if self._ending is not None and self._ending.is_set():
            raise WorkerEndsError(f"the worker ends; job {self._job.id} waits for another one")

    def confirm(self, session: Session) -> None:
        """Let only the job's own worker publish, and nobody what was cancelled."""
        self._stop_unless_mine(hold(session, self._job.id, self.holder))

    def _stop_unless_mine(self, found: Hold) -> None:
        if found is Hold.CANCEL:
            raise CancelledError(f"job {self._job.id} was cancelled")
        if found is Hold.LOST:
            raise LostError(f"job {self._job.id} was given to another worker: this one was silent")

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                with self._database.writing() as session:
                    self._hold = beat(session, self._job.id, self.holder, self.stand)
            except StoreError as error:
                _log.warning("job %d: no heartbeat: %s", self._job.id, error)

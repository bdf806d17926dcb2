"""The worker: takes jobs one after another until it is told to end, or nothing is left.

Any number of workers may run. One that is told to end gives its job back between two batches;
one that is killed is noticed by its silence, and another goes on from what it had stored.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from indexer.encoder import Encoder
from indexer.errors import IndexerError
from indexer.folding import FOLD_SHARE, offer_fold
from indexer.holding import StoppedError
from indexer.jobs import Outcome, run_job
from indexer.requests import REINDEX
from store.database import Database
from store.errors import StoreError
from store.job_claims import SILENT_SECONDS, Claim, claim, may_claim, worker_name
from store.jobs import count_open, find_job
from store.models import JobState

_LOOKS_EVERY_SECONDS = 0.5
# What an old reindex would publish must not come back over what answers since.
_OUTDATED = (REINDEX,)
_FOLD_LOOKS_EVERY_SECONDS = 2.0

_log = logging.getLogger(__name__)


class Worker:
    """Does the jobs of one home; `tell` hears of each that it takes and how it ended."""

    def __init__(
        self,
        database: Database,
        home: Path,
        load_encoder: Callable[[str], Encoder],
        *,
        silent_seconds: float = SILENT_SECONDS,
        fold_share: float = FOLD_SHARE,
        tell: Callable[[Claim, Outcome | None], None] = lambda claim, outcome: None,
    ) -> None:
        self.ending = threading.Event()
        self.name = worker_name()
        self._database = database
        self._home = home
        self._load_encoder = load_encoder
        self._silent_seconds = silent_seconds
        self._fold_share = fold_share
        self._tell = tell
        self._looked_at = -_FOLD_LOOKS_EVERY_SECONDS

    def run(self, *, until_idle: bool = False) -> int:
        """Work until `ending` is set, or with `until_idle` until no job waits or runs.

        Returns how many jobs failed here.
        """
        failed = 0
        while not self.ending.is_set():
            try:
                found = self._next()
                if found is not None:
                    failed += self._do(found).state is JobState.FAILED
                elif until_idle and self._nothing_is_left():
                    break
                else:
                    self.ending.wait(_LOOKS_EVERY_SECONDS)
            except StoreError as error:
                if until_idle:
                    raise
                # A locked or full database is somebody's to mend; the queue waits for it.
                _log.warning("%s", error)
                self.ending.wait(_LOOKS_EVERY_SECONDS)
        return failed

    def _next(self) -> Claim | None:
        now = time.monotonic()
        if now - self._looked_at >= _FOLD_LOOKS_EVERY_SECONDS:
            self._looked_at = now
            offer_fold(self._database, self._fold_share)
        silent = self._silent_seconds
        with self._database.reading() as session:
            if not may_claim(session, silent_seconds=silent, outdated=_OUTDATED):
                return None
        with self._database.writing() as session:
            return claim(session, self.name, silent_seconds=silent, outdated=_OUTDATED)

    def _nothing_is_left(self) -> bool:
        with self._database.reading() as session:
            if count_open(session):
                return False  # Another worker's: if it falls silent, its job comes here.
        return offer_fold(self._database, self._fold_share) is None

    def _do(self, found: Claim) -> Outcome:
        self._tell(found, None)
        try:
            outcome = run_job(
                self._database,
                self._home,
                found,
                self.name,
                self._load_encoder,
                ending=self.ending,
            )
        except StoppedError as error:
            outcome = Outcome(found.job.id, self._state_of(found), error=str(error))
        except (IndexerError, StoreError) as error:
            outcome = Outcome(found.job.id, JobState.FAILED, error=str(error))
        except Exception as error:
            # A fault of ours fails its job; the queue goes on.
            _log.exception("job %d", found.job.id)
            said = f"unexpected {type(error).__name__}: {error}"
            outcome = Outcome(found.job.id, JobState.FAILED, error=said)
        self._tell(found, outcome)
        return outcome

    def _state_of(self, found: Claim) -> JobState:
        with self._database.reading() as session:
            return find_job(session, found.job.id).state

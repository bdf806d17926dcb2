"""A reindex that is killed by the system at 70 % goes on where it was, at most a batch behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from indexer.builds import reindex
from indexer.embedding import BATCH
from store.builds import live_build
from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry
from store.jobs import list_jobs
from store.models import JobState

ROOT = Path(__file__).resolve().parents[2]
TEXTS = 4000
SCRIPT = """
import os, signal, sys
from pathlib import Path
from conftest import HashEncoder
from indexer.jobs import run_inline
from indexer.requests import ReindexRequest
from store.database import Database

class Mortal(HashEncoder):
    def encode(self, texts, *, progress=None):
        encoded = super().encode(texts, progress=progress)
        if len(self.seen) >= int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return encoded

home = Path(sys.argv[1])
run_inline(Database.at(home / "tongwen.db"), home, ReindexRequest("hash"), lambda name: Mortal())
"""


def test_the_second_run_embeds_what_is_left_and_one_batch_at_most(database, home, hash_encoder):
    with database.writing() as session:
        collection = ensure_collection(session, "c")
        for number in range(TEXTS):
            add_entry(session, collection, EntryDraft(f"问题 {number}"))
    killed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, str(home), str(TEXTS * 7 // 10)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{Path(__file__).parent}", "PYTHONUTF8": "1"},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    with database.reading() as session:
        assert live_build(session) is None
        (job,) = list_jobs(session)
    assert job.state is JobState.RUNNING
    encoder = hash_encoder()
    report = reindex(database, home, encoder)
    assert report.total == TEXTS == report.reused + report.embedded
    assert report.embedded == len(encoder.seen)
    assert 0 < report.embedded <= TEXTS * 3 // 10 + BATCH

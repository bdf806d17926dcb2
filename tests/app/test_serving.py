"""The worker beside the pages: replaced when it dies, gone when they are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

_SERVED = """
import time
from app.serving import start_worker
from app.settings import read_settings
start_worker(read_settings())
time.sleep(300)
"""


def children(pid):
    found = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True)
    pairs = (map(int, line.split()) for line in found.stdout.splitlines())
    return [child for child, parent in pairs if parent == pid]


def wait_for(what, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing within {seconds} s")


def test_a_worker_that_dies_is_replaced_and_ends_with_the_pages(tongwen, faq):
    tongwen("import", faq, "-c", "bank")
    with subprocess.Popen([sys.executable, "-c", _SERVED]) as pages:
        try:
            (keeper,) = wait_for(lambda: children(pages.pid))
            (first,) = wait_for(lambda: children(keeper))
            os.kill(first, signal.SIGKILL)
            (second,) = wait_for(lambda: [one for one in children(keeper) if one != first])
            number = tongwen("reindex", "--background").out.strip()
            wait_for(lambda: tongwen("jobs", "show", number, "--json").json["state"] == "done")
        finally:
            pages.kill()
    wait_for(lambda: not _alive(keeper) and not _alive(second))


def _alive(pid):
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(found.stdout.strip()) and not found.stdout.strip().startswith("Z")

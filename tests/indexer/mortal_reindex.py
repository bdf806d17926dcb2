"""Run by test_kill.py as a process: for each line read, a child that reindexes and is killed.

A line says how many different lines of the builder's code the child may reach (0: all), and in
which home. Answered with its process id at once, and with whether it was killed after.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from conftest import HashEncoder

from indexer.builds import reindex
from store.database import Database

TRACED = ("builds.py", "making.py", "build_files.py", "build_content.py", "embedding.py")


class Countdown:
    """Counts the lines reached in the traced files, loops once, and kills at the last allowed."""

    def __init__(self, allowed: int) -> None:
        self.lines: set[tuple[str, int]] = set()
        self._allowed = allowed

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        path = Path(frame.f_code.co_filename)
        return self._line if path.name in TRACED and path.parent.name == "indexer" else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        if len(self.lines) == self._allowed:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._line


def main() -> None:
    for line in sys.stdin:
        allowed, _, folder = line.rstrip("\n").partition(" ")
        home = Path(folder)
        child = os.fork()
        if child == 0:
            countdown = Countdown(int(allowed))
            sys.settrace(countdown)
            reindex(Database.at(home / "tongwen.db"), home, HashEncoder())
            sys.settrace(None)
            (home / "lines").write_text(str(len(countdown.lines)))
            os._exit(0)
        print(child, flush=True)
        print(os.WIFSIGNALED(os.waitpid(child, 0)[1]), flush=True)


main()

"""The log of a working folder: what the program noticed and mended by itself, one line each."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import sys
from pathlib import Path

LOG_FILE = Path("logs") / "tongwen.log"
_PACKAGES = ("app", "indexer", "store")


class HomeLog(logging.Handler):
    """Appends warnings to the log of one home, and shows them on stderr."""

    def __init__(self, home: Path) -> None:
        super().__init__(logging.WARNING)
        self.home = home

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; a log that cannot be written stops nobody."""
        line = f"{record.levelname.lower()}: {record.getMessage()}"
        sys.stderr.write(f"{line}\n")
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        path = self.home / LOG_FILE
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{now} {line}\n")


def keep_log(home: Path) -> None:
    """From now on, let this process write its warnings into the log of that home."""
    for name in _PACKAGES:
        logger = logging.getLogger(name)
        for handler in [one for one in logger.handlers if isinstance(one, HomeLog)]:
            logger.removeHandler(handler)
        logger.addHandler(HomeLog(home))

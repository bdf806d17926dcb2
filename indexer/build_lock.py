"""One file that says who makes builds: held by one process, and let go however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import BinaryIO

from indexer.errors import IndexerError


class BusyError(IndexerError):
    """Another process is making a build."""


def locked(path: Path) -> BinaryIO:
    """Return the file at `path`, opened and locked until it is closed; BusyError if it is not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            file = path.open("ab")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_same_file(file, path):
                return file
            file.close()  # It was taken away between opening and locking it.
    except BlockingIOError as error:
        file.close()
        raise BusyError(
            f"another process is indexing {path.parent.parent}; wait until it is done"
        ) from error
    except OSError as error:
        raise IndexerError(
            f"cannot write in {path.parent} ({error.strerror}); give this user the right to"
        ) from error


def _is_same_file(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False

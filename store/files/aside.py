"""Writing a file aside: it appears under its name when it is complete, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.errors import StoreError


@contextmanager
def aside(out: Path) -> Iterator[Path]:
    """Yield a path beside `out` that takes its place at the end, and goes if that fails."""
    if out.is_dir():
        raise StoreError(f"{out} is a folder; name a file in it")
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=".export-", suffix=out.suffix)
    except OSError as error:
        raise StoreError(
            f"cannot write in {out.parent} ({error.strerror}); choose another folder"
        ) from error
    os.close(handle)
    path = Path(name)
    try:
        yield path
        path.chmod(0o644)
        path.replace(out)
    finally:
        path.unlink(missing_ok=True)

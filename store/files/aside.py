"""Writing a file aside: it appears under its name when it is complete, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from store.errors import StoreError


def check_out(out: Path, endings: Sequence[str] = (), sources: Sequence[Path] = ()) -> None:
    """Raise StoreError where no file can be written under that name; asked before long work.

    `endings`: one of which the name must have; `sources`: what is read, and would be lost.
    """
    if out.is_dir():
        raise StoreError(f"{out} is a folder; name a file in it")
    if endings and not out.name.lower().endswith(tuple(endings)):
        known = f"{', '.join(endings[:-1])} or {endings[-1]}"
        raise StoreError(f"cannot write {out.name}; name it {known}")
    if out.exists() and not out.is_file():  # what stands there would be replaced, a device too
        raise StoreError(f"{out} is not a file; name another to write")
    if out.resolve() in {source.resolve() for source in sources}:
        raise StoreError(f"{out} is read as well; name another file to write")
    if not out.parent.is_dir():
        folder = out.parent
        raise StoreError(f"cannot write {out.name}: no folder {folder}; make it or name another")
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise StoreError(f"cannot write in {out.parent}; choose another folder")


@contextmanager
def aside(out: Path) -> Iterator[Path]:
    """Yield a path beside `out` that takes its place at the end, and goes if that fails."""
    check_out(out)
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

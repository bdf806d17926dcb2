"""Files that arrive through the browser: kept under the home until a day has passed."""

from __future__ import annotations

import shutil
import time
import uuid
from pathlib import Path

_KEEP_SECONDS = 24 * 3600


def keep_upload(home: Path, name: str, content: memoryview) -> Path:
    """Write an upload under its own name in a folder of its own; old ones are removed.

    Only the last part of the name counts, so no name can point outside the home.
    """
    folder = home / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    prune(folder)
    path = folder / uuid.uuid4().hex / (Path(name.replace("\\", "/")).name or "upload")
    path.parent.mkdir()
    path.write_bytes(content)
    return path


def prune(folder: Path) -> None:
    """Remove the uploads of more than a day ago."""
    limit = time.time() - _KEEP_SECONDS
    for old in folder.iterdir():
        if old.stat().st_mtime < limit:
            shutil.rmtree(old, ignore_errors=True)

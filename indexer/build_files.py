"""Builds on disk: `HOME/builds/<id>/` with `index.faiss` and `rows.npz`.

A folder is written under another name, flushed to the disk and renamed, so that one with its
final name is whole; a checksum of each file is kept in the database, and a file is read only
when it still has it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from indexer.errors import IndexerError
from indexer.faiss_index import FlatIndex
from indexer.rows import Rows
from indexer.segment import Segment
from store.builds import BuildRecord

INDEX_FILE = "index.faiss"
ROWS_FILE = "rows.npz"


class DamagedBuildError(IndexerError):
    """A file of a build is missing or is not what was written."""


class BusyError(IndexerError):
    """Another process is making a build."""


@dataclass(frozen=True)
class BuildFiles:
    """The folder of all builds of a home."""

    home: Path

    @property
    def folder(self) -> Path:
        """Where the builds are."""
        return self.home / "builds"

    def of(self, build_id: int) -> Path:
        """Return where a build is."""
        return self.folder / str(build_id)

    def write(self, build_id: int, segment: Segment) -> dict[str, str]:
        """Put a build on the disk for good; return the checksum of each file."""
        aside = self.folder / f".tmp-{build_id}"
        try:
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            contents = {
                INDEX_FILE: segment.index.to_bytes(),
                ROWS_FILE: segment.rows.to_bytes(),
            }
            for name, content in contents.items():
                _write_flushed(aside / name, content)
            _flush_folder(aside)
            shutil.rmtree(self.of(build_id), ignore_errors=True)
            aside.replace(self.of(build_id))
            _flush_folder(self.folder)
        except OSError as error:
            shutil.rmtree(aside, ignore_errors=True)
            raise IndexerError(
                f"cannot write the build in {self.folder} ({error.strerror}); free space or give"
                " this user the right to write there; the live build still answers"
            ) from error
        return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}

    def read(self, record: BuildRecord) -> Segment:
        """Return a build; DamagedBuildError unless every file is what was written."""
        rows, index = self._read_file(record, ROWS_FILE), self._read_file(record, INDEX_FILE)
        try:
            segment = Segment(Rows.from_bytes(rows), FlatIndex.from_bytes(index))
        except IndexerError as error:
            # Whole, but in the form of another version.
            raise DamagedBuildError(f"build {record.id}: {error}") from error
        if len(segment.rows) != len(segment.index):
            raise DamagedBuildError(
                f"build {record.id} has {len(segment.rows)} rows for {len(segment.index)} vectors"
            )
        return segment

    def faults(self, record: BuildRecord) -> list[str]:
        """Return what is wrong with the files of a build, one line each."""
        found = []
        for name in (INDEX_FILE, ROWS_FILE):
            try:
                self._read_file(record, name)
            except DamagedBuildError as error:
                found.append(str(error))
        return found

    def _read_file(self, record: BuildRecord, name: str) -> bytes:
        path = self.of(record.id) / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DamagedBuildError(
                f"build {record.id}: {name} cannot be read ({error.strerror})"
            ) from error
        if hashlib.sha256(content).hexdigest() != record.checksums.get(name):
            raise DamagedBuildError(f"build {record.id}: {name} is not what was written")
        return content

    def remove(self, build_id: int) -> None:
        """Remove the files of a build, whole or half written."""
        shutil.rmtree(self.folder / f".tmp-{build_id}", ignore_errors=True)
        shutil.rmtree(self.of(build_id), ignore_errors=True)

    def remove_except(self, build_ids: Mapping[int, object]) -> None:
        """Remove every folder that belongs to none of these builds."""
        for folder in self.folder.glob("*"):
            if folder.is_dir() and not (folder.name.isdigit() and int(folder.name) in build_ids):
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def lock(self, holder: str = "") -> Iterator[None]:
        """Hold the right to make builds here; BusyError if somebody else does.

        The system takes the lock back when its process ends, however it ends, so whatever
        is half done while one holds it was left behind by the dead.
        """
        with self._locked() as file:
            file.truncate(0)
            file.write(holder.encode())
            file.flush()
            yield

    def break_lock(self, holder: str) -> None:
        """Take the lock from a holder that hangs: those who come now lock another file."""
        with contextlib.suppress(OSError):
            if self._lock_path.read_bytes() == holder.encode():
                self._lock_path.unlink()

    @property
    def _lock_path(self) -> Path:
        return self.folder / ".lock"

    def _locked(self) -> BinaryIO:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            while True:
                file = self._lock_path.open("ab")
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_same_file(file, self._lock_path):
                    return file
                file.close()  # It was taken away between opening and locking it.
        except BlockingIOError as error:
            file.close()
            raise BusyError(
                f"another process is indexing {self.home}; wait until it is done"
            ) from error
        except OSError as error:
            raise IndexerError(
                f"cannot write in {self.folder} ({error.strerror}); give this user the right to"
            ) from error


def _is_same_file(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _write_flushed(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    # A rename or a new name is only sure to survive once its folder is flushed too.
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

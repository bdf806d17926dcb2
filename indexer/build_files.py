"""Builds on disk: `HOME/builds/<id>/` with `vectors.f32`, `rows.npz` and maybe `index.faiss`.

A folder is written under another name, flushed to the disk and renamed, so that one with its
final name is whole; a checksum of each file is kept in the database, and a build is opened
only when every file still has it. Whoever has it open can ask whether the files are still the
same, which costs no reading: an altered, cut or replaced file has another time, size or inode.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from indexer.build_content import Collected, Content, Stamp
from indexer.build_lock import locked
from indexer.errors import DamagedBuildError, IndexerError
from indexer.faiss_index import ApproximateIndex, FlatIndex
from indexer.rows import Rows
from indexer.segment import Segment
from indexer.vector_file import VectorFile
from indexer.vector_index import VectorIndex
from store.builds import BuildRecord
from store.database import Database

INDEX_FILE = "index.faiss"
ROWS_FILE = "rows.npz"
VECTORS_FILE = "vectors.f32"
LOCK_FILE = ".lock"
_CHUNK = 1 << 22


class _LockedBy(NamedTuple):
    holder: str
    database: str


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

    def draft(self, build_id: int) -> BinaryIO:
        """Return the file for the vectors of a build that is being made."""
        aside = self._aside(build_id)
        with self._plain_errors():
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            return (aside / VECTORS_FILE).open("w+b")

    def write(self, build_id: int, made: Collected, content: Content) -> dict[str, str]:
        """Put a build, whose vectors are in its draft, on the disk for good; return checksums."""
        aside = self._aside(build_id)
        index, rows = content.segment.index, content.segment.rows.to_bytes()
        sums = {VECTORS_FILE: made.checksum}
        try:
            with self._plain_errors():
                made.vectors.flush()
                sums[ROWS_FILE] = _write(aside / ROWS_FILE, lambda write: write(rows))
                if isinstance(index, ApproximateIndex):
                    sums[INDEX_FILE] = _write(aside / INDEX_FILE, index.write)
                _flush_folder(aside)
                shutil.rmtree(self.of(build_id), ignore_errors=True)
                aside.replace(self.of(build_id))
                _flush_folder(self.folder)
        except IndexerError:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        return sums

    def link(self, old: BuildRecord, build_id: int) -> None:
        """Give a build the files of another one; nothing is copied where links are known."""
        aside, source = self._aside(build_id), self.of(old.id)
        with self._plain_errors():
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            for name in old.checksums:
                try:
                    (aside / name).hardlink_to(source / name)
                except OSError:
                    shutil.copyfile(source / name, aside / name)
            _flush_folder(aside)
            aside.replace(self.of(build_id))
            _flush_folder(self.folder)

    def read(self, record: BuildRecord) -> tuple[Segment, Stamp]:
        """Return a build; DamagedBuildError unless every file is what was written."""
        known = set(record.checksums)
        if not {VECTORS_FILE, ROWS_FILE} <= known:
            raise DamagedBuildError(f"build {record.id} is in the form of another version")
        stamp = self.stamp(record)
        rows_data = self._read_file(record, ROWS_FILE)
        with self._open(record, VECTORS_FILE) as file:
            vectors = VectorFile(file, record.questions, record.model.dimension)
        try:
            rows = Rows.from_bytes(rows_data)
            index = self._index(record, vectors)
        except DamagedBuildError:
            raise
        except IndexerError as error:
            # Whole, but in the form of another version.
            raise DamagedBuildError(f"build {record.id}: {error}") from error
        if len(rows) != len(index):
            raise DamagedBuildError(
                f"build {record.id} has {len(rows)} rows for {len(index)} vectors"
            )
        return Segment(rows, index), stamp

    def _index(self, record: BuildRecord, vectors: VectorFile) -> VectorIndex:
        if INDEX_FILE not in record.checksums:
            loaded = vectors.load()
            _check(record, VECTORS_FILE, [loaded.data])
            return FlatIndex.placed(loaded)
        _check(record, VECTORS_FILE, (block.data for _, block in vectors.blocks()))
        depth = int(record.measures["depth"])
        with self._open(record, INDEX_FILE) as file:
            _check(record, INDEX_FILE, iter(lambda: file.read(_CHUNK), b""))
            file.seek(0)
            return ApproximateIndex.read(file, record.index_kind, depth, vectors)

    def read_rows(self, record: BuildRecord) -> Rows:
        """Return what a build knows of its rows, without the vectors."""
        return Rows.from_bytes(self._read_file(record, ROWS_FILE))

    def faults(self, record: BuildRecord) -> list[str]:
        """Return what is wrong with the files of a build, one line each."""
        found = []
        for name in sorted({VECTORS_FILE, ROWS_FILE, *record.checksums}):
            try:
                with self._open(record, name) as file:
                    _check(record, name, iter(lambda: file.read(_CHUNK), b""))
            except DamagedBuildError as error:
                found.append(str(error))
        return found

    def stamp(self, record: BuildRecord) -> Stamp:
        """Return what tells the files from others; DamagedBuildError where one is missing."""
        return Stamp(record.id, tuple(self._stamp_of(record.id, name) for name in record.checksums))

    def has(self, stamp: Stamp) -> bool:
        """Whether the files are still the ones that were stamped."""
        try:
            return all(self._stamp_of(stamp.build_id, str(one[0])) == one for one in stamp.files)
        except DamagedBuildError:
            return False

    def _stamp_of(self, build_id: int, name: str) -> tuple[object, ...]:
        try:
            found = (self.of(build_id) / name).stat()
        except OSError as error:
            raise DamagedBuildError(
                f"build {build_id}: {name} cannot be read ({error.strerror})"
            ) from error
        return (name, found.st_ino, found.st_size, found.st_mtime_ns)

    def _open(self, record: BuildRecord, name: str) -> BinaryIO:
        try:
            return (self.of(record.id) / name).open("rb")
        except OSError as error:
            raise DamagedBuildError(
                f"build {record.id}: {name} cannot be read ({error.strerror})"
            ) from error

    def _read_file(self, record: BuildRecord, name: str) -> bytes:
        with self._open(record, name) as file:
            content = file.read()
        _check(record, name, [content])
        return content

    def _aside(self, build_id: int) -> Path:
        return self.folder / f".tmp-{build_id}"

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise IndexerError(
                f"cannot write the build in {self.folder} ({error.strerror}); free space or give"
                " this user the right to write there; the live build still answers"
            ) from error

    def remove(self, build_id: int) -> None:
        """Remove the files of a build, whole or half written."""
        shutil.rmtree(self._aside(build_id), ignore_errors=True)
        shutil.rmtree(self.of(build_id), ignore_errors=True)

    def remove_except(self, build_ids: Mapping[int, object]) -> None:
        """Remove every folder that belongs to none of these builds."""
        for folder in self.folder.glob("*"):
            if folder.is_dir() and not (folder.name.isdigit() and int(folder.name) in build_ids):
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def lock(self, database: Database, holder: str = "") -> Iterator[None]:
        """Hold the right to make builds of a database here; BusyError if somebody else does.

        The system takes the lock back when its process ends, however it ends, so whatever
        is half done while one holds it was left behind by the dead. Builds of two databases
        would have the same numbers, so the first to lock has the folder.
        """
        self.check_owner(database)
        with locked(self.folder / LOCK_FILE) as file:
            self.check_owner(database)  # Who came first may have written its name meanwhile.
            file.truncate(0)
            file.write(f"{holder}\n{self._known_as(database)}".encode())
            file.flush()
            yield

    def check_owner(self, database: Database) -> None:
        """Raise IndexerError where the builds here are those of another database."""
        ours, theirs = self._known_as(database), self._locked_by().database
        if theirs not in ("", ours):
            raise IndexerError(
                f"{self.folder} has the builds of another database ({theirs}); set TONGWEN_HOME"
                f" to another folder, or, if {ours} is that one moved, remove"
                f" {self.folder / LOCK_FILE}"
            )

    def holder(self) -> str:
        """Return who made builds last, and may still do; empty where nobody gave a name."""
        return self._locked_by().holder

    def _locked_by(self) -> _LockedBy:
        with contextlib.suppress(OSError):
            text = (self.folder / LOCK_FILE).read_text(encoding="utf-8", errors="replace")
            holder, _, database = text.partition("\n")
            return _LockedBy(holder, database)
        return _LockedBy("", "")

    def _known_as(self, database: Database) -> str:
        """Return what a database is called in its home, wherever the two are moved together."""
        if database.path is None:
            return database.name
        return os.path.relpath(database.path.resolve(), self.home.resolve())

    def break_lock(self, holder: str) -> bool:
        """Take the lock from a holder that hangs: those who come now lock another file.

        Returns whether it was that holder's, and could be taken.
        """
        with contextlib.suppress(OSError):
            if self.holder() == holder:
                (self.folder / LOCK_FILE).unlink()
                return True
        return False


def _check(record: BuildRecord, name: str, blocks: Iterable[bytes | memoryview]) -> None:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    if digest.hexdigest() != record.checksums.get(name):
        raise DamagedBuildError(f"build {record.id}: {name} is not what was written")


def _write(path: Path, put: Callable[[Callable[[bytes], object]], object]) -> str:
    """Write a file to the disk for good; return its checksum."""
    digest = hashlib.sha256()
    with path.open("wb") as file:

        def write(content: bytes) -> None:
            file.write(content)
            digest.update(content)

        put(write)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _flush_folder(folder: Path) -> None:
    # A rename or a new name is only sure to survive once its folder is flushed too.
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

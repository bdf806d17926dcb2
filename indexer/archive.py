"""A backup: one zip file with the database, its live build if wanted, and a list of checksums.

Only names that a backup can hold are ever read from one, and every byte is compared with its
checksum before anything of the working folder is touched.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from indexer.build_files import BuildFiles
from indexer.errors import IndexerError
from store.builds import BuildRecord, live_build
from store.copying import check_copy, copy_database, keep_live_build_only
from store.database import Database

_FORMAT = 1
_LIST, _DATABASE = "backup.json", "tongwen.db"
_NAMES = re.compile(r"tongwen\.db|builds/[1-9][0-9]{0,17}/(vectors\.f32|rows\.npz|index\.faiss)")
_CHUNK = 1 << 22
_LIST_BYTES = 1 << 20


@dataclass(frozen=True)
class Backup:
    """What a backup holds; `build` is 0 where it has no files of one."""

    file: Path
    size_bytes: int
    build: int
    made_at: str


def back_up(database: Database, home: Path, file: Path, *, with_build: bool = True) -> Backup:
    """Write a backup; others may go on writing, and what it holds is of one moment."""
    if file.exists():
        raise IndexerError(f"{file} exists; name a new file, or remove it first")
    made_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    with _plain_errors(f"cannot write {file}"), contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=file.parent)))
        aside = folder / "backup.part"
        copy = folder / _DATABASE
        copy_database(database, copy)
        keep_live_build_only(copy)
        sums: dict[str, str] = {}
        with zipfile.ZipFile(aside, "x", zipfile.ZIP_STORED, allowZip64=True) as archive:
            sums[_DATABASE] = _add(archive, copy, _DATABASE)
            live = _live_of(copy) if with_build else None
            whole = live is not None and _add_build(archive, BuildFiles(home), live, sums)
            build = live.id if live is not None and whole else 0
            listed = {"format": _FORMAT, "made_at": made_at, "build": build, "files": sums}
            archive.writestr(_LIST, json.dumps(listed, indent=1))
        _flush(aside)
        aside.rename(file)
    return Backup(file, file.stat().st_size, build, made_at)


def restore(file: Path, database: Database, home: Path, *, replace: bool = False) -> Backup:
    """Put a backup into the working folder.

    A base that is there is refused, or with `replace` moved aside: nothing is overwritten.
    """
    target = database.path
    if target is None:
        raise IndexerError(f"{database.name} is not a SQLite file; use the restore of its server")
    if target.exists() and not replace:
        raise IndexerError(
            f"there is a base at {target}; set TONGWEN_HOME to another folder, or add --replace"
            " to move it aside"
        )
    with _plain_errors(f"cannot restore {file}"), contextlib.ExitStack() as stack:
        home.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=home)))
        listed = _unpack(file, folder)
        check_copy(folder / _DATABASE, file.name)
        # The base may lie on another disk than the builds; from beside it, a rename is one step.
        beside = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=target.parent)))
        copy = Path(shutil.move(folder / _DATABASE, beside / _DATABASE))
        _flush(copy)
        stack.enter_context(BuildFiles(home).lock(database))
        database.close()
        _move_aside(target, home)
        builds = folder / "builds"
        for build in builds.iterdir() if builds.is_dir() else ():
            shutil.move(build, BuildFiles(home).folder / build.name)
        # The database last: with it there, the base is whole.
        copy.rename(target)
    return Backup(file, file.stat().st_size, int(listed["build"]), str(listed["made_at"]))


def _live_of(copy: Path) -> BuildRecord | None:
    database = Database.at(copy)
    try:
        with database.reading() as session:
            return live_build(session)
    finally:
        database.close()


def _add_build(
    archive: zipfile.ZipFile, files: BuildFiles, build: BuildRecord, sums: dict[str, str]
) -> bool:
    """Add the files of a build; one that is gone or damaged is left to be made again."""
    if files.faults(build):
        return False
    for name in build.checksums:
        place = f"builds/{build.id}/{name}"
        sums[place] = _add(archive, files.of(build.id) / name, place)
    return True


def _add(archive: zipfile.ZipFile, source: Path, name: str) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reader, archive.open(name, "w", force_zip64=True) as writer:
        while block := reader.read(_CHUNK):
            digest.update(block)
            writer.write(block)
    return digest.hexdigest()


def _unpack(file: Path, folder: Path) -> Mapping[str, Any]:
    """Write what a backup holds into a folder; IndexerError unless all of it is as it was."""
    try:
        with zipfile.ZipFile(file) as archive:
            listed = _read_list(archive, file)
            for name, checksum in listed["files"].items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as reader, target.open("xb") as writer:
                    if _copied(reader, writer) != checksum:
                        raise _damaged(file, f"{name} is not what was written")
                    writer.flush()
                    os.fsync(writer.fileno())
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise _damaged(file, str(error)) from error
    return listed


def _read_list(archive: zipfile.ZipFile, file: Path) -> Mapping[str, Any]:
    names = archive.namelist()
    if _LIST not in names or archive.getinfo(_LIST).file_size > _LIST_BYTES:
        raise IndexerError(f"{file} is not a backup of Tongwen; name one")
    try:
        listed = json.loads(archive.read(_LIST))
        version, sums = listed["format"], dict(listed["files"])
        int(listed["build"]), str(listed["made_at"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(file, "its list of files cannot be read") from error
    if version != _FORMAT:
        raise IndexerError(f"{file} was made by a newer Tongwen; upgrade Tongwen to restore it")
    if len(names) != len(set(names)) or set(names) != {_LIST, *sums} or _DATABASE not in sums:
        raise _damaged(file, "it holds other files than it lists")
    for name in sums:
        if not _NAMES.fullmatch(name):
            raise _damaged(file, f"no backup holds a file {name!r}")
    return {**listed, "files": sums}


def _copied(reader: IO[bytes], writer: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := reader.read(_CHUNK):
        digest.update(block)
        writer.write(block)
    return digest.hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _move_aside(target: Path, home: Path) -> None:
    """Move the base that is there, and its builds, into folders beside them."""
    old = [path for end in ("", "-wal", "-shm") if (path := Path(f"{target}{end}")).exists()]
    builds = BuildFiles(home).folder
    old_builds = [path for path in builds.glob("*") if path.is_dir()]
    if not (old or old_builds):
        return
    moment = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S-%f")
    beside, aside = (folder / f"replaced-{moment}" for folder in (target.parent, home))
    for path in old:
        beside.mkdir(exist_ok=True)
        path.rename(beside / path.name)
    (aside / "builds").mkdir(parents=True, exist_ok=True)
    for path in old_builds:
        shutil.move(path, aside / "builds" / path.name)


def _damaged(file: Path, fault: str) -> IndexerError:
    return IndexerError(
        f"{file} is damaged or no backup ({fault}); nothing was changed, take another"
    )


@contextmanager
def _plain_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IndexerError(
            f"{what} ({error.strerror or error}); check the path, its rights and the free space"
        ) from error

"""A database in a folder of the test, and short ways to write files and import them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.entries import EntryDraft, browse
from store.importing import ImportOptions, ImportReport, import_files


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database of this version."""
    made = Database.at(tmp_path / "库.db")
    made.upgrade()
    yield made
    made.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write text, bytes, or objects as JSON lines, to a file in the test's folder."""

    def write_file(name: str, content: str | bytes | list[Any], encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        if isinstance(content, list):
            content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write_file


@pytest.fixture
def bring(database: Database) -> Callable[..., ImportReport]:
    """Import files into the collection 库 and check that the counts add up."""

    def import_them(*paths: Path, rejects: Path | None = None, **options: Any) -> ImportReport:
        wanted = ImportOptions("库", **options)
        report = import_files(database, paths, wanted, rejects=rejects)
        outcomes = report.added + report.updated + report.unchanged + report.rejected
        assert report.read == outcomes
        return report

    return import_them


@pytest.fixture
def drafts(database: Database) -> Callable[[], list[EntryDraft]]:
    """Read every entry back, the oldest first."""

    def read_all() -> list[EntryDraft]:
        with database.reading() as session:
            return [record.draft for record in browse(session, limit=100_000)]

    return read_all


@pytest.fixture
def entries(database: Database) -> Callable[..., list[EntryDraft]]:
    """What a collection holds, oldest first."""

    def read(collection: str = "c") -> list[EntryDraft]:
        with database.reading() as session:
            found = browse(session, collection=collection, limit=100_000)
        return [record.draft for record in found]

    return read

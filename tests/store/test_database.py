from __future__ import annotations

import datetime as dt
import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from store.collections import ensure_collection, summaries
from store.database import Database
from store.entries import EntryDraft, add_entry, count_entries, read_entries
from store.errors import SchemaError, StoreError


def _names(database: Database) -> list[str]:
    with database.reading() as session:
        return [summary.name for summary in summaries(session)]


def test_a_missing_database_names_the_command_that_makes_it(tmp_path: Path) -> None:
    database = Database.at(tmp_path / "none" / "t.db")
    assert database.version() is None
    with pytest.raises(SchemaError, match=r"no database at .*t\.db; run `tongwen init`"):
        database.check()
    assert not (tmp_path / "none").exists()


def test_what_was_written_is_there_when_opened_again(database: Database) -> None:
    assert database.path is not None
    with database.writing() as session:
        ensure_collection(session, "银行")
    database.close()
    again = Database.at(database.path)
    again.check()
    assert _names(again) == ["银行"]
    again.close()


def test_an_error_takes_back_all_that_the_session_wrote(database: Database) -> None:
    with pytest.raises(KeyError), database.writing() as session:
        collection = ensure_collection(session, "bank")
        add_entry(session, collection, EntryDraft("一"))
        raise KeyError
    assert _names(database) == []
    with database.reading() as session:
        assert count_entries(session) == 0


def test_a_reading_session_keeps_nothing(database: Database) -> None:
    with database.reading() as session:
        ensure_collection(session, "bank")
    assert _names(database) == []


def test_a_reader_sees_one_state_while_another_session_writes(database: Database) -> None:
    with database.reading() as session:
        assert summaries(session) == []
        with database.writing() as writer:
            ensure_collection(writer, "bank")
        assert summaries(session) == []
    assert _names(database) == ["bank"]


def test_writers_wait_for_each_other_instead_of_failing(database: Database) -> None:
    def write(name: str) -> None:
        with database.writing() as session:
            ensure_collection(session, name)
            time.sleep(0.02)

    threads = [threading.Thread(target=write, args=(f"c{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _names(database) == [f"c{n}" for n in range(6)]


def test_a_writer_without_patience_is_told_who_is_in_the_way(database: Database) -> None:
    assert database.path is not None
    other = Database.at(database.path)
    with database.writing() as session:
        ensure_collection(session, "bank")
        with (
            pytest.raises(StoreError, match="is locked by another process"),
            other.writing(patience_ms=50) as waiting,
        ):
            ensure_collection(waiting, "shop")
    with other.writing() as session:
        ensure_collection(session, "shop")
    assert _names(database) == ["bank", "shop"]
    other.close()


@pytest.mark.parametrize("content", [b"PK\x03\x04 not a database, but longer than a header" * 40])
def test_a_file_that_is_no_database_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged or not a database") as refused:
        Database.at(path).check()
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == content


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere"
)
def test_a_folder_nobody_may_write_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "shut"
    folder.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="cannot open database"):
        Database.at(folder / "t.db").upgrade()


@contextmanager
def _full_disk(path: Path) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def _no_file_beside_it(path: Path) -> Iterator[None]:
    """What a folder that nobody may write comes to, for the superuser too."""
    shared = Path(f"{path}-shm")
    shared.symlink_to(shared.name)
    try:
        yield
    finally:
        shared.unlink()


@pytest.mark.parametrize("hindered", [_full_disk, _no_file_beside_it])
def test_a_base_that_nobody_can_write_is_read_by_who_comes_new(
    database: Database, hindered: Callable[[Path], AbstractContextManager[None]]
) -> None:
    path = database.path
    assert path is not None
    with database.writing() as session:
        ensure_collection(session, "bank")
    database.close()
    assert [one for one in path.parent.iterdir() if one != path] == []
    new = Database.at(path)
    with hindered(path):
        new.check()
        assert _names(new) == ["bank"]
        with (
            pytest.raises(StoreError, match=r"can be read but not written \(.*\); free some space"),
            new.writing() as session,
        ):
            ensure_collection(session, "shop")
    # Nothing was in the way for good: the same process writes as soon as it can.
    with new.writing() as session:
        ensure_collection(session, "shop")
    assert _names(new) == ["bank", "shop"]
    new.close()


def test_a_reader_that_cannot_hear_of_writers_does_not_trust_what_they_changed(
    database: Database,
) -> None:
    path = database.path
    assert path is not None
    database.close()
    content = path.read_bytes()
    new = Database.at(path)
    with (
        _no_file_beside_it(path),
        pytest.raises(StoreError, match="was written while it was read; try again"),
        new.reading() as session,
    ):
        assert session.scalar(text("SELECT count(*) FROM collection")) == 0
        path.write_bytes(content + bytes(4096))
    new.close()


def test_a_log_that_holds_what_the_file_does_not_is_never_passed_over(database: Database) -> None:
    path = database.path
    assert path is not None
    with database.writing() as session:
        ensure_collection(session, "bank")
    files = {end: Path(f"{path}{end}").read_bytes() for end in ("", "-wal")}
    database.close()
    for end, content in files.items():
        Path(f"{path}{end}").write_bytes(content)
    new = Database.at(path)
    with _no_file_beside_it(path), pytest.raises(StoreError, match="cannot open database"):
        _names(new)
    assert _names(new) == ["bank"]
    new.close()


@pytest.mark.parametrize("name", ["a?b", "a#b", "50%25", "a?mode=memory"])
def test_a_path_is_the_file_that_it_names(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / f"{name}.db"
    database = Database.at(path)
    database.upgrade()
    with database.writing() as session:
        ensure_collection(session, "bank")
    database.close()
    again = Database(database.url)
    assert _names(again) == ["bank"]
    again.close()
    with _no_file_beside_it(path):
        assert _names(again) == ["bank"]
    assert again.path == path and path.stat().st_size > 0
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_url_whose_name_is_cut_off_at_a_question_mark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="what follows its `\\?` is no option"):
        Database(f"sqlite:///{tmp_path}/a?b/t.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_place_of_the_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot open database"):
        Database.at(tmp_path).check()


def test_times_come_back_as_the_same_moment_in_utc(database: Database) -> None:
    there = dt.timezone(dt.timedelta(hours=8))
    moment = dt.datetime(2025, 3, 1, 7, 30, tzinfo=there)
    with database.writing() as session:
        collection = ensure_collection(session, "bank")
        entry_id = add_entry(session, collection, EntryDraft("一", valid_from=moment))
    with database.reading() as session:
        stored = session.scalar(text("SELECT valid_from FROM entry"))
        found = read_entries(session, [entry_id])[entry_id].draft.valid_from
    assert str(stored).startswith("2025-02-28 23:30:00")
    assert found == moment
    assert found.tzinfo is dt.UTC


def test_rows_that_belong_to_nothing_are_refused(database: Database) -> None:
    orphan = text("INSERT INTO entry_tag (entry_id, position, tag) VALUES (99, 0, 'x')")
    with pytest.raises(StoreError, match="FOREIGN KEY"), database.writing() as session:
        session.execute(orphan)


def test_a_database_in_memory_can_be_opened() -> None:
    assert Database("sqlite:///:memory:").version() is None

"""A backup gives back the same base, or is refused whole."""

from __future__ import annotations

import json
import threading
import zipfile

import pytest

from indexer.archive import back_up, restore
from indexer.builds import reindex
from indexer.doctor import examine
from indexer.errors import IndexerError
from indexer.search import Searcher
from store.builds import list_builds
from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry, browse
from store.errors import StoreError

QUERIES = ("银行", "退货 多久", "怎么 取消")


def hits(database, home, encoder):
    searcher = Searcher(database, home, lambda name: encoder)
    return [searcher.search(query, k=10).hits for query in QUERIES]


@pytest.fixture
def base(database, home, hash_encoder, fill):
    """An indexed base with an edit since, and its encoder."""
    encoder = hash_encoder()
    fill(database, "bank", 40)
    reindex(database, home, encoder)
    fill(database, "bank", 5, 2)
    hits(database, home, encoder)
    return encoder


@pytest.fixture
def other(tmp_path):
    """Another home, with nothing in it."""
    home = tmp_path / "他 other"
    return home, Database.at(home / "tongwen.db")


@pytest.mark.parametrize("with_build", [True, False])
def test_a_restored_base_gives_the_same_hits_without_embedding(
    database, home, base, other, tmp_path, with_build
):
    expected = hits(database, home, base)
    made = back_up(database, home, tmp_path / "b.tongwen", with_build=with_build)
    assert (made.build, made.size_bytes) == (int(with_build), made.file.stat().st_size)
    folder, copy = other
    assert restore(made.file, copy, folder).made_at == made.made_at
    seen = len(base.seen)
    assert hits(copy, folder, base) == expected
    assert len(base.seen) == seen + len(QUERIES)
    problems = [f for f in examine(copy, folder) if f.level == "problem"]
    assert {f.subject for f in problems} <= {"model"}  # this encoder has no files
    assert not [p for p in (folder, tmp_path) for p in p.iterdir() if "tmp" in p.name]


def test_a_backup_may_have_any_name_and_touches_no_file_beside_it(database, home, base, tmp_path):
    hits(database, home, base)
    notes = tmp_path / "tongwen.db.part"
    notes.write_text("my own notes", encoding="utf-8")
    assert back_up(database, home, tmp_path / "tongwen.db").size_bytes > 0
    assert notes.read_text(encoding="utf-8") == "my own notes"


def test_a_backup_while_others_write_is_of_one_moment(database, home, base, other, tmp_path):
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with database.writing() as session:  # both or none
                bank = ensure_collection(session, "pairs")
                add_entry(session, bank, EntryDraft(f"左 {number}"))
                add_entry(session, bank, EntryDraft(f"右 {number}"))
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [back_up(database, home, tmp_path / f"{n}.tongwen").file for n in range(3)]
    finally:
        stop.set()
        writer.join()
    folder, copy = other
    for number, file in enumerate(files):
        restore(file, copy, folder, replace=number > 0)
        with copy.reading() as session:
            entries = browse(session, collection="pairs", limit=100_000) if number else []
        assert len(entries) % 2 == 0
    assert len(list(folder.glob("replaced-*"))) == 2


def test_a_base_is_never_overwritten_silently(database, home, base, tmp_path):
    file = back_up(database, home, tmp_path / "b.tongwen").file
    with pytest.raises(IndexerError, match="exists; name a new file"):
        back_up(database, home, file)
    with pytest.raises(IndexerError, match=r"there is a base at .*--replace"):
        restore(file, database, home)
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "late"), EntryDraft("后来的"))
    restore(file, database, home, replace=True)
    (aside,) = home.glob("replaced-*")
    old = Database.at(aside / "tongwen.db")
    with old.reading() as session:
        assert [entry.draft.standard for entry in browse(session, collection="late")] == ["后来的"]
        assert (aside / "builds" / str(list_builds(session)[-1].id) / "rows.npz").exists()
    old.close()


def test_the_base_may_lie_elsewhere_than_the_builds(database, home, base, tmp_path):
    expected = hits(database, home, base)
    file = back_up(database, home, tmp_path / "b.tongwen").file
    folder = tmp_path / "builds only"
    elsewhere = Database.at(tmp_path / "elsewhere" / "base.db")
    for again in (False, True):
        restore(file, elsewhere, folder, replace=again)
        assert hits(elsewhere, folder, base) == expected
        elsewhere.close()
    (aside,) = (tmp_path / "elsewhere").glob("replaced-*")
    assert [path.name for path in aside.iterdir()] == ["base.db"]
    (builds,) = folder.glob("replaced-*")
    assert [path.name for path in builds.iterdir()] == ["builds"]


def test_every_flipped_byte_and_every_cut_is_refused_and_nothing_is_changed(
    database, home, base, other, tmp_path
):
    file = back_up(database, home, tmp_path / "b.tongwen").file
    whole = file.read_bytes()
    folder, copy = other
    places = [*range(0, len(whole), len(whole) // 40), len(whole) - 30]
    for place in places:
        harmed = bytearray(whole)
        harmed[place] ^= 0x20
        file.write_bytes(harmed)
        try:
            restore(file, copy, folder, replace=True)
        except (IndexerError, StoreError):
            assert not copy.path.exists()
            continue
        # A few bytes of a zip mean nothing, like times: then all is as it was.
        assert hits(copy, folder, base) == hits(database, home, base)
        copy.close()
        copy.path.unlink()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(IndexerError, match="damaged"):
            restore(file, copy, folder)
    assert not copy.path.exists()


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "builds/../../evil", "builds/1/evil.py", "builds/x/rows.npz"]
)
def test_a_name_that_no_backup_holds_is_refused(database, home, base, other, tmp_path, name):
    file = back_up(database, home, tmp_path / "b.tongwen").file
    with zipfile.ZipFile(file) as archive:
        contents = {one: archive.read(one) for one in archive.namelist()}
    listed = json.loads(contents["backup.json"])
    listed["files"][name] = "00"
    contents |= {"backup.json": json.dumps(listed).encode(), name: b"evil"}
    with zipfile.ZipFile(file, "w") as archive:
        for one, content in contents.items():
            archive.writestr(one, content)
    folder, copy = other
    with pytest.raises(IndexerError, match="no backup holds a file"):
        restore(file, copy, folder)
    assert not list(tmp_path.rglob("evil*"))
    assert not copy.path.exists()


def test_other_files_and_newer_bases_are_told(database, home, base, other, tmp_path):
    folder, copy = other
    text, empty = tmp_path / "a.txt", tmp_path / "a.zip"
    text.write_text("no backup")
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme", "x")
    with pytest.raises(IndexerError, match="damaged"):
        restore(text, copy, folder)
    with pytest.raises(IndexerError, match="is not a backup of Tongwen"):
        restore(empty, copy, folder)
    with pytest.raises(IndexerError, match=r"cannot restore .*No such file"):
        restore(tmp_path / "none", copy, folder)
    with pytest.raises(IndexerError, match=r"cannot write .*No such file"):
        back_up(database, home, tmp_path / "no folder" / "b")
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="made by a newer Tongwen"):
        back_up(database, home, tmp_path / "b.tongwen")
    assert not copy.path.exists()

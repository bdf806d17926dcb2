"""Builds: resumed, folded by collection, healed, and never seen half made."""

from __future__ import annotations

import dataclasses
import logging
import os
import resource
import shutil
import signal
from pathlib import Path

import pytest

from indexer.build_files import BuildFiles
from indexer.builds import reindex
from indexer.doctor import examine
from indexer.errors import IndexerError
from indexer.search import Searcher
from store.builds import create_build, list_builds, live_build
from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry, read_entries, update_entry
from store.errors import NotFoundError
from store.models import BuildState
from store.vectors import find_model


def live(database):
    with database.reading() as session:
        return live_build(session)


def search(database, home, encoder, query, **asked):
    return Searcher(database, home, lambda name: encoder).search(query, **asked)


def levels(database, home):
    # The model of these tests has no files.
    return {f.level for f in examine(database, home) if f.subject != "model"}


def test_a_second_reindex_embeds_nothing_and_the_report_adds_up(database, home, hash_encoder, fill):
    fill(database, "bank", 50)
    encoder = hash_encoder()
    steps: list[tuple[int, int]] = []
    first = reindex(database, home, encoder, progress=lambda *step: steps.append(step))
    assert first.total == first.embedded + first.reused
    assert first.embedded == len(set(encoder.seen)) == len(encoder.seen)
    assert steps[-1] == (first.embedded, first.embedded)
    second = reindex(database, home, encoder)
    assert (second.embedded, second.reused, second.total) == (0, first.total, first.total)
    assert len(encoder.seen) == first.embedded


def test_an_answer_edit_embeds_nothing_and_a_new_text_embeds_itself(
    database, home, hash_encoder, fill
):
    ids = fill(database, "bank", 10)
    encoder = hash_encoder()
    reindex(database, home, encoder)
    before = len(encoder.seen)
    with database.writing() as session:
        draft = read_entries(session, ids[:1])[ids[0]].draft
        update_entry(session, ids[0], dataclasses.replace(draft, answer="别的"))
    assert reindex(database, home, encoder).embedded == 0
    with database.writing() as session:
        update_entry(session, ids[0], dataclasses.replace(draft, similar=("新的说法",)))
    assert reindex(database, home, encoder).embedded == 1
    assert encoder.seen[before:] == ["新的说法"]


def test_an_interrupted_reindex_goes_on_where_it_stopped(
    database, home, hash_encoder, fill, monkeypatch
):
    monkeypatch.setattr("indexer.embedding.BATCH", 32)
    fill(database, "bank", 150)
    with pytest.raises(KeyboardInterrupt):
        reindex(database, home, hash_encoder(stop_after=200))
    assert live(database) is None
    encoder = hash_encoder()
    report = reindex(database, home, encoder)
    assert report.total - 200 <= len(encoder.seen) <= report.total - 200 + 32
    assert report.embedded == len(encoder.seen)


def test_one_collection_is_folded_and_the_others_stay(database, home, hash_encoder, fill):
    encoder = hash_encoder()
    fill(database, "bank", 20, 1)
    fill(database, "shop", 20, 2)
    reindex(database, home, encoder)
    old = live(database)
    fill(database, "bank", 20, 3)
    fill(database, "shop", 20, 4)
    seen = len(encoder.seen)
    reindex(database, home, encoder, collections=["shop"])
    new = live(database)
    with database.reading() as session:
        bank = ensure_collection(session, "bank").id
        shop = ensure_collection(session, "shop").id
    assert new.covered[bank] == old.covered[bank] < new.covered[shop]
    assert 0 < len(encoder.seen) - seen < 70
    assert "problem" not in levels(database, home)
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "bank"), EntryDraft("银行的新问题"))
    assert search(database, home, encoder, "银行的新问题").hits[0].question == "银行的新问题"
    with pytest.raises(IndexerError, match="one build has one model"):
        reindex(database, home, hash_encoder("hash-2"), collections=["shop"])
    with pytest.raises(NotFoundError, match="no collection 'none'"):
        reindex(database, home, encoder, collections=["none"])


def test_the_same_weights_under_another_name_embed_nothing(database, home, hash_encoder, fill):
    fill(database, "bank", 10)
    reindex(database, home, hash_encoder())
    renamed = hash_encoder()
    renamed.name = "renamed"
    assert reindex(database, home, renamed).embedded == 0
    assert live(database).model.name == "renamed"


def test_the_last_builds_are_kept_and_older_ones_go(database, home, hash_encoder, fill):
    fill(database, "bank", 5)
    for _ in range(5):
        reindex(database, home, hash_encoder())
    with database.reading() as session:
        ids = [record.id for record in list_builds(session)]
    assert len(ids) == 3 and ids[-1] == live(database).id
    folders = {folder.name for folder in (home / "builds").iterdir() if folder.is_dir()}
    assert folders == {str(number) for number in ids}


def test_an_empty_base_can_be_indexed(database, home, hash_encoder):
    assert reindex(database, home, hash_encoder()).total == 0
    assert search(database, home, hash_encoder(), "x").hits == ()


def test_two_reindexes_at_once_are_told_apart(database, home, hash_encoder):
    with (
        BuildFiles(home).lock(database),
        pytest.raises(IndexerError, match="another process is indexing"),
    ):
        reindex(database, home, hash_encoder())


def test_the_builds_of_two_databases_do_not_meet_in_one_home(
    database, home, hash_encoder, fill, tmp_path
):
    other = Database.at(tmp_path / "other.db")
    other.upgrade()
    for one in (database, other):
        fill(one, "bank", 20)
    reindex(database, home, hash_encoder())
    expected = search(database, home, hash_encoder(), "银行").hits
    refused = r"has the builds of another database \(tongwen\.db\); set TONGWEN_HOME"
    with pytest.raises(IndexerError, match=refused):
        reindex(other, home, hash_encoder())
    # Nor is the lock taken from a worker of whose job this database knows nothing.
    with BuildFiles(home).lock(database, "host:1:ab"):
        with pytest.raises(IndexerError, match=refused):
            reindex(other, home, hash_encoder(), patient=True)
        assert BuildFiles(home).holder() == "host:1:ab"
    assert search(database, home, hash_encoder(), "银行").hits == expected
    assert levels(database, home) == {"ok"}
    other.close()
    database.close()
    moved = Database.at(home.rename(tmp_path / "moved") / "tongwen.db")
    assert reindex(moved, tmp_path / "moved", hash_encoder()).published
    moved.close()


def harm_build(folder: Path, harm: str) -> None:
    """Flip a byte of a file of a build, cut it, or delete it, or all."""
    deed, _, name = harm.partition(" ")
    if deed == "lose":
        shutil.rmtree(folder)
        return
    path = folder / name
    if deed == "flip":
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 1]))
    elif deed == "cut":
        os.truncate(path, path.stat().st_size - 20)
    else:
        path.unlink()


@pytest.mark.parametrize("opened", [False, True], ids=["opened after", "opened before"])
@pytest.mark.parametrize(
    "harm", ["flip vectors.f32", "flip rows.npz", "cut vectors.f32", "delete vectors.f32", "lose"]
)
def test_a_damaged_build_is_made_again_without_the_model(
    database, home, hash_encoder, fill, harm, opened, caplog
):
    encoder = hash_encoder()
    ids = fill(database, "bank", 40)
    reindex(database, home, encoder)
    with database.writing() as session:
        draft = read_entries(session, ids[3:4])[ids[3]].draft
        update_entry(session, ids[3], dataclasses.replace(draft, standard="改过的问题"))
    query = draft.standard
    searcher = Searcher(database, home, lambda name: encoder)
    expected = searcher.search(query, k=10).hits
    harm_build(home / "builds" / "1", harm)
    assert "problem" in levels(database, home)
    seen = len(encoder.seen)
    if not opened:
        searcher = Searcher(database, home, lambda name: encoder)
    with caplog.at_level(logging.WARNING):
        result = searcher.search(query, k=10)
    assert result.hits == expected
    assert len(encoder.seen) == seen + 1  # the query alone
    assert "making it again from the stored vectors" in caplog.text
    assert live(database).id == 2 and live(database).covered[1] >= 1
    assert "problem" not in levels(database, home)
    assert searcher.search(query, k=10).hits == expected


@pytest.mark.parametrize("harm", ["flip index.faiss", "cut vectors.f32", "delete index.faiss"])
def test_a_damaged_approximate_build_is_made_again_of_its_kind(
    database, home, hash_encoder, fill, harm
):
    encoder = hash_encoder()
    fill(database, "bank", 200)
    report = reindex(database, home, encoder, index="hnsw")
    assert (report.index_kind, report.recall_at_10 >= 0.98) == ("hnsw", True)
    searcher = Searcher(database, home, lambda name: encoder)
    expected = searcher.search("银行", k=10).hits
    harm_build(home / "builds" / "1", harm)
    assert searcher.search("银行", k=10).hits == expected
    assert (live(database).id, live(database).index_kind) == (2, "hnsw")


def test_a_build_that_was_only_touched_is_checked_and_kept(database, home, hash_encoder, fill):
    encoder = hash_encoder()
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    searcher = Searcher(database, home, lambda name: encoder)
    expected = searcher.search("银行").hits
    os.utime(home / "builds" / "1" / "vectors.f32")
    assert searcher.search("银行").hits == expected
    assert live(database).id == 1


def test_a_reindex_that_finds_nothing_changed_shares_the_files(database, home, hash_encoder, fill):
    encoder = hash_encoder()
    fill(database, "bank", 10)
    reindex(database, home, encoder)

    def number() -> int:
        return (home / "builds" / str(live(database).id) / "vectors.f32").stat().st_ino

    first = number()
    again = reindex(database, home, encoder)
    assert (again.build_id, again.embedded, number()) == (2, 0, first)
    expected = search(database, home, encoder, "银行").hits
    harm_build(home / "builds" / "2", "flip vectors.f32")  # and so in build 1
    assert reindex(database, home, encoder).build_id == 3
    assert number() != first
    assert search(database, home, encoder, "银行").hits == expected
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "bank"), EntryDraft("新的"))
    reindex(database, home, encoder)
    assert len({number(), first}) == 2
    reindex(database, home, encoder, index="flat")  # another wish, though the same outcome
    assert live(database).measures["asked"] == "flat"


def test_where_no_build_can_be_written_one_line_says_so_and_the_live_one_answers(
    database, home, hash_encoder, fill
):
    encoder = hash_encoder()
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    expected = search(database, home, encoder, "银行", mode="dense").hits
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "bank"), EntryDraft("新的"))
    (home / "builds" / ".tmp-2").write_text("in the way")
    with pytest.raises(IndexerError, match=r"cannot write the build .*; free space or give"):
        reindex(database, home, encoder)
    assert live(database).id == 1
    assert search(database, home, encoder, "银行", mode="dense").hits[: len(expected)] == expected


def test_a_full_disk_is_one_line_and_the_live_build_answers(database, home, hash_encoder, fill):
    encoder = hash_encoder()
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    fill(database, "bank", 700, 8)
    database.close()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        # No file may grow past this: the log of the database is the first that wants to.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
        try:
            reindex(database, home, encoder)
            said = "done"
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    told = os.read(reader, 10_000).decode()
    os.close(reader)
    os.waitpid(child, 0)
    assert told.startswith("StoreError: ") and "free some space" in told
    assert live(database).id == 1
    assert "problem" not in levels(database, home)
    assert search(database, home, encoder, "银行").build == 1


def test_a_damaged_build_is_answered_from_memory_where_nothing_can_be_written(
    database, home, hash_encoder, fill
):
    encoder = hash_encoder()
    fill(database, "bank", 40)
    reindex(database, home, encoder)
    expected = search(database, home, encoder, "银行").hits
    (home / "builds" / "1" / "vectors.f32").unlink()
    with BuildFiles(home).lock(database):
        searcher = Searcher(database, home, lambda name: encoder)
        assert searcher.search("银行").hits == expected
        assert searcher.search("银行").hits == expected
    assert live(database).id == 1


def test_what_a_dead_run_left_is_told_and_removed(database, home, hash_encoder, fill):
    fill(database, "bank", 5)
    reindex(database, home, hash_encoder())
    with database.writing() as session:
        model = find_model(session, "hash-1")
        dead = create_build(session, model.id)
    (home / "builds" / f".tmp-{dead}").mkdir()
    (home / "builds" / "77").mkdir()
    assert "warning" in levels(database, home)
    reindex(database, home, hash_encoder())
    with database.reading() as session:
        assert {record.state for record in list_builds(session)} == {BuildState.READY}
    assert not (home / "builds" / "77").exists()
    assert levels(database, home) == {"ok"}

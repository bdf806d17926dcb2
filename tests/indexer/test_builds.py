"""Builds: resumed, folded by collection, healed, and never seen half made."""

from __future__ import annotations

import dataclasses
import logging

import pytest

from indexer.build_files import BuildFiles
from indexer.builds import reindex
from indexer.doctor import examine
from indexer.errors import IndexerError
from indexer.search import Searcher
from store.builds import create_build, list_builds, live_build
from store.collections import ensure_collection
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
        BuildFiles(home).lock(),
        pytest.raises(IndexerError, match="another process is indexing"),
    ):
        reindex(database, home, hash_encoder())


@pytest.mark.parametrize("harm", ["flip vectors", "flip rows", "truncate", "delete", "delete all"])
def test_a_damaged_build_is_made_again_without_the_model(
    database, home, hash_encoder, fill, harm, caplog
):
    encoder = hash_encoder()
    ids = fill(database, "bank", 40)
    reindex(database, home, encoder)
    with database.writing() as session:
        draft = read_entries(session, ids[3:4])[ids[3]].draft
        update_entry(session, ids[3], dataclasses.replace(draft, standard="改过的问题"))
    query = draft.standard
    expected = search(database, home, encoder, query, k=10).hits
    folder = home / "builds" / "1"
    path = folder / ("rows.npz" if harm == "flip rows" else "vectors.f32")
    if harm.startswith("flip"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif harm == "truncate":
        path.write_bytes(path.read_bytes()[:-20])
    elif harm == "delete":
        path.unlink()
    else:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    assert "problem" in levels(database, home)
    seen = len(encoder.seen)
    with caplog.at_level(logging.WARNING):
        result = search(database, home, encoder, query, k=10)
    assert result.hits == expected
    assert len(encoder.seen) == seen + 1  # the query alone
    assert "making it again from the stored vectors" in caplog.text
    assert live(database).id == 2 and live(database).covered[1] >= 1
    assert "problem" not in levels(database, home)


def test_a_damaged_build_is_answered_from_memory_where_nothing_can_be_written(
    database, home, hash_encoder, fill
):
    encoder = hash_encoder()
    fill(database, "bank", 40)
    reindex(database, home, encoder)
    expected = search(database, home, encoder, "银行").hits
    (home / "builds" / "1" / "vectors.f32").unlink()
    with BuildFiles(home).lock():
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

"""Changing the model, going back, and what stays to go back to, while searches go on."""

from __future__ import annotations

import threading

import pytest

from indexer.builds import reindex
from indexer.errors import IndexerError, ModelError
from indexer.publishing import prune_builds, publish_build, roll_back
from indexer.search import Searcher
from store.builds import answered_before, create_build, list_builds, live_build, publish
from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry
from store.errors import NotFoundError
from store.vectors import count_missing, find_model


def live(database):
    with database.reading() as session:
        return live_build(session)


def add(database, text: str) -> None:
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "bank"), EntryDraft(text))


@pytest.fixture
def models(hash_encoder):
    """Two encoders by name, and whatever loads them."""
    made = {"old": hash_encoder("hash-1"), "new": hash_encoder("hash-2")}
    for name, encoder in made.items():
        encoder.name = name
    return made


def test_a_searcher_that_runs_follows_the_model_there_and_back(database, home, fill, models):
    fill(database, "bank", 30)
    load = models.__getitem__
    searcher = Searcher(database, home, load)
    reindex(database, home, models["old"])
    for change, model in (
        (lambda: None, "old"),
        (lambda: reindex(database, home, models["new"]), "new"),
        (lambda: roll_back(database, load), "old"),
        (lambda: publish_build(database, 2, load), "new"),
    ):
        change()
        add(database, f"{model} 之后")
        result = searcher.search(f"{model} 之后", k=3)
        assert result.model == model
        assert result.hits[0].matched_question == f"{model} 之后"
        query = models[model].encode([result.query]).vectors[0]
        for hit in result.hits:
            own = models[model].encode([hit.matched_question]).vectors[0]
            assert hit.score == pytest.approx(float(query @ own), abs=1e-5)


def test_what_was_written_since_is_found_in_the_build_that_is_gone_back_to(
    database, home, fill, models
):
    fill(database, "bank", 5)
    reindex(database, home, models["old"])
    reindex(database, home, models["new"])
    fill(database, "bank", 400, seed=1)
    reindex(database, home, models["new"])
    roll_back(database, models.__getitem__)
    # One build of the same model lies between; the old model is one more step back.
    assert live(database).model.name == "new"
    roll_back(database, models.__getitem__)
    assert live(database).model.name == "old"
    with database.reading() as session:  # Before any search could see to it.
        assert count_missing(session, find_model(session, "hash-1").id) == 0
    result = Searcher(database, home, models.__getitem__).search("银行", k=1000)
    assert (result.pending, result.model, len(result.hits)) == (0, "old", 405)


def test_edits_during_a_change_of_model_are_found_while_it_goes_on_and_after(
    database, home, fill, models
):
    fill(database, "bank", 40)
    reindex(database, home, models["old"])
    searcher = Searcher(database, home, models.__getitem__)
    seen = []

    class Slow(type(models["new"])):
        name = "new"

        def encode(self, texts, *, progress=None):
            # Another process edits and searches while this one embeds.
            text = f"中途 {len(seen)}"
            if threading.current_thread() is thread and len(seen) < 3:
                add(database, text)
                result = searcher.search(text, k=1)
                seen.append((result.model, result.hits[0].matched_question == text))
            return super().encode(texts, progress=progress)

    models["new"] = Slow("hash-2")
    thread = threading.Thread(target=reindex, args=(database, home, models["new"]))
    thread.start()
    thread.join()
    assert seen and set(seen) == {("old", True)}
    for number in range(len(seen)):
        result = searcher.search(f"中途 {number}", k=1)
        assert (result.model, result.hits[0].matched_question) == ("new", f"中途 {number}")


def test_other_weights_under_the_same_name_are_loaded_by_a_searcher_that_runs(
    database, home, fill, hash_encoder
):
    fill(database, "bank", 10)
    now = {"hash": hash_encoder("hash-1")}
    searcher = Searcher(database, home, lambda name: now["hash"])
    reindex(database, home, now["hash"])
    assert searcher.search("银行").build == 1
    now["hash"] = hash_encoder("hash-2")
    reindex(database, home, now["hash"])
    assert searcher.search("银行").build == 2


def test_a_model_that_was_gone_is_loaded_from_where_the_next_reindex_found_it(
    database, home, fill, hash_encoder
):
    fill(database, "bank", 10)
    there, moved = hash_encoder(), hash_encoder()
    there.name, moved.name = "there", "moved"

    def load(name):
        if name != "moved":
            raise ModelError(f"no model folder at {name}; name another")
        return moved

    reindex(database, home, there)
    searcher = Searcher(database, home, load)
    with pytest.raises(ModelError, match="no model folder at there"):
        searcher.search("银行")
    reindex(database, home, moved)
    result = searcher.search("银行")
    assert (result.build, result.model) == (2, "moved") and result.hits


def test_a_model_is_loaded_once_before_its_first_build_and_for_all_of_them(
    database, home, fill, hash_encoder
):
    fill(database, "bank", 10)
    loaded = []

    def load(name):
        loaded.append(name)
        return hash_encoder()

    searcher = Searcher(database, home, load, default_model="hash")
    assert searcher.search("银行").build == 0
    for build in (1, 2):
        reindex(database, home, hash_encoder())
        assert searcher.search("银行").build == build
    assert loaded == ["hash"]


def test_a_build_whose_model_has_changed_cannot_come_back(database, home, fill, models):
    fill(database, "bank", 5)
    reindex(database, home, models["old"])
    reindex(database, home, models["new"])
    models["old"].fingerprint = "hash-3"
    with pytest.raises(ModelError, match="model old has changed since build 1"):
        roll_back(database, models.__getitem__)
    assert live(database).id == 2


def test_rolling_back_walks_back_and_publishing_again_is_going_back(database, home, fill, models):
    fill(database, "bank", 5)
    load = models.__getitem__
    for _ in range(3):
        reindex(database, home, models["old"])
    assert [roll_back(database, load).id for _ in range(2)] == [2, 1]
    with pytest.raises(IndexerError, match="no build answered before"):
        roll_back(database, load)
    publish_build(database, 3, load)
    assert roll_back(database, load).id == 1  # what answered before the last publication
    assert publish_build(database, 1, load).id == 1  # it is live: nothing happens
    with database.reading() as session:
        assert answered_before(session) == []


def test_a_build_that_is_not_there_or_not_ready_is_not_published(database, home, fill, models):
    fill(database, "bank", 5)
    reindex(database, home, models["old"])
    with database.writing() as session:
        unfinished = create_build(session, find_model(session, "hash-1").id)
    with pytest.raises(IndexerError, match=f"build {unfinished} is building; only a ready one"):
        publish_build(database, unfinished, models.__getitem__)
    with pytest.raises(NotFoundError, match="no build 77; `tongwen builds list`"):
        publish_build(database, 77, models.__getitem__)


def test_pruning_keeps_what_answers_what_one_goes_back_to_and_the_model_before(
    database, home, fill, models
):
    fill(database, "bank", 5)
    for name in ("old", "old", "new", "new", "new", "new"):
        reindex(database, home, models[name])
    with database.reading() as session:
        assert [build.id for build in list_builds(session)] == [2, 4, 5, 6]
    with database.writing() as session:
        publish(session, 4)
    assert prune_builds(database, home, keep=1) == [5]
    folders = {f.name for f in (home / "builds").iterdir() if f.is_dir()}
    assert folders == {"2", "4", "6"}
    assert prune_builds(database, home, keep=0) == [6]
    assert Searcher(database, home, models.__getitem__).search("银行").build == 4

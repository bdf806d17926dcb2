"""An edit is in the results of the next search of every searcher, without a reindex."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest

from indexer.builds import reindex
from indexer.search import Filters, Searcher, embed_pending
from store.changes import next_change
from store.collections import ensure_collection
from store.drafts import digest
from store.entries import (
    EntryDraft,
    add_entry,
    browse,
    delete_entries,
    read_entries,
    set_status,
    update_entry,
)
from store.models import Status
from store.questions import read_questions, read_texts
from store.writing import insert_entries

DRAFT = EntryDraft("怎么退款", "找客服", "e", ("如何退钱",), (), "售后", ("钱",))


class Desk:
    """A base with one indexed entry among others, and two searchers as of two processes."""

    def __init__(self, database, home, fill, encoder) -> None:
        self.database, self.home, self.encoder = database, home, encoder
        fill(database, "a", 30)
        self.entry = self.add(DRAFT)
        reindex(database, home, encoder)
        self.searchers = [Searcher(database, home, lambda name: encoder) for _ in range(2)]
        assert self.found("怎么退款")
        encoder.seen.clear()

    def add(self, draft: EntryDraft) -> int:
        with self.database.writing() as session:
            return add_entry(session, ensure_collection(session, "a"), draft)

    def edit(self, **changes: object) -> None:
        with self.database.writing() as session:
            old = read_entries(session, [self.entry])[self.entry].draft
            assert update_entry(session, self.entry, replace(old, **changes))

    def found(self, question: str, filters: Filters | None = None) -> bool:
        """Whether both searchers find this very question, and agree on everything."""
        one, two = (s.search(question, k=3, filters=filters or Filters()) for s in self.searchers)
        assert one.hits == two.hits
        assert one.pending == two.pending == 0
        return any(h.matched_question == question and h.score > 0.999 for h in one.hits)


@pytest.fixture
def desk(database, home, fill, hash_encoder) -> Desk:
    return Desk(database, home, fill, hash_encoder())


def test_an_added_entry_is_found(desk):
    assert not desk.found("新的问题")
    desk.add(EntryDraft("新的问题"))
    assert desk.found("新的问题")


def test_an_edited_question_is_found_by_its_new_text_only(desk):
    desk.edit(similar=("钱怎么拿回来",))
    assert desk.found("钱怎么拿回来")
    assert not desk.found("如何退钱")
    assert desk.found("怎么退款")


def test_an_archived_entry_is_found_again_only_when_it_is_restored(desk):
    for status, found in ((Status.ARCHIVED, False), (Status.ACTIVE, True), (Status.DRAFT, False)):
        with desk.database.writing() as session:
            set_status(session, [desk.entry], status)
        assert desk.found("怎么退款") is found


def test_a_deleted_entry_is_gone_before_and_after_the_next_build(desk):
    with desk.database.writing() as session:
        delete_entries(session, [desk.entry])
    assert not desk.found("怎么退款")
    reindex(desk.database, desk.home, desk.encoder)
    assert not desk.found("怎么退款")


def test_an_entry_deleted_from_the_delta_is_gone(desk):
    number = desk.add(EntryDraft("新的问题"))
    assert desk.found("新的问题")
    with desk.database.writing() as session:
        delete_entries(session, [number])
    assert not desk.found("新的问题")


def test_a_question_that_became_negative_is_not_found(desk):
    desk.edit(similar=(), negative=("如何退钱",))
    assert not desk.found("如何退钱")
    assert desk.found("怎么退款")


def test_an_edited_answer_is_shown_and_nothing_is_embedded(desk):
    desk.edit(answer="按退款键")
    hit = desk.searchers[0].search("怎么退款", k=1).hits[0]
    assert hit.answer == "按退款键"
    assert reindex(desk.database, desk.home, desk.encoder).embedded == 0
    assert set(desk.encoder.seen) == {"怎么退款"}  # the query, and no question


def test_a_moved_entry_is_found_under_its_new_category_and_tags_only(desk):
    desk.edit(category="投诉", tags=("急",))
    assert desk.found("怎么退款", Filters(category="投诉", tags=("急",)))
    assert not desk.found("怎么退款", Filters(category="售后"))
    assert not desk.found("怎么退款", Filters(tags=("钱",)))


def test_a_new_vector_is_stored_by_the_search_that_made_it(desk):
    desk.add(EntryDraft("新的问题"))
    assert desk.found("新的问题")
    # Once as a question by the first searcher, and twice as a query.
    assert desk.encoder.seen.count("新的问题") == 3
    assert reindex(desk.database, desk.home, desk.encoder).embedded == 0


def test_saving_can_embed_so_that_the_search_need_not(desk):
    desk.add(EntryDraft("新的问题"))
    assert embed_pending(desk.database, desk.encoder) == 1
    assert embed_pending(desk.database, desk.encoder) == 0
    assert desk.found("新的问题")
    assert desk.encoder.seen.count("新的问题") == 3


def test_embedding_with_another_model_than_the_live_one_is_left_out(desk, hash_encoder):
    desk.add(EntryDraft("新的问题"))
    other = hash_encoder("other")
    assert embed_pending(desk.database, other) == 0
    assert other.seen == []


def test_an_edit_is_found_while_another_process_holds_the_write_lock(desk):
    desk.add(EntryDraft("新的问题"))
    with desk.database.writing() as session:
        next_change(session)
        assert desk.found("新的问题")
        assert desk.found("新的问题")
    # Each searcher embedded it for itself, once.
    assert desk.encoder.seen.count("新的问题") == 2 + 4


def test_of_very_many_edits_the_newest_are_found_and_the_rest_is_counted(desk, monkeypatch):
    monkeypatch.setattr("indexer.embedding.AT_ONCE", 256)
    with desk.database.writing() as session:
        collection = ensure_collection(session, "a")
        for number in range(256 + 100):
            add_entry(session, collection, EntryDraft(f"导入 {number}"))
    searcher = desk.searchers[0]
    result = searcher.search(f"导入 {256 + 99}", k=1)
    assert result.hits[0].matched_question == f"导入 {256 + 99}"
    assert result.pending == 100
    searcher.search("别的")  # embeds the negative questions of what it finds, once
    before = len(desk.encoder.seen)
    assert searcher.search("别的").pending == 100
    assert len(desk.encoder.seen) == before + 1  # the query alone: no search is slowed again
    desk.add(EntryDraft("新的问题"))
    result = searcher.search("新的问题", k=1)
    assert result.hits[0].matched_question == "新的问题"
    assert result.pending == 0
    reindex(desk.database, desk.home, desk.encoder)
    assert desk.found("导入 0")


def bulk(desk: Desk, collection: str, texts: list[str]) -> None:
    """Add entries as an import does: all in one change."""
    drafts = [EntryDraft(text) for text in texts]
    with desk.database.writing() as session:
        number = ensure_collection(session, collection).id
        hashes = [digest(draft) for draft in drafts]
        insert_entries(session, number, drafts, hashes, next_change(session))


def test_of_a_bulk_import_a_search_embeds_nothing_but_an_edit_is_found_at_once(desk, monkeypatch):
    monkeypatch.setattr("indexer.embedding.AT_ONCE", 50)
    monkeypatch.setattr("indexer.delta.SMALL_CHANGE", 20)
    searcher = desk.searchers[0]
    bulk(desk, "a", [f"导入 {number}" for number in range(200)])
    assert searcher.search("随便").pending == 200
    desk.add(EntryDraft("急着要的"))
    bulk(desk, "b", [f"又导入 {number}" for number in range(30)])
    result = searcher.search("急着要的", k=1)
    assert (result.hits[0].matched_question, result.pending) == ("急着要的", 230)
    assert set(desk.encoder.seen) == {"随便", "急着要的"}
    with desk.database.writing() as session:
        doomed = [record.id for record in browse(session, collection="b", limit=100)]
        delete_entries(session, doomed[:10])
    assert searcher.search("急着要的").pending == 220
    reindex(desk.database, desk.home, desk.encoder)
    assert desk.found("导入 0") and desk.found("又导入 29")


def test_what_has_a_vector_but_no_room_is_counted_until_the_next_build(desk, monkeypatch):
    monkeypatch.setattr("indexer.delta.MOST_ROWS", 10)
    monkeypatch.setattr("indexer.delta.SMALL_CHANGE", 3)
    with desk.database.reading() as session:
        known = [record.draft.standard for record in browse(session, limit=30)]
    bulk(desk, "again", known)
    searcher = desk.searchers[0]
    asked = Filters(collections=("again",))
    result = searcher.search(known[0], k=50, filters=asked)
    assert (len(result.hits), result.pending) == (10, 20)
    bulk(desk, "again", known[:3])  # a small change finds room all the same
    assert len(searcher.search(known[0], k=50, filters=asked).hits) == 13
    reindex(desk.database, desk.home, desk.encoder)
    assert len(searcher.search(known[0], k=50, filters=asked).hits) == 33


def test_a_new_category_of_an_indexed_entry_needs_neither_vector_nor_model(desk):
    with sqlite3.connect(desk.database.path) as connection:
        connection.execute("DELETE FROM vector")
    connection.close()
    desk.edit(category="投诉")
    assert desk.found("如何退钱", Filters(category="投诉"))
    assert not desk.found("如何退钱", Filters(category="售后"))
    assert set(desk.encoder.seen) == {"如何退钱"}  # as a query


def test_a_search_after_an_edit_reads_only_that_edit(desk, monkeypatch):
    for number in range(20):
        desk.add(EntryDraft(f"早先的 {number}"))
    assert desk.found("早先的 19")
    read: list[int] = []
    monkeypatch.setattr(
        "indexer.delta.read_questions",
        lambda session, ids: read.extend(ids) or read_questions(session, ids),
    )
    number = desk.add(EntryDraft("后来的"))
    assert desk.found("后来的")
    with desk.database.reading() as session:
        texts = read_texts(session, read)
    assert set(texts.values()) == {"后来的"}
    with desk.database.writing() as session:
        delete_entries(session, [number])
    read.clear()
    assert not desk.found("后来的")
    assert read == []


def test_200_random_edits_leave_what_comparing_every_question_finds(desk, slow_search):
    chance = random.Random(11)
    database, encoder = desk.database, desk.encoder
    living = [desk.entry]
    edits: list[Callable[[int], None]] = []

    def edit(change: Callable[[EntryDraft], EntryDraft]) -> Callable[[int], None]:
        def apply(entry: int) -> None:
            with database.writing() as session:
                old = read_entries(session, [entry])[entry].draft
                update_entry(session, entry, change(old))

        return apply

    def add(entry: int) -> None:
        draft = EntryDraft(f"新 {chance.random()}", category=f"c{chance.randint(0, 3)}")
        living.append(desk.add(draft))

    def remove(entry: int) -> None:
        living.remove(entry)
        with database.writing() as session:
            delete_entries(session, [entry])

    edits += [add, add, remove]
    edits.append(edit(lambda d: replace(d, similar=(*d.similar, f"似 {chance.random()}"))))
    edits.append(edit(lambda d: replace(d, similar=d.similar[1:], negative=d.similar[:1])))
    edits.append(edit(lambda d: replace(d, category=f"c{chance.randint(0, 3)}")))
    edits.append(edit(lambda d: replace(d, status=chance.choice(list(Status)))))
    queries = [f"问 {number}" for number in range(8)]

    def compare() -> None:
        slow = slow_search(database, encoder)
        for category in (None, "c1"):
            truths = slow(
                queries,
                lambda e, only=category: (
                    e.draft.status is Status.ACTIVE and only in (None, e.draft.category)
                ),
            )
            for query, truth in zip(queries, truths, strict=True):
                for searcher in desk.searchers:
                    hits = searcher.search(
                        query, k=6, filters=Filters(category=category), mode="dense"
                    ).hits
                    truth.check(hits, 6)

    for number in range(1, 201):
        if not living:
            add(0)
        chance.choice(edits)(chance.choice(living))
        if number % 50 == 0:
            compare()
        if number == 100:
            reindex(database, desk.home, encoder)
    reindex(database, desk.home, encoder)
    compare()

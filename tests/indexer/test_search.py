"""Search against a brute force over the encoder's vectors, and every edit by the next search."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from indexer.builds import reindex
from indexer.errors import IndexerError, IndexMissingError, ModelError
from indexer.guarding import opposites
from indexer.guarding.facts import facts
from indexer.search import Filters, Searcher, embed_pending
from store.builds import live_build
from store.collections import ensure_collection
from store.entries import (
    EntryDraft,
    add_entry,
    delete_entries,
    read_entries,
    set_status,
    update_entry,
)
from store.errors import NotFoundError
from store.models import Kind, Status


def brute_force(encoder, records, query, k, keep=lambda record: True):
    """Score of the best positive question of each entry, by the entry's id; the k best scores."""
    texts = [
        (record.id, text)
        for record in records
        if keep(record)
        for text in (record.draft.standard, *record.draft.similar)
    ]
    vectors = encoder.encode([text for _, text in texts]).vectors
    vector = encoder.encode([query]).vectors[0]
    best: dict[int, float] = {}
    for (entry_id, _), score in zip(texts, vectors @ vector, strict=True):
        best[entry_id] = max(best.get(entry_id, -2.0), float(score))
    return best, sorted(best.values(), reverse=True)[:k]


def check(result, best, scores):
    # An entry that its negative question vetoes comes after the others.
    assert [hit.vetoed_by is not None for hit in result.hits] == sorted(
        hit.vetoed_by is not None for hit in result.hits
    )
    found = sorted((hit.score for hit in result.hits), reverse=True)
    assert np.allclose(found, scores, atol=1e-5)
    for hit in result.hits:
        assert hit.score == pytest.approx(best[hit.entry_id], abs=1e-5)
    assert len({hit.entry_id for hit in result.hits}) == len(result.hits)
    assert [hit.rank for hit in result.hits] == list(range(1, len(result.hits) + 1))


def all_records(database, ids):
    with database.reading() as session:
        return list(read_entries(session, ids).values())


def searcher_of(database, home, encoder):
    return Searcher(database, home, lambda name: encoder)


def test_500_searches_equal_brute_force(database, home, encoder, fill):
    ids = fill(database, "bank", 150, 1) + fill(database, "shop", 100, 2)
    reindex(database, home, encoder)
    searcher = searcher_of(database, home, encoder)
    records = all_records(database, ids)
    texts = [record.draft.standard for record in records]
    pairs = [(r.id, t) for r in records for t in (r.draft.standard, *r.draft.similar)]
    matrix = encoder.encode([text for _, text in pairs]).vectors
    owners = np.array([entry_id for entry_id, _ in pairs])
    category = {record.id: record.draft.category for record in records}
    chance = random.Random(3)
    for number in range(500):
        query = chance.choice(texts)[:: chance.choice([1, 1, 2])] + chance.choice(["", "吗", "?"])
        wanted = f"c{number % 8}" if number % 2 else None
        result = searcher.search(query, k=5, filters=Filters(category=wanted), mode="dense")
        scores = matrix @ encoder.encode([query]).vectors[0]
        best: dict[int, float] = {}
        for owner, score in zip(owners.tolist(), scores.tolist(), strict=True):
            if wanted in (None, category[owner]):
                best[owner] = max(best.get(owner, -2.0), score)
        check(result, best, sorted(best.values(), reverse=True)[:5])
        assert result.pending == 0


def test_a_hit_says_what_its_entry_says(database, home, encoder):
    draft = EntryDraft(
        standard="信用卡怎么挂失",
        answer="打电话",
        external_id="A-1",
        similar=("卡丢了怎么办", "卡被偷了"),
        negative=("怎么办卡",),
        category="卡",
        tags=("急", "卡"),
    )
    with database.writing() as session:
        entry_id = add_entry(session, ensure_collection(session, "bank"), draft)
    reindex(database, home, encoder)
    result = searcher_of(database, home, encoder).search("卡丢了怎么办")
    hit = result.hits[0]
    assert (hit.entry_id, hit.external_id, hit.collection) == (entry_id, "A-1", "bank")
    assert (hit.question, hit.matched_question) == ("信用卡怎么挂失", "卡丢了怎么办")
    assert (hit.kind, hit.answer, hit.category, hit.tags) == (
        Kind.SIMILAR,
        "打电话",
        "卡",
        ("急", "卡"),
    )
    assert hit.score == pytest.approx(1, abs=1e-6) and hit.score <= 1
    assert result.query == "卡丢了怎么办" and result.build == 1
    assert result.took.total_ms >= result.took.encode_ms > 0
    # A negative question is not an answer's question.
    score = searcher_of(database, home, encoder).search("怎么办卡", mode="dense").hits[0].score
    assert score < 0.9999


def test_filters_come_before_the_best_are_chosen(database, home, encoder, fill):
    ids = fill(database, "bank", 120, 1) + fill(database, "shop", 30, 2)
    with database.writing() as session:
        set_status(session, ids[:10], Status.DRAFT)
    reindex(database, home, encoder)
    searcher = searcher_of(database, home, encoder)
    records = all_records(database, ids)
    query = records[3].draft.standard
    cases = {
        Filters(): lambda r: r.draft.status == Status.ACTIVE,
        Filters(collections=("shop",)): lambda r: r.collection == "shop",
        Filters(collections=("shop", "bank"), category="c2"): lambda r: (
            r.draft.category == "c2" and r.draft.status == Status.ACTIVE
        ),
        Filters(tags=("t1", "t4")): lambda r: (
            {"t1", "t4"} <= set(r.draft.tags) and r.draft.status == Status.ACTIVE
        ),
        Filters(statuses=(Status.DRAFT,)): lambda r: r.draft.status == Status.DRAFT,
        Filters(category="none"): lambda r: False,
        Filters(tags=("none",)): lambda r: False,
    }
    for filters, keep in cases.items():
        best, scores = (
            brute_force(encoder, records, query, 12, keep) if any(map(keep, records)) else ({}, [])
        )
        check(searcher.search(query, k=12, filters=filters, mode="dense"), best, scores)
    with pytest.raises(NotFoundError, match="no collection 'nowhere'"):
        searcher.search("x", filters=Filters(collections=("nowhere",)))


def test_validity_is_that_of_the_moment_asked_about(database, home, encoder):
    day = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    with database.writing() as session:
        bank = ensure_collection(session, "bank")
        add_entry(
            session, bank, EntryDraft("五月的活动", valid_from=day, valid_until=day.replace(day=3))
        )
        add_entry(session, bank, EntryDraft("一直的活动"))
    reindex(database, home, encoder)
    searcher = searcher_of(database, home, encoder)

    def found(**asked):
        return [
            hit.question for hit in searcher.search("五月的活动", filters=Filters(**asked)).hits
        ]

    both = ["五月的活动", "一直的活动"]
    assert found() == ["一直的活动"]
    assert found(at=day) == both
    assert found(at=day - dt.timedelta(microseconds=1)) == ["一直的活动"]
    assert found(at=day.replace(day=3)) == ["一直的活动"]
    assert found(at=day.replace(day=3) - dt.timedelta(microseconds=1)) == both
    assert found(any_validity=True) == both


def test_k_means_k_entries_even_if_one_has_hundreds_of_near_questions(database, home, encoder):
    with database.writing() as session:
        bank = ensure_collection(session, "bank")
        many = tuple(f"怎么挂失银行卡{number}" for number in range(300))
        add_entry(session, bank, EntryDraft("怎么挂失银行卡", similar=many))
        for number in range(20):
            add_entry(session, bank, EntryDraft(f"退货 {number}"))
    reindex(database, home, encoder)
    searcher = searcher_of(database, home, encoder)
    assert len({hit.entry_id for hit in searcher.search("怎么挂失银行卡", k=10).hits}) == 10
    assert len(searcher.search("怎么挂失银行卡", k=500).hits) == 21


def test_equal_questions_of_many_entries_come_in_a_stable_order(database, home, encoder):
    with database.writing() as session:
        bank = ensure_collection(session, "bank")
        ids = [add_entry(session, bank, EntryDraft("一样的问题", answer=str(n))) for n in range(60)]
    reindex(database, home, encoder)
    hits = searcher_of(database, home, encoder).search("一样的问题", k=5).hits
    assert [hit.entry_id for hit in hits] == sorted(ids)[:5]


def test_every_edit_is_found_by_the_next_search_of_every_searcher(database, home, encoder, fill):
    ids = fill(database, "bank", 60)
    reindex(database, home, encoder)
    mine = searcher_of(database, home, encoder)
    other = searcher_of(type(database)(database.url), home, encoder)

    def both(query):
        results = [one.search(query, k=3) for one in (mine, other)]
        assert results[0].hits == results[1].hits
        assert results[0].pending == 0
        return results[0].hits

    old = all_records(database, ids[:1])[0].draft
    assert both(old.standard)[0].entry_id == ids[0]
    with database.writing() as session:
        update_entry(session, ids[0], dataclasses.replace(old, standard="全新的说法九八七"))
    assert both("全新的说法九八七")[0].entry_id == ids[0]
    assert both(old.standard)[0].score < 0.99999
    with database.writing() as session:
        new = add_entry(
            session, ensure_collection(session, "fresh"), EntryDraft("另一个新问题壹贰叁")
        )
    assert both("另一个新问题壹贰叁")[0].entry_id == new
    with database.writing() as session:
        set_status(session, [new], Status.ARCHIVED)
    assert new not in [hit.entry_id for hit in both("另一个新问题壹贰叁")]
    with database.writing() as session:
        delete_entries(session, [ids[0]])
    assert ids[0] not in [hit.entry_id for hit in both("全新的说法九八七")]
    draft = all_records(database, ids[1:2])[0].draft
    with database.writing() as session:
        update_entry(session, ids[1], dataclasses.replace(draft, answer="新答案"))
    assert both(draft.standard)[0].answer == "新答案"
    with database.writing() as session:
        update_entry(session, ids[1], dataclasses.replace(draft, category="搬走"))
    assert mine.search(draft.standard, filters=Filters(category="搬走")).hits[0].entry_id == ids[1]
    before = both(draft.standard)
    reindex(database, home, encoder)
    after = both(draft.standard)
    assert [hit.entry_id for hit in after] == [hit.entry_id for hit in before]


def test_without_a_build_few_questions_are_searched_and_many_name_the_command(
    database, home, encoder, fill, monkeypatch
):
    monkeypatch.setattr("indexer.embedding.AT_ONCE", 256)
    searcher = searcher_of(database, home, encoder)
    assert searcher.search("随便").hits == ()
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "bank"), EntryDraft("第一个问题"))
    result = searcher.search("第一个问题")
    assert (result.build, result.hits[0].question) == (0, "第一个问题")
    fill(database, "bank", 200)
    with pytest.raises(IndexMissingError, match="no index yet; run `tongwen reindex`"):
        searcher.search("第一个问题")


def test_many_new_questions_are_pending_and_the_newest_are_found_first(
    database, home, encoder, fill, monkeypatch
):
    monkeypatch.setattr("indexer.embedding.AT_ONCE", 256)
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    searcher = searcher_of(database, home, encoder)
    fill(database, "shop", 250, 4)
    with database.writing() as session:
        newest = add_entry(session, ensure_collection(session, "shop"), EntryDraft("最新的一个"))
    result = searcher.search("最新的一个")
    assert result.hits[0].entry_id == newest
    assert 0 < result.pending < 625 - 256 + 50
    reindex(database, home, encoder)
    assert searcher.search("最新的一个").pending == 0
    assert embed_pending(database, encoder) == 0


def test_a_locked_database_still_answers_and_keeps_the_vectors_in_memory(
    database, home, encoder, fill
):
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    searcher = searcher_of(database, home, encoder)
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "bank"), EntryDraft("锁住时的问题"))
    holder = sqlite3.connect(database.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    result = searcher.search("锁住时的问题")
    holder.close()
    assert result.hits[0].question == "锁住时的问题" and result.pending == 0
    assert result.took.total_ms < 5_000


def test_threads_share_a_searcher_while_somebody_edits_and_reindexes(
    database, home, hash_encoder, fill
):
    encoder = hash_encoder()
    ids = fill(database, "bank", 40)
    reindex(database, home, encoder)
    searcher = searcher_of(database, home, encoder)
    texts = {record.id: record.draft.standard for record in all_records(database, ids)}

    def ask(entry_id):
        return searcher.search(texts[entry_id]).hits[0].matched_question == texts[entry_id]

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(ask, entry_id) for entry_id in ids * 5]
        for number in range(6):
            with database.writing() as session:
                add_entry(session, ensure_collection(session, "new"), EntryDraft(f"新 {number}"))
            reindex(database, home, encoder)
        assert all(answer.result() for answer in answers)


def test_a_search_uses_the_model_of_the_live_build(database, home, encoder, hash_encoder, fill):
    fill(database, "bank", 20)
    other = hash_encoder()
    loaders = {encoder.name: encoder, other.name: other}
    searcher = Searcher(database, home, loaders.__getitem__, default_model=encoder.name)
    reindex(database, home, encoder)
    assert searcher.search("银行").model == encoder.name
    reindex(database, home, other)
    result = searcher.search("银行")
    assert (result.model, result.build) == ("hash", 2)
    assert -1 <= result.hits[0].score <= 1


def test_a_model_that_changed_since_its_build_is_named_until_it_is_back(
    database, home, hash_encoder, fill
):
    fill(database, "bank", 20)
    reindex(database, home, hash_encoder())
    weights = "hash-2"
    searcher = Searcher(database, home, lambda name: hash_encoder(weights))
    with pytest.raises(ModelError, match="model hash has changed since build 1"):
        searcher.search("银行")
    weights = "hash-1"
    assert searcher.search("银行").hits


def test_bad_questions_are_refused(database, home, encoder):
    searcher = searcher_of(database, home, encoder)
    with pytest.raises(IndexerError, match="the query is empty"):
        searcher.search("  ")
    with pytest.raises(IndexerError, match="cannot return 0 entries"):
        searcher.search("x", k=0)
    with pytest.raises(IndexerError, match="no search mode 'magic'"):
        searcher.search("x", mode="magic")
    with database.reading() as session:
        assert live_build(session) is None


def test_what_guards_go_by_is_read_before_the_first_search_is_timed(database, home, encoder, fill):
    made = (opposites._chinese, opposites._english)
    for one in (facts, *made):  # as in a process that has just begun
        one.cache_clear()
    fill(database, "bank", 20)
    reindex(database, home, encoder)
    searcher = Searcher(database, home, lambda name: encoder)
    searcher.prepare()
    assert [one.cache_info().misses for one in made] == [1, 1]
    assert searcher.search("信用卡怎么挂失").hits
    assert [one.cache_info().misses for one in made] == [1, 1]

from __future__ import annotations

import datetime as dt

import pytest

from store.collections import categories, ensure_collection, find_collection, summaries, tags
from store.database import Database
from store.entries import EntryDraft, add_entry
from store.errors import NotFoundError, StoreError
from store.models import Status, utc_now


def test_a_collection_is_made_once_and_found_by_name(database: Database) -> None:
    with database.writing() as session:
        made = ensure_collection(session, "银行 FAQ").id
    with database.writing() as session:
        assert ensure_collection(session, "银行 FAQ").id == made
        assert find_collection(session, "银行 FAQ").id == made


def test_a_name_that_does_not_exist_is_answered_with_those_that_do(database: Database) -> None:
    with database.reading() as session, pytest.raises(NotFoundError, match="none yet"):
        find_collection(session, "bank")
    with database.writing() as session:
        ensure_collection(session, "telecom")
        ensure_collection(session, "shop")
    known = r"'bank' \(there are: shop, telecom\)"
    with database.reading() as session, pytest.raises(NotFoundError, match=known):
        find_collection(session, "bank")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0b", "长" * 201])
def test_a_name_nobody_could_type_is_refused(database: Database, name: str) -> None:
    with database.writing() as session, pytest.raises(StoreError, match="printable"):
        ensure_collection(session, name)


def test_summaries_count_what_each_collection_holds(database: Database) -> None:
    before = utc_now()
    with database.writing() as session:
        bank = ensure_collection(session, "bank")
        ensure_collection(session, "empty")
        add_entry(session, bank, EntryDraft("怎么挂失", similar=("卡丢了",), negative=("开卡",)))
        add_entry(session, bank, EntryDraft("旧的问题", status=Status.ARCHIVED))
        add_entry(session, bank, EntryDraft("草稿", status=Status.DRAFT))
    with database.reading() as session:
        full, empty = summaries(session)
    assert (full.name, full.entries, full.active_entries, full.questions) == ("bank", 3, 1, 5)
    assert full.updated_at is not None
    assert before <= full.updated_at <= utc_now() + dt.timedelta(seconds=1)
    assert (empty.name, empty.entries, empty.active_entries, empty.questions) == ("empty", 0, 0, 0)
    assert empty.updated_at is None


def test_categories_and_tags_are_those_in_use_here_or_anywhere(database: Database) -> None:
    with database.writing() as session:
        bank, shop = ensure_collection(session, "bank"), ensure_collection(session, "shop")
        add_entry(session, bank, EntryDraft("一", category="卡", tags=("热门", "卡")))
        add_entry(session, bank, EntryDraft("二", category="卡", tags=("热门",)))
        add_entry(session, bank, EntryDraft("三"))
        add_entry(session, shop, EntryDraft("四", category="退货", tags=("新",)))
    with database.reading() as session:
        assert categories(session, "bank") == ["卡"]
        assert set(categories(session, None)) == {"卡", "退货"}
        assert set(tags(session, "bank")) == {"热门", "卡"}
        assert set(tags(session, None)) == {"热门", "卡", "新"}
        with pytest.raises(NotFoundError):
            tags(session, "nowhere")

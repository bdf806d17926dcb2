from __future__ import annotations

from typing import Any

import pytest

from store.browsing import stream_entries
from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry, browse, count_entries
from store.errors import NotFoundError
from store.models import Status

DRAFTS = [
    EntryDraft("信用卡怎么挂失", "打电话", external_id="A-1", category="卡", similar=("卡丢了",)),
    EntryDraft("利率100%吗", "不是", category="贷款", status=Status.DRAFT),
    EntryDraft("利率100吗", "是 card", negative=("卡丢了怎么赔",)),
    EntryDraft("a_b", "Lost Card", category="卡", status=Status.ARCHIVED),
    EntryDraft("aXb", "back\\slash"),
]


@pytest.fixture
def filled(database: Database) -> Database:
    """Five entries of one collection, and one that looks like them in another."""
    with database.writing() as session:
        for draft in DRAFTS:
            add_entry(session, ensure_collection(session, "bank"), draft)
        add_entry(session, ensure_collection(session, "shop"), DRAFTS[0])
    return database


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"contains": "卡丢了"}, [0, 2]),
        ({"contains": "电话"}, [0]),
        ({"contains": "a-1"}, [0]),
        ({"contains": "CARD"}, [2, 3]),
        ({"contains": "100%"}, [1]),
        ({"contains": "a_b"}, [3]),
        ({"contains": "\\"}, [4]),
        ({"contains": "没有"}, []),
        ({"category": "卡"}, [0, 3]),
        ({"category": ""}, [2, 4]),
        ({"status": Status.ACTIVE}, [0, 2, 4]),
        ({"category": "卡", "status": Status.ARCHIVED, "contains": "card"}, [3]),
    ],
)
def test_filters_narrow_what_is_browsed_and_counted_alike(
    filled: Database, filters: dict[str, Any], expected: list[int]
) -> None:
    with filled.reading() as session:
        found = browse(session, collection="bank", **filters)
        total = count_entries(session, collection="bank", **filters)
    assert [record.draft for record in found] == [DRAFTS[n] for n in expected]
    assert total == len(expected)


def test_without_a_collection_all_are_browsed(filled: Database) -> None:
    with filled.reading() as session:
        found = browse(session, collection=None, contains="挂失")
        assert [record.collection for record in found] == ["bank", "shop"]
        assert count_entries(session, collection=None) == 6


def test_a_collection_that_does_not_exist_is_an_error_not_an_empty_page(filled: Database) -> None:
    with filled.reading() as session, pytest.raises(NotFoundError, match="nowhere"):
        browse(session, collection="nowhere")


def test_pages_put_together_are_the_whole(filled: Database) -> None:
    seen: list[int] = []
    with filled.reading() as session:
        while page := browse(session, collection=None, after_id=max(seen, default=0), limit=2):
            assert len(page) <= 2
            seen += [record.id for record in page]
    assert len(seen) == 6
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("chunk", [1, 2, 5, 100])
def test_a_stream_gives_a_collection_once_whatever_the_chunk(filled: Database, chunk: int) -> None:
    with filled.reading() as session:
        number = ensure_collection(session, "bank").id
        pages = list(stream_entries(session, number, chunk))
    assert [record.draft for page in pages for record in page] == DRAFTS
    assert max(map(len, pages)) <= chunk

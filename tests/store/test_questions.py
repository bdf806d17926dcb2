from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from store.changes import last_change
from store.collections import ensure_collection
from store.database import Database, Session
from store.drafts import digest
from store.entries import EntryDraft, add_entry, browse, delete_entries, set_status, update_entry
from store.models import Kind, Status
from store.questions import (
    QuestionRow,
    changed_since,
    count_changed,
    deleted_since,
    newest_questions,
    read_questions,
    read_texts,
    stream_questions,
)
from store.text import text_hash
from store.vectors import put_vectors, register_model
from store.writing import insert_entries

START = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)


def _add(database: Database, collection: str, *drafts: EntryDraft) -> list[int]:
    with database.writing() as session:
        return [
            add_entry(session, ensure_collection(session, collection), draft) for draft in drafts
        ]


def _all(session: Session, kinds: Sequence[Kind] | None = tuple(Kind)) -> list[QuestionRow]:
    return [row for rows in stream_questions(session, kinds=kinds) for row in rows]


def test_a_row_carries_what_filters_ask_for(database: Database) -> None:
    draft = EntryDraft(
        "怎么挂失",
        category="卡",
        tags=("b", "a"),
        status=Status.DRAFT,
        valid_from=START,
        valid_until=None,
    )
    (entry_id,) = _add(database, "bank", draft)
    with database.reading() as session:
        ((row,),) = stream_questions(session)
    assert row == QuestionRow(
        id=row.id,
        entry_id=entry_id,
        collection_id=1,
        kind=Kind.STANDARD,
        text="怎么挂失",
        text_hash=text_hash("怎么挂失"),
        category="卡",
        tags=("b", "a"),
        status=Status.DRAFT,
        valid_from=START,
        valid_until=None,
        change=1,
    )


@pytest.mark.parametrize("chunk", [1, 3, 4, 100])
def test_the_stream_gives_every_question_once_by_rising_id(database: Database, chunk: int) -> None:
    drafts = [EntryDraft(f"问{n}", similar=(f"又{n}",), negative=(f"非{n}",)) for n in range(6)]
    _add(database, "bank", *drafts)
    with database.reading() as session:
        pages = list(stream_questions(session, chunk=chunk))
    rows = [row for page in pages for row in page]
    assert [row.text for row in rows] == [text for n in range(6) for text in (f"问{n}", f"又{n}")]
    assert [row.id for row in rows] == sorted({row.id for row in rows})
    assert {len(page) for page in pages[:-1]} <= {chunk}


def test_an_empty_database_streams_nothing(database: Database) -> None:
    with database.reading() as session:
        assert list(stream_questions(session)) == []
        assert len(changed_since(session, {}, None).ids) == 0
        assert deleted_since(session, {1: 4}).tolist() == []


def test_collections_and_kinds_narrow_the_stream(database: Database) -> None:
    _add(database, "bank", EntryDraft("一", negative=("非一",)))
    _add(database, "shop", EntryDraft("二", similar=("又二",)))
    _add(database, "more", EntryDraft("三"))
    with database.reading() as session:
        for ids, kinds, expected in [
            ([1], None, ["一"]),
            ([1, 2], None, ["一", "二", "又二"]),
            ([], None, []),
            (None, [Kind.NEGATIVE], ["非一"]),
            ([2], [Kind.SIMILAR], ["又二"]),
        ]:
            pages = stream_questions(session, collection_ids=ids, kinds=kinds)
            assert [row.text for page in pages for row in page] == expected


def test_a_stream_within_one_session_does_not_see_what_is_written_meanwhile(
    database: Database,
) -> None:
    _add(database, "bank", *(EntryDraft(f"问{n}") for n in range(4)))
    with database.reading() as session:
        stream = stream_questions(session, chunk=2)
        first = next(stream)
        _add(database, "bank", EntryDraft("后来的"))
        assert [row.text for page in (first, *stream) for row in page] == [
            f"问{n}" for n in range(4)
        ]


def test_each_collection_has_its_own_mark_and_one_without_has_none(database: Database) -> None:
    _add(database, "bank", EntryDraft("一"))
    _add(database, "shop", EntryDraft("二"))
    with database.reading() as session:
        seen = last_change(session)
    _add(database, "bank", EntryDraft("三"))
    _add(database, "new", EntryDraft("四"))
    with database.reading() as session:
        for covered, expected in [
            ({}, ["一", "二", "三", "四"]),
            ({1: seen, 2: seen}, ["三", "四"]),
            ({1: 99, 2: 0, 3: 99}, ["二"]),
            ({1: 99, 2: 99, 3: 99}, []),
            ({2: seen}, ["一", "三", "四"]),
        ]:
            ids = changed_since(session, covered, None).ids
            rows = read_questions(session, ids.tolist())
            assert [row.text for row in rows] == expected
            assert count_changed(session, covered) == len(expected)


def test_tombstones_are_told_by_the_mark_of_their_collection(database: Database) -> None:
    (one, two) = _add(database, "bank", EntryDraft("一"), EntryDraft("二"))
    (three,) = _add(database, "shop", EntryDraft("三"))
    with database.writing() as session:
        delete_entries(session, [one])
        seen = last_change(session)
        delete_entries(session, [two, three])
    with database.reading() as session:
        assert deleted_since(session, {1: seen, 2: seen}).tolist() == [2, 3]
        assert deleted_since(session, {1: seen, 2: 99}).tolist() == [2]
        assert deleted_since(session, {1: 0, 2: 99}).tolist() == [1, 2]


def test_what_changed_is_told_with_its_number_its_kind_and_whether_it_has_a_vector(
    database: Database,
) -> None:
    _add(database, "bank", EntryDraft("一", similar=("二",), negative=("三",)))
    _add(database, "shop", EntryDraft("二"), EntryDraft("四"))
    facts = {"dimension": 2, "layers": 1, "parameters": 1}
    with database.writing() as session:
        mine, other = (
            register_model(session, name=name, fingerprint=name, **facts).id for name in "ab"
        )
        put_vectors(session, mine, [text_hash("二")], np.eye(1, 2, dtype=np.float32))
        put_vectors(session, other, [text_hash("四")], np.eye(1, 2, dtype=np.float32))
    with database.reading() as session:
        found = changed_since(session, 0, mine)
        assert found.ids.tolist() == [1, 2, 3, 4, 5]
        assert found.changes.tolist() == [1, 1, 1, 2, 3]
        assert found.negative.tolist() == [False, False, True, False, False]
        assert found.stored.tolist() == [False, True, False, True, False]
        assert not changed_since(session, 0, None).stored.any()
        assert changed_since(session, 2, mine).ids.tolist() == [5]
        assert [row.text for row in newest_questions(session, 1, 1)] == ["四"]


@pytest.mark.parametrize("seed", range(4))
def test_a_reader_that_follows_the_changes_knows_what_a_full_read_shows(
    database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    mirror: dict[int, QuestionRow] = {}
    covered: dict[int, int] = {}
    for _ in range(40):
        with database.writing() as session:
            for _ in range(chance.randrange(1, 4)):
                _edit(session, chance)
        if chance.random() < 0.4:
            continue
        with database.reading() as session:
            for question_id in deleted_since(session, covered).tolist():
                mirror.pop(question_id, None)
            ids = changed_since(session, covered, None).ids.tolist()
            mirror |= {row.id: row for row in read_questions(session, ids)}
            full = {row.id: row for row in _all(session)}
            assert mirror == full
            # Marks of different ages, as after a reindex of single collections.
            for number in range(1, 4):
                if chance.random() < 0.6:
                    covered[number] = last_change(session)


def _edit(session: Session, chance: random.Random) -> None:
    ids = [record.id for record in browse(session, limit=1000)]
    deed = chance.choice(["add", "add", "update", "update", "status", "delete"])
    if deed == "add" or not ids:
        collection = ensure_collection(session, chance.choice(["a", "b", "c"]))
        add_entry(session, collection, _draft(chance))
    elif deed == "update":
        update_entry(session, chance.choice(ids), _draft(chance))
    elif deed == "status":
        set_status(session, chance.sample(ids, min(2, len(ids))), chance.choice(list(Status)))
    else:
        delete_entries(session, [chance.choice(ids)])


def _draft(chance: random.Random) -> EntryDraft:
    texts = [chance.choice("甲乙丙丁戊己") for _ in range(chance.randrange(1, 5))]
    cut = chance.randrange(1, len(texts) + 1)
    draft = EntryDraft(texts[0], similar=tuple(texts[1:cut]), negative=tuple(texts[cut:]))
    return replace(
        draft,
        answer=chance.choice(["", "答"]),
        category=chance.choice(["", "卡"]),
        tags=chance.choice([(), ("t",), ("t", "u"), ("u", "t")]),
        valid_from=chance.choice([None, START]),
    )


def test_texts_are_read_by_id_and_those_that_are_gone_are_left_out(database: Database) -> None:
    drafts = [EntryDraft(f"问{n}") for n in range(700)]
    with database.writing() as session:
        number = ensure_collection(session, "bank").id
        insert_entries(session, number, drafts, [digest(draft) for draft in drafts], 1)
    with database.reading() as session:
        texts = read_texts(session, [*range(1, 701), 9999])
        assert read_texts(session, []) == {}
    assert texts == {n + 1: f"问{n}" for n in range(700)}

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, text

from store.collections import ensure_collection
from store.database import Database, Session
from store.drafts import digest
from store.entries import (
    EntryDraft,
    EntryRecord,
    add_entry,
    count_entries,
    delete_entries,
    read_entries,
    set_status,
    update_entry,
    validate,
)
from store.errors import NotFoundError, StoreError
from store.models import Status
from store.writing import insert_entries

WHOLE = EntryDraft(
    standard="信用卡怎么挂失？",
    answer="打客服电话。\n第二行  ",
    external_id="bank-1",
    similar=("卡丢了", "Lost my card", "卡丢了 "),
    negative=("怎么开卡",),
    category="信用卡",
    tags=("挂失", "热门", "a,b"),
    status=Status.DRAFT,
    valid_from=dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    valid_until=dt.datetime(2031, 1, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8))),
    extra={"来源": "手册", "n": [1, None, {"x": 0.5}]},
)


def _add(database: Database, *drafts: EntryDraft, collection: str = "bank") -> list[int]:
    with database.writing() as session:
        return [
            add_entry(session, ensure_collection(session, collection), draft) for draft in drafts
        ]


def _update(database: Database, entry_id: int, draft: EntryDraft) -> bool:
    with database.writing() as session:
        return update_entry(session, entry_id, draft)


def _read(database: Database, entry_id: int) -> EntryRecord:
    with database.reading() as session:
        return read_entries(session, [entry_id])[entry_id]


def _questions(database: Database, entry_id: int) -> dict[tuple[str, str], tuple[int, int]]:
    """(kind, text) -> (id, change), read without any of the code under test."""
    query = text("SELECT kind, text, id, change FROM question WHERE entry_id = :id")
    with database.reading() as session:
        rows = session.execute(query, {"id": entry_id}).all()
    return {(kind, asked): (number, change) for kind, asked, number, change in rows}


def _tombstones(database: Database) -> dict[int, int]:
    with database.reading() as session:
        rows = session.execute(text("SELECT question_id, change FROM deleted_question")).all()
    return {row.question_id: row.change for row in rows}


def test_an_entry_comes_back_exactly_as_it_was_given(database: Database) -> None:
    (entry_id,) = _add(database, WHOLE)
    record = _read(database, entry_id)
    assert record.draft == WHOLE
    assert (record.collection, record.revision) == ("bank", 1)
    assert record.created_at == record.updated_at


def test_saying_the_same_again_changes_nothing(database: Database) -> None:
    (entry_id,) = _add(database, WHOLE)
    before, questions = _read(database, entry_id), _questions(database, entry_id)
    assert not _update(database, entry_id, WHOLE)
    assert _read(database, entry_id) == before
    assert _questions(database, entry_id) == questions


@pytest.mark.parametrize(
    "changed",
    [
        {"standard": "挂失"},
        {"answer": ""},
        {"external_id": None},
        {"similar": ("Lost my card", "卡丢了")},
        {"similar": ()},
        {"negative": ()},
        {"category": ""},
        {"tags": ("热门", "挂失", "a,b")},
        {"status": Status.ACTIVE},
        {"valid_from": None},
        {"valid_until": dt.datetime(2032, 1, 1, tzinfo=dt.UTC)},
        {"extra": {}},
        {"similar": ("怎么开卡",), "negative": ("卡丢了",)},
        {"standard": "卡丢了", "similar": (WHOLE.standard,)},
    ],
)
def test_any_field_can_be_changed_and_counts_as_one_revision(
    database: Database, changed: dict[str, Any]
) -> None:
    (entry_id,) = _add(database, WHOLE)
    draft = replace(WHOLE, **changed)
    assert _update(database, entry_id, draft)
    record = _read(database, entry_id)
    assert record.draft == draft
    assert record.revision == 2
    assert not _update(database, entry_id, draft)


def test_a_changed_text_gets_a_new_id_and_the_others_keep_theirs(database: Database) -> None:
    (entry_id,) = _add(database, WHOLE)
    before = _questions(database, entry_id)
    _update(database, entry_id, replace(WHOLE, similar=("卡被偷了", "Lost my card", "卡丢了")))
    after = _questions(database, entry_id)
    kept = before.keys() & after.keys()
    assert len(kept) == 4
    assert {key: before[key] for key in kept} == {key: after[key] for key in kept}
    new_id, change = after["similar", "卡被偷了"]
    gone = before["similar", "卡丢了 "][0]
    assert new_id > max(number for number, _ in before.values())
    assert change > max(number for _, number in before.values())
    assert _tombstones(database) == {gone: change}


def test_a_question_that_becomes_negative_is_told_to_readers(database: Database) -> None:
    (entry_id,) = _add(database, EntryDraft("一", similar=("二", "三")))
    before = _questions(database, entry_id)
    _update(database, entry_id, EntryDraft("一", similar=("三",), negative=("二",)))
    after = _questions(database, entry_id)
    assert after["negative", "二"][1] > before["similar", "二"][1]
    assert after["standard", "一"] == before["standard", "一"]
    assert after["similar", "三"] == before["similar", "三"]


@pytest.mark.parametrize(
    "changed",
    [
        {"category": "借记卡"},
        {"tags": ("热门",)},
        {"status": Status.ARCHIVED},
        {"valid_from": None},
        {"valid_until": None},
    ],
)
def test_what_decides_whether_an_entry_is_found_moves_all_its_questions(
    database: Database, changed: dict[str, Any]
) -> None:
    (entry_id, other) = _add(database, WHOLE, EntryDraft("另一个"))
    before, untouched = _questions(database, entry_id), _questions(database, other)
    _update(database, entry_id, replace(WHOLE, **changed))
    after = _questions(database, entry_id)
    assert {key: number for key, (number, _) in before.items()} == {
        key: number for key, (number, _) in after.items()
    }
    last = max(change for _, change in (before | untouched).values())
    assert all(change > last for _, change in after.values())
    assert _questions(database, other) == untouched
    assert _tombstones(database) == {}


def test_an_answer_moves_no_question(database: Database) -> None:
    (entry_id,) = _add(database, WHOLE)
    before = _questions(database, entry_id)
    assert _update(database, entry_id, replace(WHOLE, answer="新答案", extra={}))
    assert _questions(database, entry_id) == before


def test_a_status_is_given_to_many_and_only_those_without_it_change(database: Database) -> None:
    ids = _add(database, EntryDraft("一"), EntryDraft("二", status=Status.ARCHIVED))
    before = _questions(database, ids[1])
    with database.writing() as session:
        set_status(session, [*ids, 999], Status.ARCHIVED)
    records = [_read(database, entry_id) for entry_id in ids]
    assert [record.draft.status for record in records] == [Status.ARCHIVED] * 2
    assert [record.revision for record in records] == [2, 1]
    assert _questions(database, ids[1]) == before
    assert not _update(database, ids[0], EntryDraft("一", status=Status.ARCHIVED))


def test_deleting_leaves_a_tombstone_for_each_question_and_nothing_else(
    database: Database,
) -> None:
    kept, gone = _add(database, EntryDraft("留下", tags=("t",)), WHOLE)
    buried = {number for number, _ in _questions(database, gone).values()}
    last = max(change for _, change in _questions(database, gone).values())
    with database.writing() as session:
        delete_entries(session, [gone, 999])
    tombstones = _tombstones(database)
    assert tombstones.keys() == buried
    assert min(tombstones.values()) > last
    with database.reading() as session:
        assert read_entries(session, [kept, gone]).keys() == {kept}
        assert session.scalar(text("SELECT count(*) FROM question")) == 1
        assert session.scalar(text("SELECT count(*) FROM entry_tag")) == 1


def test_ids_of_deleted_entries_and_questions_never_come_back(database: Database) -> None:
    (gone,) = _add(database, WHOLE)
    old = {number for number, _ in _questions(database, gone).values()}
    with database.writing() as session:
        delete_entries(session, [gone])
    (new,) = _add(database, WHOLE)
    assert new > gone
    assert min(number for number, _ in _questions(database, new).values()) > max(old)


def test_an_external_id_belongs_to_one_entry_of_a_collection(database: Database) -> None:
    first, second = _add(
        database, EntryDraft("一", external_id="x"), EntryDraft("二", external_id="y")
    )
    _add(database, EntryDraft("一", external_id="x"), collection="shop")
    _add(database, EntryDraft("三"), EntryDraft("四"))
    with pytest.raises(StoreError, match="id 'x' belongs to another entry"):
        _add(database, EntryDraft("五", external_id="x"))
    with pytest.raises(StoreError, match="id 'x' belongs to another entry"):
        _update(database, second, EntryDraft("二", external_id="x"))
    assert _update(database, first, EntryDraft("一", external_id="z"))


def test_an_entry_that_went_meanwhile_cannot_be_updated(database: Database) -> None:
    with pytest.raises(NotFoundError, match="no entry 5"):
        _update(database, 5, WHOLE)


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        (EntryDraft(""), "empty question"),
        (EntryDraft(" \u3000\n"), "empty question"),
        (EntryDraft("问", similar=("",)), "empty similar question"),
        (EntryDraft("问", negative=("\t",)), "empty negative question"),
        (EntryDraft("长" * 2001), "question of 2,001 characters"),
        (EntryDraft("问", similar=("长" * 2001,)), "similar question of 2,001 characters"),
        (EntryDraft("问", answer="长" * 200_001), "answer of 200,001 characters"),
        (EntryDraft("问", tags=("长" * 201,)), "tag of 201 characters"),
        (EntryDraft("问", tags=("",)), "tag of 0 characters"),
        (EntryDraft("问", category="长" * 501), "category of 501 characters"),
        (EntryDraft("问", external_id=""), "id of 0 characters"),
        (replace(WHOLE, valid_until=WHOLE.valid_from), "valid_from is not before"),
        (EntryDraft("问", valid_from=dt.datetime(2024, 1, 1)), "without a zone"),
    ],
)
def test_what_cannot_be_stored_is_refused_in_one_line(draft: EntryDraft, fault: str) -> None:
    with pytest.raises(StoreError, match=fault) as refused:
        validate(draft)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "draft",
    [EntryDraft("a\0b"), EntryDraft("a", answer="\ud83d"), EntryDraft("a", extra={"k": "\0"})],
)
def test_text_that_no_file_could_hold_is_refused_and_nothing_is_written(
    database: Database, draft: EntryDraft
) -> None:
    with pytest.raises(StoreError):
        _add(database, draft)
    with database.reading() as session:
        assert count_entries(session) == 0


def test_the_longest_question_is_stored(database: Database) -> None:
    (entry_id,) = _add(database, EntryDraft("长" * 2000))
    assert _read(database, entry_id).draft.standard == "长" * 2000


def test_reading_many_entries_costs_the_same_few_queries(database: Database) -> None:
    drafts = [EntryDraft(f"问题{n}", similar=(f"又问{n}",), tags=("t",)) for n in range(120)]
    ids = _add(database, *drafts)
    with database.reading() as session:
        few = _count_statements(session, ids[:2])
        many = _count_statements(session, ids)
    assert few == many <= 4


def _count_statements(session: Session, ids: list[int]) -> int:
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    assert len(read_entries(session, ids)) == len(ids)
    event.remove(connection, "before_cursor_execute", note)
    return len(seen)


def test_more_entries_than_one_statement_can_name_are_read(database: Database) -> None:
    drafts = [EntryDraft(f"问题{n}") for n in range(1201)]
    with database.writing() as session:
        number = ensure_collection(session, "bank").id
        ids = insert_entries(session, number, drafts, [digest(draft) for draft in drafts], 1)
    with database.reading() as session:
        records = read_entries(session, ids)
    assert [records[entry_id].draft for entry_id in ids] == drafts

"""Merging entries, undoing it, the history of each change, and what was decided about pairs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, func, select, update

from store.browsing import browse
from store.collections import find_collection
from store.database import MIGRATIONS, Database, Session
from store.drafts import EntryDraft, digest
from store.entries import add_entry, delete_entries, set_status, update_entry
from store.entry_merges import list_merges, merge_entries, undo_merge
from store.errors import NotFoundError, StoreError
from store.exporting import export_collection
from store.history import Change, history, record
from store.importing import ImportReport
from store.models import Action, Entry, EntryRevision, Judgement, Kind, Status
from store.pair_decisions import (
    Asked,
    all_decisions,
    decide,
    forget_pair,
    list_decisions,
    pair_key,
)
from store.questions import stream_questions
from store.restoring import FIRST, restore_entry

Bring = Callable[..., ImportReport]
LONG_AGO = dt.datetime(2020, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
ROWS: list[Any] = [
    {
        "id": "a",
        "question": "怎么退款",
        "answer": "点退款",
        "tags": ["钱", "退"],
        "category": "售后",
    },
    {
        "question": "如何退款？",
        "similar": ["退钱", "怎么退款？"],
        "answer": "找客服",
        "备注": [1, "二"],
    },
    {
        "id": "c",
        "question": "怎樣退款",
        "negative": ["退货"],
        "answer": "",
        "status": "draft",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
    },
    {"id": "d", "question": "营业时间", "answer": "九点"},
]


@pytest.fixture
def ids(database: Database, bring: Bring, write: Callable[..., Path]) -> list[int]:
    """The four entries of ROWS, as if they were years old and one of them had been edited."""
    bring(write("rows.jsonl", ROWS))
    with database.writing() as session:
        found = list(session.scalars(select(Entry.id).order_by(Entry.id)))
        session.execute(update(Entry).values(created_at=LONG_AGO, updated_at=LONG_AGO))
        session.execute(update(Entry).where(Entry.id == found[1]).values(revision=7))
    return found


@contextmanager
def _refused(database: Database, kind: type[StoreError], why: str) -> Iterator[Session]:
    with pytest.raises(kind, match=why), database.writing() as session:
        yield session


def _exports(database: Database, folder: Path) -> dict[str, bytes]:
    found = {}
    for name in ("all.csv", "all.jsonl"):
        export_collection(database, "库", folder / name)
        found[name] = (folder / name).read_bytes()
    return found


def _everything(database: Database) -> list[object]:
    with database.reading() as session:
        return [vars(record) for record in browse(session, limit=100)]


def test_merging_and_undoing_restores_every_byte(
    database: Database, ids: list[int], tmp_path: Path
) -> None:
    exported, stored = _exports(database, tmp_path), _everything(database)
    with database.writing(by="李") as session:
        merged = merge_entries(session, ids[1], [ids[0], ids[2]])
    with database.reading() as session:
        kept, other = browse(session)
    assert kept.id == ids[1] and other.id == ids[3]
    # Every question once by its normal form, and the answer of the one that is kept.
    assert kept.draft.similar == ("退钱", "怎么退款？", "怎樣退款")
    assert kept.draft.negative == ("退货",)
    assert kept.draft.answer == "找客服"
    assert _exports(database, tmp_path) != exported
    with database.writing(by="王") as session:
        undone = undo_merge(session, merged.id)
    assert _exports(database, tmp_path) == exported
    assert _everything(database) == stored
    assert (undone.by, undone.undone_by) == ("李", "王")


def test_an_undone_merge_is_searched_as_before(database: Database, ids: list[int]) -> None:
    with database.writing() as session:
        undo_merge(session, merge_entries(session, ids[0], ids[1:3]).id)
    with database.reading() as session:
        rows = [row for page in stream_questions(session, kinds=tuple(Kind)) for row in page]
    asked = sorted((row.entry_id, str(row.kind), row.text) for row in rows)
    assert asked == [
        (ids[0], "standard", "怎么退款"),
        (ids[1], "similar", "怎么退款？"),
        (ids[1], "similar", "退钱"),
        (ids[1], "standard", "如何退款？"),
        (ids[2], "negative", "退货"),
        (ids[2], "standard", "怎樣退款"),
        (ids[3], "standard", "营业时间"),
    ]


def test_an_entry_without_an_answer_takes_the_first_one_it_merges_with(
    database: Database, ids: list[int]
) -> None:
    with database.writing() as session:
        set_status(session, [ids[2]], Status.ACTIVE)
        merge_entries(session, ids[2], [ids[1], ids[0]])
        assert browse(session)[0].draft.answer == "找客服"


def test_a_merge_that_was_built_upon_is_not_undone(database: Database, ids: list[int]) -> None:
    with database.writing() as session:
        merged = merge_entries(session, ids[0], [ids[1]])
        update_entry(session, ids[0], EntryDraft("怎么退款", "新答案", "a"))
    with _refused(database, StoreError, f"entry {ids[0]} was changed after merge") as session:
        undo_merge(session, merged.id)
    # Brought back to what the merge made of it, it can be.
    with database.writing() as session:
        (made,) = [one for one in history(session, ids[0]) if one.action is Action.MERGE]
        restore_entry(session, ids[0], made.id)
        assert undo_merge(session, merged.id).undone_at
    with _refused(database, NotFoundError, "no merge 99") as session:
        undo_merge(session, 99)


def test_a_merge_is_not_undone_over_an_entry_that_is_back(
    database: Database, ids: list[int]
) -> None:
    with database.writing() as session:
        merged = merge_entries(session, ids[0], [ids[1]])
        restore_entry(session, ids[1], FIRST)
    with _refused(database, StoreError, f"entry {ids[1]} is back already") as session:
        undo_merge(session, merged.id)


def test_a_merge_is_undone_once_and_not_over_an_id_taken_meanwhile(
    database: Database, ids: list[int]
) -> None:
    with database.writing() as session:
        merged = merge_entries(session, ids[1], [ids[0]])
        taken = add_entry(session, find_collection(session, "库"), EntryDraft("别的", "", "a"))
    with _refused(database, StoreError, "belongs to another entry") as session:
        undo_merge(session, merged.id)
    with database.writing() as session:
        delete_entries(session, [taken])
        undo_merge(session, merged.id)
    with _refused(database, StoreError, "undone already") as session:
        undo_merge(session, merged.id)


@pytest.mark.parametrize("others", [[], ["self"], [12345]])
def test_a_merge_of_nothing_or_of_what_is_gone_is_refused(
    database: Database, ids: list[int], others: list[Any]
) -> None:
    wanted = [ids[0] if one == "self" else one for one in others]
    with _refused(database, StoreError, r"nothing to merge|no entry 12345") as session:
        merge_entries(session, ids[0], wanted)


def test_a_question_that_is_negative_on_the_other_side_stops_a_merge(database: Database) -> None:
    with database.writing() as session:
        bank = find_or_make(session)
        first = add_entry(session, bank, EntryDraft("退货", negative=("怎么退款",)))
        second = add_entry(session, bank, EntryDraft("怎麼退款？"))
        with pytest.raises(StoreError, match="negative question of the other"):
            merge_entries(session, first, [second])


def find_or_make(session: Any) -> Any:
    from store.collections import ensure_collection

    return ensure_collection(session, "c")


@pytest.mark.parametrize(
    "kept",
    [
        EntryDraft("退货", status=Status.DRAFT),
        EntryDraft("退货", status=Status.ARCHIVED),
        EntryDraft("退货", valid_until=LONG_AGO),
    ],
)
def test_what_answers_is_not_merged_into_what_does_not(
    database: Database, kept: EntryDraft
) -> None:
    with database.writing() as session:
        bank = find_or_make(session)
        hidden = add_entry(session, bank, kept)
        live, other = (add_entry(session, bank, EntryDraft(text)) for text in ("怎么退", "咋退"))
        with pytest.raises(StoreError, match="would answer nobody any more"):
            merge_entries(session, hidden, [live])
        merge_entries(session, live, [hidden, other])


def test_a_merge_gathers_tags_and_takes_a_category_where_it_has_none(database: Database) -> None:
    with database.writing() as session:
        bank = find_or_make(session)
        first = add_entry(session, bank, EntryDraft("退货", tags=("退",)))
        second = add_entry(session, bank, EntryDraft("怎么退", category="售后", tags=("货", "退")))
        merge_entries(session, first, [second])
        (merged,) = browse(session)
    assert (merged.draft.category, merged.draft.tags) == ("售后", ("退", "货"))


def test_a_merge_remembers_its_pairs_and_undoing_brings_back_what_was_decided_before(
    database: Database, ids: list[int]
) -> None:
    # In the other order than the merge names them, and in other words.
    pair = Asked("如何退款", "找客服"), Asked("怎麼退款！", "点退款")
    with database.writing(by="李") as session:
        decide(session, [pair], Judgement.LATER)
        before = list_decisions(session)
    with database.writing(by="王") as session:
        merged = merge_entries(session, ids[0], ids[1:3])
        assert set(all_decisions(session).values()) == {Judgement.DUPLICATE}
        undo_merge(session, merged.id)
        assert list_decisions(session) == before
        assert before[0].key == pair_key(*pair)
        assert [one.id for one in list_merges(session)] == [merged.id]


def test_a_merge_of_an_older_version_is_undone_after_the_upgrade(
    database: Database, ids: list[int]
) -> None:
    pair = Asked("如何退款？", "找客服"), Asked("怎樣退款")
    with database.writing(by="李") as session:
        decide(session, [pair], Judgement.LATER)
        merged = merge_entries(session, ids[1], [ids[2]])
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(database.url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
    engine.dispose()
    database.close()
    database.upgrade()
    with database.writing() as session:
        undo_merge(session, merged.id)
        (found,) = list_decisions(session)
    assert (found.decision, found.by, found.first) == (Judgement.LATER, "", "如何退款？")
    assert abs(found.decided_at - merged.merged_at) < dt.timedelta(seconds=1)


def test_a_decision_is_about_two_questions_in_no_order_however_they_are_written(
    database: Database,
) -> None:
    with database.writing(by="李") as session:
        pair = Asked("能退吗", "能"), Asked("不能退吗")
        assert decide(session, [pair], Judgement.LATER) == 1
    with database.writing(by="王") as session:
        decide(session, [(Asked("不能退嗎？"), Asked(" 能退吗"))], Judgement.DIFFERENT)
    with database.reading() as session:
        (found,) = list_decisions(session)
        assert list_decisions(session, decision=Judgement.LATER) == []
    assert (found.decision, found.by, found.first) == (Judgement.DIFFERENT, "王", "不能退嗎？")
    with database.writing() as session:
        forget_pair(session, "能退吗", "不能退吗")
        assert list_decisions(session) == []
        with pytest.raises(NotFoundError, match="nothing is decided about '能退吗'"):
            forget_pair(session, "能退吗", "不能退吗")


def test_every_change_is_in_the_history_with_before_after_and_by_whom(
    database: Database, ids: list[int], bring: Bring, write: Callable[..., Path]
) -> None:
    number = ids[0]
    with database.writing(by="李") as session:
        update_entry(session, number, EntryDraft("怎么退款", "新答案", "a"))
        set_status(session, [number], Status.ARCHIVED)
        set_status(session, [number], Status.ACTIVE)
    bring(write("again.jsonl", [ROWS[0]]), by="导入者")
    with database.writing(by="王") as session:
        delete_entries(session, [number])
    with database.reading() as session:
        found = history(session, number)[::-1]
    assert [(one.action, one.by) for one in found] == [
        (Action.EDIT, "李"),
        (Action.ARCHIVE, "李"),
        (Action.ACTIVATE, "李"),
        (Action.IMPORT, "导入者"),
        (Action.DELETE, "王"),
    ]
    # What one change leaves, the next one finds.
    assert [one.after for one in found[:-1]] == [one.before for one in found[1:]]
    first = found[0].before
    assert first is not None and first.answer == "点退款" and first.tags == ("钱", "退")
    assert found[-1].after is None


def test_new_rows_of_an_import_cost_no_history(database: Database, ids: list[int]) -> None:
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(EntryRevision)) == 0


def test_an_earlier_revision_is_restored_even_of_an_entry_that_is_gone(
    database: Database, ids: list[int], tmp_path: Path
) -> None:
    number = ids[1]
    exported = _exports(database, tmp_path)
    with database.writing() as session:
        update_entry(session, number, EntryDraft("如何退款？", "第二版"))
        update_entry(session, number, EntryDraft("如何退款？", "第三版"))
        second = history(session, number)[1]
        assert restore_entry(session, number, second.id)
        assert not restore_entry(session, number, second.id)
        assert browse(session)[1].draft.answer == "第二版"
        delete_entries(session, [number])
        assert restore_entry(session, number, FIRST)
    assert _exports(database, tmp_path) == exported
    with database.reading() as session:
        assert [one.action for one in history(session, number)] == [
            *(Action.RESTORE, Action.DELETE, Action.RESTORE, Action.EDIT, Action.EDIT)
        ]
    with _refused(database, NotFoundError, "said nothing after revision 999") as session:
        restore_entry(session, number, 999)


def test_the_first_version_is_restored_after_very_many_changes(
    database: Database, ids: list[int]
) -> None:
    first, later = EntryDraft("如何退款？", "第一版"), EntryDraft("如何退款？", "后来")
    changes = [Change(ids[1], "c", Action.EDIT, old, later) for old in [first, *[later] * 1100]]
    with database.writing() as session:
        record(session, changes)
        oldest = session.scalar(select(func.min(EntryRevision.id)))
        assert restore_entry(session, ids[1], FIRST)
        assert browse(session)[1].draft.answer == "第一版"
        assert restore_entry(session, ids[1], oldest)
        assert browse(session)[1].draft.answer == "后来"


def test_a_snapshot_as_json_says_the_same_digest(database: Database, ids: list[int]) -> None:
    from store.snapshots import draft_from_json, draft_to_json

    with database.reading() as session:
        for record in browse(session):
            again = draft_from_json(json.loads(json.dumps(draft_to_json(record.draft))))
            assert again == record.draft
            assert digest(again) == digest(record.draft)

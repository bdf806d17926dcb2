from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from app import editing
from app.errors import AppError
from store.database import Database
from store.entries import EntryDraft, delete_entries, read_entries
from store.importing import ImportOptions, import_files
from store.models import Status


@pytest.fixture
def database(tmp_path):
    found = Database.at(tmp_path / "t.db")
    found.upgrade()
    yield found
    found.close()


def _read(database, entry_id):
    with database.reading() as session:
        return read_entries(session, [entry_id])[entry_id]


def test_an_entry_is_added_to_a_collection_that_is_made_for_it(database):
    saved = editing.save_entry(database, EntryDraft("怎么退货", "七天内"), collection=" 商城 ")
    record = _read(database, saved.entry_id)
    assert (record.collection, record.draft.answer) == ("商城", "七天内")


def test_an_entry_without_a_collection_is_refused(database):
    with pytest.raises(AppError, match="no collection"):
        editing.save_entry(database, EntryDraft("怎么退货"), collection=" ")


def test_the_second_of_two_people_who_edit_at_once_is_told(database):
    saved = editing.save_entry(database, EntryDraft("怎么退货"), collection="shop")
    record = _read(database, saved.entry_id)
    mine = dataclasses.replace(record.draft, answer="我的")
    arguments = {"collection": "shop", "entry_id": record.id, "revision": record.revision}
    assert editing.save_entry(database, mine, **arguments).changed
    theirs = dataclasses.replace(record.draft, answer="他的")
    with pytest.raises(AppError, match="somebody else"):
        editing.save_entry(database, theirs, **arguments)
    assert _read(database, record.id).draft.answer == "我的"


def test_saving_the_same_again_changes_nothing(database):
    draft = EntryDraft("怎么退货", similar=("退货流程",))
    saved = editing.save_entry(database, draft, collection="shop")
    again = editing.save_entry(database, draft, collection="shop", entry_id=saved.entry_id)
    assert not again.changed


def test_lines_and_tags_are_split_trimmed_and_told_apart():
    assert editing.split_lines(" 一 \n\n二\r\n一\n") == ("一", "二")
    assert editing.split_tags("退货，退款, 退货；运费、") == ("退货", "退款", "运费")


def test_the_last_valid_day_includes_that_day():
    end = editing.end_of(dt.date(2026, 2, 28), None)
    assert end == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    assert editing.last_day(end) == dt.date(2026, 2, 28)


def test_a_day_that_was_not_touched_keeps_its_time():
    noon = dt.datetime(2026, 2, 28, 12, 30, tzinfo=dt.UTC)
    assert editing.start_of(dt.date(2026, 2, 28), noon) == noon
    assert editing.end_of(dt.date(2026, 2, 28), noon) == noon
    assert editing.start_of(None, noon) is None


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.DRAFT])
def test_an_entry_leaves_the_archive_as_it_went_in(database, status):
    draft = EntryDraft("怎么退货", status=status)
    saved = editing.save_entry(database, draft, collection="shop")
    editing.archive_entry(database, saved.entry_id)
    assert _read(database, saved.entry_id).draft.status is Status.ARCHIVED
    assert editing.unarchive_entry(database, saved.entry_id) == draft
    assert _read(database, saved.entry_id).draft == draft


def test_an_entry_that_an_import_archived_leaves_the_archive_as_it_went_in(database, tmp_path):
    draft = EntryDraft("怎么退货", external_id="q1", status=Status.DRAFT)
    saved = editing.save_entry(database, draft, collection="shop")
    file = tmp_path / "a.csv"
    file.write_text("编号,问题,状态\nq1,怎么退货,停用\n", encoding="utf-8")
    import_files(database, [file], ImportOptions("shop"))
    assert _read(database, saved.entry_id).draft.status is Status.ARCHIVED
    assert editing.unarchive_entry(database, saved.entry_id).status is Status.DRAFT


def test_an_entry_that_came_archived_becomes_active(database):
    draft = EntryDraft("怎么退货", status=Status.ARCHIVED)
    saved = editing.save_entry(database, draft, collection="shop")
    assert editing.unarchive_entry(database, saved.entry_id).status is Status.ACTIVE


def test_an_entry_that_is_gone_can_not_leave_the_archive(database):
    saved = editing.save_entry(database, EntryDraft("怎么退货"), collection="shop")
    with database.writing() as session:
        delete_entries(session, [saved.entry_id])
    with pytest.raises(AppError, match="deleted meanwhile"):
        editing.unarchive_entry(database, saved.entry_id)

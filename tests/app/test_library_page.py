"""The form of an entry and its history: what is typed is kept, what is said of it is true."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from app.ui.drawing import as_label
from app.words import phrase
from store.database import Database
from store.entries import read_entries, update_entry
from store.models import Status

pytestmark = pytest.mark.usefixtures("nothing_stays_open")

MAIN = Path(__file__).resolve().parents[2] / "app" / "main_page.py"
TOMORROW = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)


@pytest.fixture
def base(filled, home_folder):
    with contextlib.closing(Database.at(home_folder / "tongwen.db")) as database:
        yield database


def _open(entry: object = "", language: str = "zh") -> AppTest:
    test = AppTest.from_file(str(MAIN), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    test.switch_page("views/library.py").run()
    if entry:
        test.query_params["entry"] = str(entry)
        test.run()
    assert not test.exception
    assert not test.error
    return test


def _press(test: AppTest, label: str, language: str = "zh") -> AppTest:
    next(b for b in test.button if b.label == phrase(language, label)).click().run()
    assert not test.exception
    return test


def _speak(test: AppTest, language: str) -> AppTest:
    test.session_state["lang"] = language
    test.run()
    assert not test.exception
    return test


def _said(test: AppTest) -> set[str]:
    return {one.value.replace("\\", "") for one in test.success}


def _drafts(tongwen) -> list[dict]:
    return [one["draft"] for one in tongwen("show", "-c", "bank", "--json").json["entries"]]


def _change(base: Database, entry_id: int, **fields: object) -> None:
    with base.writing() as session:
        draft = read_entries(session, [entry_id])[entry_id].draft
        update_entry(session, entry_id, replace(draft, **fields))


def _cards(test: AppTest) -> str:
    return "\n".join(one.proto.body for one in test.get("html"))


def test_an_entry_with_an_early_and_a_far_day_is_opened_and_keeps_them(filled, tmp_path):
    file = tmp_path / "far.csv"
    file.write_text(
        "编号,问题,答案,生效日期,失效日期\nb1,银行卡丢了怎么办,打电话,1970-01-01,2999-12-31\n",
        encoding="utf-8",
    )
    assert filled("import", file, "-c", "bank").code == 0
    test = _open(1)
    assert test.date_input(key="form_1_valid_from").value == dt.date(1970, 1, 1)
    assert test.date_input(key="form_1_valid_until").value == dt.date(2999, 12, 31)
    test.text_area(key="form_1_answer").set_value("请致电")
    _press(test, "save")
    assert _said(test) == {phrase("zh", "saved")}
    draft = _drafts(filled)[0]
    assert (draft["answer"], draft["valid_from"][:10]) == ("请致电", "1970-01-01")
    assert draft["valid_until"][:10] == "3000-01-01"


@pytest.mark.parametrize(
    ("field", "value", "notice"),
    [
        ("status", Status.ACTIVE, "saved"),
        ("status", Status.DRAFT, "saved_silent"),
        ("status", Status.ARCHIVED, "saved_silent"),
        ("valid_from", TOMORROW, "saved_silent"),
        ("valid_until", TOMORROW - dt.timedelta(days=2), "saved_silent"),
    ],
)
def test_only_what_answers_is_said_to_be_found(filled, field, value, notice):
    test = _open(1)
    test.text_area(key="form_1_answer").set_value("请致电")
    widget = test.selectbox if field == "status" else test.date_input
    widget(key=f"form_1_{field}").set_value(value)
    _press(test, "save")
    assert _said(test) == {phrase("zh", notice)}


def test_without_an_index_nothing_is_said_to_be_found(tongwen, faq):
    tongwen("import", faq, "-c", "bank")
    test = _open(1)
    test.text_area(key="form_1_answer").set_value("请致电")
    _press(test, "save")
    assert _said(test) == {phrase("zh", "saved_no_index")}


def test_a_draft_that_was_archived_comes_back_as_a_draft(filled, base):
    _change(base, 1, status=Status.DRAFT)
    test = _open()
    for notice, status in (("archived_now", "archived"), ("history_restored", "draft")):
        test.button(key="archive_1").click().run()
        assert not test.exception and not test.error
        assert _said(test) == {phrase("zh", notice)}
        assert _drafts(filled)[0]["status"] == status


def test_what_is_typed_outlives_a_change_of_the_language(filled):
    test = _open(1)
    test.text_area(key="form_1_standard").set_value("")
    test.text_area(key="form_1_answer").set_value("请致电")
    test.text_input(key="form_1_category").set_value("挂失")
    test.date_input(key="form_1_valid_until").set_value(TOMORROW)
    test.selectbox(key="form_1_status").set_value(Status.DRAFT)
    # Only what is sent reaches the server; without a question it is sent and not yet saved.
    _press(test, "save")
    _speak(test, "en")
    test.text_area(key="form_1_standard").set_value("银行卡丢了")
    _press(test, "save", "en")
    draft = _drafts(filled)[0]
    assert (draft["answer"], draft["category"], draft["status"]) == ("请致电", "挂失", "draft")
    assert draft["valid_until"][:10] == str(TOMORROW + dt.timedelta(days=1))


def test_a_choice_that_is_sent_by_its_label_in_another_language_counts(filled, monkeypatch):
    test = _open(1, "en")
    # A browser keeps what was chosen before the language changed, until the form is sent.
    sent = property(lambda one: WidgetState(id=one.id, string_value=phrase("zh", "draft")))
    monkeypatch.setattr(Selectbox, "_widget_state", sent)
    _press(test, "save", "en")
    assert _drafts(filled)[0]["status"] == "draft"


def test_a_new_entry_that_is_typed_outlives_a_change_of_the_language(filled):
    test = _open("new")
    test.text_area(key="form_None_answer").set_value("五点")
    _press(test, "save")
    _speak(test, "en")
    test.text_area(key="new_question").set_value("网点几点关门").run()
    _press(test, "save", "en")
    assert _drafts(filled)[-1]["answer"] == "五点"
    # The next new one starts empty.
    _press(test, "library_new", "en")
    assert test.text_area(key="form_None_answer").value == ""


def test_what_was_typed_for_one_entry_is_not_in_the_form_of_the_next(filled):
    test = _open(1)
    test.text_area(key="form_1_standard").set_value("")
    test.text_area(key="form_1_answer").set_value("请致电")
    _press(test, "save")
    _press(test, "back")
    test.button(key="edit_2").click().run()
    assert test.text_area(key="form_2_answer").value == "打开设置修改。"
    _press(test, "back")
    test.button(key="edit_1").click().run()
    assert test.text_area(key="form_1_answer").value == "请拨打客服电话挂失。"


def test_an_edit_by_somebody_else_is_not_overwritten_by_an_open_form(filled, base):
    test = _open(1)
    _change(base, 1, answer="他的")
    test.text_area(key="form_1_answer").set_value("我的")
    _press(test, "save")
    assert [one.value for one in test.error] == [as_label(phrase("zh", "overtaken"))]
    assert _drafts(filled)[0]["answer"] == "他的"
    # Opened again, as the error says, it is at what they wrote.
    _press(test, "back")
    test.button(key="edit_1").click().run()
    test.text_area(key="form_1_answer").set_value("我的")
    assert not _press(test, "save").error
    assert _drafts(filled)[0]["answer"] == "我的"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_missing_question_or_collection_is_asked_for_in_the_language_of_the_page(
    tongwen, language
):
    tongwen("init")
    test = _open("new", language)
    _press(test, "save", language)
    assert [one.value for one in test.warning] == [phrase(language, "question_missing")]
    test.text_area(key="new_question").set_value("网点几点关门").run()
    _press(test, "save", language)
    assert [one.value for one in test.warning] == [phrase(language, "collection_missing")]
    assert not test.error


def test_a_card_shows_each_field_that_a_change_touched(filled, base):
    end = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    _change(base, 1, external_id="c7", valid_from=end.replace(year=2025), valid_until=end)
    _change(base, 1, status=Status.ARCHIVED)
    cards = _cards(_open(1))
    for name, change in {
        "external_id": "b1 → c7",
        "valid_from": "— → 2025-02-01",
        "valid_until": "— → 2026-01-31",
        "status": "启用 → 已归档",
    }.items():
        label = f'<div class="tw-meta">{phrase("zh", f"field_{name}")}</div>'
        assert f"{label}<div class='tw-answer'>{change}</div>" in cards, name
    assert "archived" not in cards


def test_the_title_counts_every_change_where_only_the_newest_are_shown(filled, base):
    for number in range(32):
        _change(base, 1, answer=f"答案{number}")
    test = _open(1)
    assert [one.label for one in test.expander] == [phrase("zh", "history_title", count=32)]
    assert phrase("zh", "history_newest", count=30) in [one.value for one in test.caption]


def test_what_was_imported_is_brought_back_after_its_first_change(filled, base):
    _change(base, 1, answer="打电话。")
    test = _open(1)
    _press(test, "history_first")
    assert _said(test) == {phrase("zh", "history_restored")}
    assert _drafts(filled)[0]["answer"] == "请拨打客服电话挂失。"
    # The first state of an entry that was written here is in a card of its own.
    test = _open("new")
    test.text_area(key="new_question").set_value("网点几点关门")
    _press(test, "save")
    _change(base, 5, answer="五点")
    labels = [b.label for b in _open(5).button]
    assert phrase("zh", "history_restore") in labels
    assert phrase("zh", "history_first") not in labels

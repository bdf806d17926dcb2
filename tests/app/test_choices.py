"""A choice outlives a change of the language, for the page and for the browser that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from app.words import phrase

pytestmark = pytest.mark.usefixtures("nothing_stays_open")

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "app" / "main_page.py"
QUERIES = ROOT / "data" / "queries" / "bank.jsonl"


def _open(page: str) -> AppTest:
    test = AppTest.from_file(str(MAIN), default_timeout=60).run()
    if page != "ask":
        test.switch_page(f"views/{page}.py").run()
    assert not test.exception
    return test


def _speak(test: AppTest, language: str) -> None:
    test.session_state["lang"] = language
    test.run()
    assert not test.exception and not test.error


@pytest.mark.parametrize(
    ("page", "key", "chosen", "called"),
    [
        ("ask", "collection", "", "All"),
        ("ask", "collection", "bank", "bank"),
        ("library", "library_status", "draft", "Draft"),
        ("library", "library_category", "", "All"),
        ("quality", "quality_mode", "lexical", "By words"),
        ("duplicates", "duplicate_kind", "same_answer", "Same question, same answer"),
        ("duplicates", "duplicate_state", "merged", "Merged"),
        ("unanswered", "unanswered_days", 90, "the last 90 days"),
        ("unanswered", "unanswered_days", 30, "the last 30 days"),
        ("insights", "insights_days", 7, "the last 7 days"),
    ],
)
def test_what_is_chosen_is_kept_and_the_browser_told_its_new_name(
    filled, page, key, chosen, called
):
    if page == "duplicates":
        assert filled("duplicates").code == 0
    test = _open(page)
    test.selectbox(key=key).set_value(chosen).run()
    _speak(test, "en")
    drawn = test.selectbox(key=key)
    assert drawn.value == chosen
    assert not test.warning
    assert (drawn.proto.set_value, drawn.proto.raw_value) == (True, called)
    test.run()
    assert not test.selectbox(key=key).proto.set_value


def test_runs_of_two_languages_are_the_same_runs(filled):
    for _ in range(2):
        assert filled("hittest", "--queries", QUERIES).code == 0
    test = _open("quality")
    test.selectbox(key="quality_run").set_value(1).run()
    test.selectbox(key="quality_against").set_value(2).run()
    _speak(test, "en")
    test.run()
    assert [test.selectbox(key=f"quality_{name}").value for name in ("run", "against")] == [1, 2]
    test.selectbox(key="quality_against").set_value(0).run()
    _speak(test, "zh")
    against = test.selectbox(key="quality_against")
    assert (against.value, against.proto.raw_value) == (0, phrase("zh", "quality_no_other"))


def test_a_name_that_a_browser_still_has_in_the_other_language_is_understood(filled, monkeypatch):
    test = _open("library")
    _speak(test, "en")
    sent = property(lambda one: WidgetState(id=one.id, string_value="草稿"))
    with monkeypatch.context() as patch:
        patch.setattr(Selectbox, "_widget_state", sent)
        test.run()
    assert [one.value for one in test.caption][:1] == ["0 entries"]


def test_a_collection_called_all_is_not_all_of_them(filled, tmp_path):
    file = tmp_path / "one.csv"
    file.write_text("问题,答案\n网点几点关门,五点\n", encoding="utf-8")
    assert filled("import", file, "-c", "All").code == 0
    test = _open("library")
    test.selectbox(key="library_collection").set_value("All").run()
    assert [one.value for one in test.caption][:1] == ["共 1 条"]

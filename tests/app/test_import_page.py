"""The Import page: what was chosen is kept, and a file without a question says so plainly."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.words import phrase

pytestmark = pytest.mark.usefixtures("nothing_stays_open")

MAIN = Path(__file__).resolve().parents[2] / "app" / "main_page.py"


def _upload(content: str) -> AppTest:
    test = AppTest.from_file(str(MAIN), default_timeout=60).run()
    test.switch_page("views/import_.py").run()
    test.file_uploader(key="import_upload").set_value(("a.csv", content.encode(), "text/csv"))
    test.run()
    assert not test.exception
    return test


def _choice(test: AppTest, key: str):
    return next(one for one in test.selectbox if one.key.startswith(key))


def test_an_upload_and_its_mode_outlive_a_change_of_the_language(filled):
    test = _upload("问题,答案\n网点几点关门,五点\n")
    _choice(test, "mode_").set_value("replace").run()
    test.session_state["lang"] = "en"
    test.run()
    assert not test.exception
    assert any("a\\.csv" in one.value for one in test.caption)
    assert _choice(test, "mode_").value == "replace"


def test_a_file_without_a_question_is_not_imported_until_a_column_is_named(filled):
    test = _upload("编码,内容\n1,网点几点关门\n")
    _choice(test, "into_").set_value("bank").run()
    assert [one.value for one in test.warning] == [phrase("zh", "import_standard_missing")]
    assert not test.error

    def disabled():
        named = {phrase("zh", "import_dry"), phrase("zh", "import_commit")}
        return [one.disabled for one in test.button if one.label in named]

    assert disabled() == [True, True]
    next(s for s in test.selectbox if s.key.endswith("_standard")).set_value("内容").run()
    assert disabled() == [False, False]
    assert not test.warning


def test_a_file_of_headers_alone_is_said_to_have_no_row(filled):
    test = _upload("问题,答案\n")
    assert [one.value for one in test.warning] == [phrase("zh", "import_no_rows")]

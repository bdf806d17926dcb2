"""The Unanswered page: each button does what it says, at once and for good."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.ui.drawing import as_label
from app.words import phrase

pytestmark = pytest.mark.usefixtures("nothing_stays_open")

MAIN = Path(__file__).resolve().parents[2] / "app" / "main_page.py"
EVIL = "<b>x</b> **y** :smile:"


def _ask_in_vain(tongwen, home_folder, *queries):
    for query in queries:
        tongwen("search", query)
    with sqlite3.connect(home_folder / "tongwen.db") as base:
        base.execute("UPDATE query_log SET verdict = 'no_answer'")
    base.close()
    return tongwen


@pytest.fixture
def asked_in_vain(filled, home_folder):
    return _ask_in_vain(filled, home_folder, "海外可以用吗", "海外可以用吗", EVIL)


@pytest.fixture
def asked_with_a_number(filled, home_folder):
    return _ask_in_vain(filled, home_folder, "我的手机13800138000怎么改")


def _open(language="zh"):
    test = AppTest.from_file(str(MAIN), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    test.switch_page("views/unanswered.py").run()
    assert not test.exception
    assert not test.error
    return test


def _html(test):
    return "\n".join(e.proto.body for e in test.get("html"))


def _press(test, label, place=0):
    [b for b in test.button if b.label == phrase("zh", label)][place].click().run()
    assert not test.exception
    assert not test.error
    return {one.value for one in test.success}


def test_groups_are_shown_as_text_the_most_asked_first(asked_in_vain):
    shown = _html(_open("en"))
    assert shown.index("海外可以用吗") < shown.index("&lt;b&gt;x&lt;/b&gt; **y** :smile:")
    assert phrase("en", "unanswered_counts", askers=2, asked=2, recent=2) in shown
    assert "<b>x" not in shown


def test_a_query_made_a_similar_question_is_answered_and_does_not_come_back(asked_in_vain):
    test = _open()
    entry = next(s for s in test.selectbox if s.label == phrase("zh", "unanswered_entry")).value
    assert _press(test, "unanswered_similar") == {phrase("zh", "decided_similar")}
    assert not [b for b in test.button if b.key and b.key.endswith("_similar")][1:]
    found = asked_in_vain("search", "海外可以用吗", "--json").json
    assert (found["hits"][0]["entry_id"], found["verdict"]) == (entry, "answer")
    decided = asked_in_vain("unanswered", "decided", "--json").json["decided"]
    assert [(one["query"], one["entry_id"]) for one in decided] == [("海外可以用吗", entry)]
    _press(test, "decided_reopen")
    assert asked_in_vain("unanswered", "decided", "--json").json["decided"] == []


def test_a_new_entry_a_negative_question_and_nothing_of_ours(asked_in_vain):
    test = _open()
    next(a for a in test.text_area).set_value("可以")
    assert _press(test, "unanswered_create") == {phrase("zh", "decided_new")}
    found = asked_in_vain("search", "海外可以用吗", "--json").json["hits"][0]
    assert (found["answer"], found["collection"]) == ("可以", "bank")
    assert _press(test, "unanswered_not_ours") == {phrase("zh", "decided_not_ours")}
    assert phrase("zh", "unanswered_none") in [info.value for info in test.info]
    asked_in_vain("unanswered", "reopen", EVIL)
    test.run()
    entry = next(s for s in test.selectbox if s.label == phrase("zh", "unanswered_entry"))
    # The nearest entry has the very text, so it can't be forbidden it.
    entry.select_index(1).run()
    assert _press(test, "unanswered_negative") == {phrase("zh", "decided_negative")}


def _refused(test, label):
    next(b for b in test.button if b.label == phrase("zh", label)).click().run()
    assert not test.exception
    assert not test.success
    (error,) = test.error
    assert error.value == phrase("zh", "unanswered_wording_missing")


def test_what_somebody_else_decided_meanwhile_is_not_decided_over(asked_in_vain):
    late, early = _open(), _open()
    before = _questions(asked_in_vain)
    assert _press(early, "unanswered_not_ours") == {phrase("zh", "decided_not_ours")}
    others = [f"另一个问题{number}" for number in range(201)]
    asked_in_vain("unanswered", "decide", *others, "--not-ours")
    next(b for b in late.button if b.label == phrase("zh", "unanswered_similar")).click().run()
    assert [one.value for one in late.error] == [as_label(phrase("zh", "overtaken"))]
    assert _questions(asked_in_vain) == before
    decided = asked_in_vain("unanswered", "decided", "--limit", 300, "--json").json["decided"]
    (label,) = [one for one in decided if one["query"] not in others]
    assert label["decision"] == "not_ours"


def _wording(test):
    return next(i for i in test.text_input if i.label == phrase("zh", "unanswered_wording"))


def _questions(tongwen):
    entries = tongwen("show", "-c", "bank", "--json").json["entries"]
    drafts = {one["id"]: one["draft"] for one in entries}
    return {number: {one["standard"], *one["similar"]} for number, one in drafts.items()}


def test_a_masked_query_becomes_a_new_entry_in_the_words_that_were_typed(asked_with_a_number):
    test = _open()
    before = _questions(asked_with_a_number)
    test.text_area[0].set_value("在设置里改")
    _refused(test, "unanswered_create")
    assert _questions(asked_with_a_number) == before
    _wording(test).set_value("  怎么改我的号码 ")
    assert _press(test, "unanswered_create") == {phrase("zh", "decided_new")}
    after = _questions(asked_with_a_number)
    assert [after[number] for number in after.keys() - before.keys()] == [{"怎么改我的号码"}]
    assert phrase("zh", "unanswered_none") in [info.value for info in test.info]


def test_a_masked_query_becomes_a_similar_question_in_the_words_that_were_typed(
    asked_with_a_number,
):
    test = _open()
    before = _questions(asked_with_a_number)
    entry = next(s for s in test.selectbox if s.label == phrase("zh", "unanswered_entry")).value
    _refused(test, "unanswered_similar")
    assert _questions(asked_with_a_number) == before
    _wording(test).set_value("怎么改我的号码")
    assert _press(test, "unanswered_similar") == {phrase("zh", "decided_similar")}
    after = _questions(asked_with_a_number)
    assert after == {**before, entry: before[entry] | {"怎么改我的号码"}}


def test_a_new_entry_is_worded_as_the_field_says_the_query_is_similar_to_it(asked_in_vain):
    test = _open()
    assert _wording(test).value == "海外可以用吗"
    _wording(test).set_value("")
    _refused(test, "unanswered_create")
    _wording(test).set_value("海外能不能用")
    assert _press(test, "unanswered_create") == {phrase("zh", "decided_new")}
    assert {"海外能不能用", "海外可以用吗"} in _questions(asked_in_vain).values()


def test_a_masked_query_is_noted_and_said_to_be_no_negative_question(asked_with_a_number):
    test = _open()
    before = asked_with_a_number("show", "-c", "bank", "--json").json["entries"]
    assert _press(test, "unanswered_negative") == {phrase("zh", "decided_negative_masked")}
    assert asked_with_a_number("show", "-c", "bank", "--json").json["entries"] == before
    (label,) = asked_with_a_number("unanswered", "decided", "--json").json["decided"]
    assert label["decision"] == "negative"

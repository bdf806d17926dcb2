"""The workbench: searched by a worker, decided by a person, undone, in both languages."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.ui import resources
from app.ui.differences import marked
from app.words import phrase
from store.errors import StoreError

MAIN = Path(__file__).resolve().parents[2] / "app" / "main_page.py"
ROWS = [
    {"id": "a", "question": "怎么申请<b>退款</b>", "answer": "点退款"},
    {"id": "b", "question": "怎麼申請<b>退款</b>？", "answer": "找客服"},
    {"id": "c", "question": "营业时间", "answer": "九点"},
    {"id": "d", "question": "营业时间！", "answer": "九点"},
    {"id": "e", "question": "营业时间。", "answer": "九点"},
]


@pytest.fixture(autouse=True)
def nothing_stays_open(home_folder):
    yield
    with contextlib.suppress(StoreError):
        resources.home().database.close()
    st.cache_resource.clear()


@pytest.fixture
def base(tongwen, tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    assert tongwen("import", file, "-c", "shop").code == 0
    return tongwen


@pytest.fixture
def searched(base):
    assert base("duplicates").code == 0
    return base


def _open(language="zh"):
    test = AppTest.from_file(str(MAIN), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    test.switch_page("views/duplicates.py").run()
    return _fine(test)


def _fine(test):
    assert not test.exception
    assert not test.error
    return test


def _text(test):
    drawn = [*test.get("html"), *test.caption, *test.info, *test.success]
    return "\n".join(str(getattr(e, "value", "") or getattr(e.proto, "body", "")) for e in drawn)


def _press(test, key):
    test.button(key=key).click().run()
    return _fine(test)


def _view(test, name):
    test.segmented_control(key="duplicate_view").set_value(name).run()
    return _fine(test)


def _ids(tongwen):
    return [
        e["draft"]["external_id"] for e in tongwen("show", "-c", "shop", "--json").json["entries"]
    ]


def test_every_view_starts_on_a_base_that_was_never_searched(base):
    test = _open("en")
    for view in ("merges", "decisions", "map", "clusters"):
        _view(test, view)
    assert phrase("en", "dup_none_yet") in _text(test)


def test_the_page_asks_a_worker_to_search_and_shows_what_it_found(base):
    test = _open("en")
    assert phrase("en", "dup_none_yet") in _text(test)
    next(b for b in test.button if b.label == phrase("en", "dup_search")).click().run()
    _fine(test)
    (job,) = base("jobs", "list", "--json").json["jobs"]
    assert (job["kind"], job["state"]) == ("duplicates", "queued")
    base("worker", "--until-idle")
    test.run()
    text = _text(_fine(test))
    first = text.index(phrase("en", "dup_kind_conflicting_answers"))
    assert first < text.index(phrase("en", "dup_kind_same_answer"))
    # Stored markup is text, and what differs is marked.
    assert "<b>" not in text
    assert "怎<mark>麼</mark>申<mark>請</mark>" in text


def test_entries_are_merged_and_the_merge_is_undone(searched):
    test = _open()
    run = 1
    test.selectbox(key=f"kept_{run}_2").set_value(
        next(o for o in _entry_ids(searched) if o == 4)
    ).run()
    _press(test, f"merge_{run}_2")
    assert _ids(searched) == ["a", "b", "d"]
    assert phrase("zh", "dup_merged", count=2, question="营业时间！") in _text(test)
    _view(test, "merges")
    _press(test, "undo_1")
    assert _ids(searched) == ["a", "b", "c", "d", "e"]


def _entry_ids(tongwen):
    return [e["id"] for e in tongwen("show", "-c", "shop", "--json").json["entries"]]


def test_different_ones_are_remembered_with_the_name_typed_and_do_not_return(searched):
    test = _open()
    test.text_input(key="person").set_value("小李").run()
    _press(test, "different_1_1")
    assert phrase("zh", "dup_decided", count=1) in _text(test)
    found = searched("duplicates", "--json").json
    assert [one["kind"] for one in found["clusters"]] == ["same_answer"]
    _view(test, "decisions")
    assert "小李" in _text(test)
    _press(test, "forget_0")
    assert len(searched("duplicates", "--json").json["clusters"]) == 2


def test_several_clusters_are_handled_at_once(searched):
    test = _open()
    for number in (1, 2):
        test.checkbox(key=f"duplicate_chosen_1_{number}").check().run()
    _press(test, "bulk_merge")
    assert _ids(searched) == ["a", "c"]
    assert phrase("zh", "dup_nothing") in _text(test)
    test.selectbox(key="duplicate_state").set_value("merged").run()
    assert phrase("zh", "dup_count", count=2) in _text(_fine(test))


def test_the_map_shows_every_entry(searched):
    test = _view(_open(), "map")
    assert phrase("zh", "dup_map_help") in _text(test)
    assert test.get("arrow_vega_lite_chart") or test.get("vega_lite_chart")


def test_what_differs_is_marked_and_escaped():
    assert marked("能退吗", "不能退吗") == "能退吗"
    assert marked("不能退吗", "能退吗") == "<mark>不</mark>能退吗"
    assert marked("<i>&", "") == "&lt;i&gt;&amp;"


def test_a_cluster_says_which_questions_are_alike_where_the_standard_ones_are_not(
    tongwen, tmp_path
):
    rows = [
        {"id": "a", "question": "怎么开发票", "similar": ["要<b>发票</b>"], "answer": "点开票"},
        {
            "id": "b",
            "question": "公司报销用什么凭证",
            "similar": ["要<b>发票</b>！"],
            "answer": "小票",
        },
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert tongwen("import", file, "-c", "shop").code == 0
    out = tmp_path / "found.jsonl"
    assert tongwen("duplicates", "--out", out).code == 0
    member = json.loads(out.read_text(encoding="utf-8").splitlines()[1])
    assert {member["matched_question"], member["question_of_first"]} == {
        "要<b>发票</b>",
        "要<b>发票</b>！",
    }
    page = _text(_open())
    assert "两条都有这个问法：要&lt;b&gt;发票&lt;/b&gt;" in page
    assert "Both have the question" in _text(_open("en"))

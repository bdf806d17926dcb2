"""The workbench: searched by a worker, decided by a person, undone, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.ui.differences import marked
from app.ui.drawing import as_label
from app.words import phrase

pytestmark = pytest.mark.usefixtures("nothing_stays_open")

MAIN = Path(__file__).resolve().parents[2] / "app" / "main_page.py"
ROWS = [
    {"id": "a", "question": "怎么申请<b>退款</b>", "answer": "点退款"},
    {"id": "b", "question": "怎麼申請<b>退款</b>？", "answer": "找客服"},
    {"id": "c", "question": "营业时间", "answer": "九点"},
    {"id": "d", "question": "营业时间！", "answer": "九点"},
    {"id": "e", "question": "营业时间。", "answer": "九点"},
]


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
    shown = tongwen("show", "-c", "shop", "--limit", 1000, "--json").json["entries"]
    return [entry["draft"]["external_id"] for entry in shown]


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
    assert phrase("en", "dup_none_yet") not in _text(test)
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


def test_what_somebody_else_decided_meanwhile_is_not_decided_over(searched):
    late, early = _open(), _open()
    _press(early, "different_1_2")
    _refused(late, "merge_1_2", phrase("zh", "overtaken"))
    assert _ids(searched) == ["a", "b", "c", "d", "e"]
    # The page shows what it is now, and there it can be decided otherwise.
    assert phrase("zh", "dup_count", count=1) in _text(late)
    late.selectbox(key="duplicate_state").set_value("different").run()
    _press(late, "merge_1_2")
    assert _ids(searched) == ["a", "b", "c"]


def test_several_clusters_are_handled_at_once(searched):
    test = _open()
    for number in (1, 2):
        test.checkbox(key=f"duplicate_chosen_1_{number}").check().run()
    _press(test, "bulk_merge")
    assert _ids(searched) == ["a", "c"]
    assert phrase("zh", "dup_nothing") in _text(test)
    test.selectbox(key="duplicate_state").set_value("merged").run()
    assert phrase("zh", "dup_count", count=2) in _text(_fine(test))


def _fill(tongwen, tmp_path, questions):
    file = tmp_path / "more.jsonl"
    rows = [{"id": name, "question": text, "answer": "九点"} for name, text in questions.items()]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert tongwen("import", file, "-c", "shop").code == 0
    assert tongwen("duplicates").code == 0


def _refused(test, key, message):
    test.button(key=key).click().run()
    assert not test.exception
    assert [one.value for one in test.error] == [as_label(message)]


def _kept(test, number):
    return test.selectbox(key=f"kept_1_{number}")


def test_only_the_entries_that_are_chosen_are_merged_into_one_of_them(searched):
    test = _open()
    too_few = phrase("zh", "dup_too_few")
    for chosen in ([5], []):
        test.multiselect(key="members_1_2_3_0").set_value(chosen).run()
        _refused(test, "merge_1_2", too_few)
    assert _ids(searched) == ["a", "b", "c", "d", "e"]
    test.multiselect(key="members_1_2_3_0").set_value([5, 4]).run()
    assert _kept(test, 2).value == 4
    assert _kept(test, 2).options == ["2 · 营业时间！", "3 · 营业时间。"]
    assert '<span class="tw-rank">3</span><div class="tw-question">营业时间' in _text(test)
    _press(test, "merge_1_2")
    assert _ids(searched) == ["a", "b", "c", "d"]
    # Two of three are one now; the cluster waits for what becomes of the rest.
    _press(test, "merge_1_2")
    assert _ids(searched) == ["a", "b", "d"]
    assert phrase("zh", "dup_count", count=1) in _text(test)


def test_an_entry_left_out_is_no_longer_kept_when_the_button_comes_first(searched):
    test = _open()
    # The card still says that 3 is kept.
    test.multiselect(key="members_1_2_3_0").set_value([4, 5])
    _press(test, "merge_1_2")
    assert _ids(searched) == ["a", "b", "c", "d"]


def test_merging_all_that_is_selected_leaves_out_what_a_card_leaves_out(searched):
    test = _open()
    test.multiselect(key="members_1_2_3_0").set_value([4, 5]).run()
    for number in (1, 2):
        test.checkbox(key=f"duplicate_chosen_1_{number}").check().run()
    _press(test, "bulk_merge")
    assert _ids(searched) == ["a", "c", "d"]
    assert not test.checkbox(key="duplicate_chosen_1_2").value


@pytest.mark.parametrize("undone_by", ["page", "command"])
def test_a_merge_undone_opens_its_cluster_again(searched, undone_by):
    test = _open()
    _press(test, "merge_1_2")
    assert phrase("zh", "dup_count", count=1) in _text(test)
    _view(test, "merges")
    if undone_by == "page":
        _press(test, "undo_1")
    else:
        assert searched("duplicates", "undo", 1).code == 0
    _view(test, "clusters")
    assert phrase("zh", "dup_count", count=2) in _text(test)
    assert test.button(key="merge_1_2")


def test_what_is_left_of_a_cluster_can_be_decided_about(tongwen, tmp_path):
    texts = ("营业时间", "营业时间！", "营业时间。", "营业时间？")
    _fill(tongwen, tmp_path, dict(zip("abcd", texts, strict=True)))
    test = _open()
    test.multiselect(key="members_1_1_4_0").set_value([1, 2]).run()
    _press(test, "merge_1_1")
    assert _ids(tongwen) == ["a", "c", "d"]
    assert test.multiselect(key="members_1_1_3_0").value == [1, 3, 4]
    _press(test, "different_1_1")
    assert phrase("zh", "dup_count", count=0) in _text(test)
    assert test.success[0].value == as_label(phrase("zh", "dup_decided", count=1))


def _fill_one_question(tongwen, tmp_path, count):
    file = tmp_path / "same.jsonl"
    rows = [
        {"id": f"a{number}", "question": "营业时间", "answer": f"{number} 号店另有时间"}
        for number in range(1, count + 1)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert tongwen("import", file, "-c", "shop").code == 0
    assert tongwen("duplicates").code == 0


def _state(test, name):
    test.selectbox(key="duplicate_state").set_value(name).run()
    return _fine(test)


def test_a_cluster_of_hundreds_is_decided_about_and_that_is_taken_back(tongwen, tmp_path):
    _fill_one_question(tongwen, tmp_path, 300)
    test = _open()
    _press(test, "later_1_1")
    assert test.success[0].value == as_label(phrase("zh", "dup_decided", count=300 * 299 // 2))
    (put_off,) = tongwen("duplicates", "--json").json["clusters"]
    assert (put_off["size"], put_off["postponed"]) == (300, True)
    _state(test.run(), "later")
    _press(test, "take_back_2_1")
    assert test.success[0].value == as_label(phrase("zh", "dup_reopened"))
    assert tongwen("duplicates", "decisions", "--json").json["decisions"] == []
    _press(_state(test, "open"), "different_2_1")
    assert tongwen("duplicates", "--json").json["clusters"] == []


def test_a_large_cluster_is_leafed_through_and_what_is_shown_is_merged(tongwen, tmp_path):
    _fill_one_question(tongwen, tmp_path, 26)
    test = _open()
    assert test.button(key="different_1_1").label == phrase("zh", "dup_different_all", count=26)
    assert test.multiselect(key="members_1_1_26_0").value == list(range(1, 13))
    _press(_press(test, "leaf_1_1_next"), "leaf_1_1_next")
    assert phrase("zh", "dup_members_shown", first=25, last=26, count=26) in _text(test)
    assert ["a24" in _text(test), "a25" in _text(test)] == [False, True]
    _press(test, "merge_1_1")
    assert _ids(tongwen) == [f"a{number}" for number in range(1, 26)]
    # One entry is on the last leaf now; together with one of another leaf, it can be merged.
    test.multiselect(key="members_1_1_25_24").set_value([3, 25]).run()
    test.selectbox(key="kept_1_1").set_value(3).run()
    _press(test, "merge_1_1")
    assert _ids(tongwen) == [f"a{number}" for number in range(1, 25)]
    # The leaf that was emptied is turned back.
    assert test.multiselect(key="members_1_1_24_12").value == list(range(13, 25))
    test.multiselect(key="members_1_1_24_12").set_value(list(range(1, 25))).run()
    _press(test, "merge_1_1")
    assert _ids(tongwen) == ["a13"]
    _view(test, "merges")
    assert phrase("zh", "dup_members_more", count=12) in _text(test)
    for number in (3, 2, 1):
        _press(test, f"undo_{number}")
    assert _ids(tongwen) == [f"a{number}" for number in range(1, 27)]
    _view(test, "clusters")
    assert phrase("zh", "dup_members_shown", first=13, last=24, count=26) in _text(test)


def test_what_was_not_shown_is_not_merged_where_others_merged_meanwhile(tongwen, tmp_path):
    _fill_one_question(tongwen, tmp_path, 26)
    late, early = _open(), _open()
    early.multiselect(key="members_1_1_26_0").set_value([1, 2]).run()
    _press(early, "merge_1_1")
    _refused(late, "merge_1_1", phrase("zh", "dup_too_few"))
    assert len(_ids(tongwen)) == 25


def _fill_two_pages(tongwen, tmp_path):
    pairs = [(f"{n}号窗口几点开", f"{n}号窗口几点开！") for n in range(1, 12)]
    _fill(tongwen, tmp_path, {text: text for pair in pairs for text in pair})


def _open_second_page():
    test = _open()
    test.selectbox(key="duplicate_kind").set_value("same_answer").run()
    next(b for b in test.button if b.label == phrase("zh", "library_next")).click().run()
    return _fine(test)


def test_a_page_whose_last_cluster_is_decided_is_turned_back(tongwen, tmp_path):
    _fill_two_pages(tongwen, tmp_path)
    test = _open_second_page()
    _press(test, "later_1_11")
    assert phrase("zh", "dup_decided", count=1) in _text(test)
    assert phrase("zh", "dup_nothing") not in _text(test)
    assert [b.key for b in test.button if b.key and b.key.startswith("later_")] == [
        f"later_1_{number}" for number in range(1, 11)
    ]


def test_another_search_begins_on_the_first_page_and_filters_stay(tongwen, tmp_path):
    _fill_two_pages(tongwen, tmp_path)
    test = _open_second_page()
    test.switch_page("views/library.py").run()
    test.switch_page("views/duplicates.py").run()
    assert test.selectbox(key="duplicate_kind").value == "same_answer"
    assert test.button(key="later_1_11")
    assert tongwen("duplicates").code == 0
    _fine(test.run())
    assert test.button(key="later_2_1")
    assert test.selectbox(key="duplicate_kind").value == "same_answer"


def test_the_map_shows_every_entry(searched):
    test = _view(_open(), "map")
    assert phrase("zh", "dup_map_help") in _text(test)
    assert test.get("arrow_vega_lite_chart") or test.get("vega_lite_chart")


def test_the_map_colours_the_largest_categories_and_names_them_below(tongwen, tmp_path):
    # As many as can be told apart, twice each; two more, once each.
    names = [f"类{number:02}" for number in range(12)] * 2 + ["小一", "小二"]
    rows = [{"question": f"第{n}个问题", "category": name} for n, name in enumerate(names)]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert tongwen("import", file, "-c", "shop").code == 0
    assert tongwen("duplicates").code == 0
    (chart,) = _view(_open(), "map").get("vega_lite_chart")
    spec = json.loads(chart.proto.spec)
    color = (spec["layer"][-1] if "layer" in spec else spec)["encoding"]["color"]
    others = phrase("zh", "dup_map_others", count=2)
    assert color["scale"]["domain"] == [*sorted(set(names[:24])), others]
    assert len(set(color["scale"]["range"])) == 13
    assert color["legend"]["orient"] == "bottom"


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

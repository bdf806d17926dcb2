"""Each page runs, in both languages, on no base, an empty one and a filled one."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.words import phrase
from store.builds import live_build
from store.calibrations import CalibrationRecord, save_calibration
from store.database import Database
from store.models import utc_now

pytestmark = pytest.mark.usefixtures("nothing_stays_open")

MAIN = Path(__file__).resolve().parents[2] / "app" / "main_page.py"
PAGES = [
    "views/ask.py",
    "views/library.py",
    "views/import_.py",
    "views/jobs.py",
    "views/quality.py",
    "views/unanswered.py",
    "views/insights.py",
]


def _open(page: str = PAGES[0], **address: str) -> AppTest:
    test = AppTest.from_file(str(MAIN), default_timeout=60)
    test.query_params.update(address)
    test.run()
    if page != PAGES[0]:
        test.switch_page(page).run()
    assert not test.exception
    return test


def _text(test: AppTest) -> str:
    drawn = [*test.get("html"), *test.markdown, *test.caption, *test.info, *test.header]
    return "\n".join(str(getattr(e, "value", "") or getattr(e.proto, "body", "")) for e in drawn)


@pytest.fixture
def empty(tongwen):
    tongwen("init")
    return tongwen


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_starts_on_an_empty_base(empty, page, language):
    test = _open(page, lang=language)
    assert not test.error


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_starts_on_a_filled_base(filled, page, language):
    test = _open(page, lang=language)
    assert not test.error


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_a_base_names_the_command_that_makes_one(home_folder, page):
    (error,) = _open(page).error
    assert "tongwen init" in error.value


def test_an_empty_base_says_what_to_do_next(empty):
    assert phrase("zh", "none_yet") in _text(_open())
    assert phrase("en", "none_yet") in _text(_open(lang="en"))
    ways = [link.proto.label for link in _open().get("page_link")]
    assert ways == [phrase("zh", "nav_import"), phrase("zh", "library_new")]


def test_a_topic_of_several_entries_is_a_choice_among_them(tongwen, tmp_path):
    file = tmp_path / "refunds.csv"
    file.write_text("问题,答案\n退款多久到账,三天\n退款会退到哪里,原路退回\n", encoding="utf-8")
    tongwen("import", file, "-c", "shop")
    tongwen("reindex")
    test = _open(q="退款")
    (said,) = test.warning
    assert said.value.startswith(f"**{phrase('zh', 'ask_which')}**")
    assert phrase("zh", "nearest") not in _text(test)


def test_a_base_without_an_index_offers_to_build_it_and_then_answers(tongwen, faq):
    tongwen("import", faq, "-c", "bank")
    test = _open(q="卡不见了")
    assert phrase("zh", "no_index") in _text(test)
    button = next(b for b in test.button if b.label == phrase("zh", "build_index"))
    button.click().run()
    assert not test.error
    # The page only asks for it: no build is made in the page.
    assert tongwen("builds", "list", "--json").json["builds"] == []
    (job,) = tongwen("jobs", "list", "--json").json["jobs"]
    assert (job["kind"], job["state"]) == ("reindex", "queued")
    assert "银行卡丢了怎么办" not in _text(test)
    tongwen("worker", "--until-idle")
    test.run()
    assert not test.error
    assert "银行卡丢了怎么办" in _text(test)


def test_the_jobs_page_shows_what_the_command_line_asked_for_and_cancels_it(filled):
    number = filled("reindex", "--background", "--json").json["job"]
    test = _open(PAGES[3], lang="en")
    text = _text(test)
    assert f"#{number} Update the index" in text
    assert phrase("en", "job_queued") in text
    assert not [b for b in test.button if b.label == phrase("en", "rebuild_index")]
    test.button(key=f"cancel_{number}").click().run()
    assert filled("jobs", "show", number, "--json").json["state"] == "cancelled"
    test.button(key=f"retry_{number}").click().run()
    assert filled("jobs", "show", number, "--json").json["state"] == "queued"
    filled("worker", "--until-idle")
    test.run()
    assert "7 questions, 0 embedded, 7 reused" in _text(test)


def test_a_job_that_failed_shows_why(filled, tmp_path):
    queries = tmp_path / "<b>gone.jsonl"
    queries.write_text('{"query": "换手机号", "expected": "b2"}\n', encoding="utf-8")
    gate = ("--gate", "recall@1>=0.1", "--queries", queries)
    assert filled("reindex", "--background", *gate).code == 0
    queries.unlink()
    filled("worker", "--until-idle")
    text = _text(_open(PAGES[3]))
    assert phrase("zh", "job_failed") in text
    assert "&lt;b&gt;gone.jsonl" in text


def test_the_jobs_page_asks_for_a_reindex_once(filled):
    test = _open(PAGES[3], lang="en")
    next(b for b in test.button if b.label == phrase("en", "rebuild_index")).click().run()
    assert not test.error
    newest = filled("jobs", "list", "--json").json["jobs"]
    assert [job["state"] for job in newest] == ["queued", "done"]


def test_a_link_repeats_a_search(filled):
    test = _open(q="卡不见了", lang="en", k="3")
    assert test.text_input[0].value == "卡不见了"
    text = _text(test)
    assert phrase("en", "matched", question="卡不见了") in text
    assert "1.000" in text


def test_a_visit_is_logged_once_however_often_the_page_runs(filled):
    test = _open(q="卡不见了")
    test.run()
    test.selectbox(key="k").set_value(10).run()
    assert len(filled("queries", "list", "--json").json["queries"]) == 1
    next(b for b in test.button if b.label == phrase("zh", "ask_button")).click().run()
    _open(q="卡不见了")
    logged = filled("queries", "list", "--json").json["queries"]
    assert [one["source"] for one in logged] == ["page"] * 3


def test_a_filter_in_the_address_narrows_the_search(filled):
    text = _text(_open(q="卡不见了", category="转账", collection="bank"))
    assert "转账多久到账" in text
    assert "银行卡丢了怎么办" not in text


def test_stored_markup_is_drawn_as_text(filled):
    markup = "<b>x</b> **y** $z$ :smile: [a](http://b)"
    test = _open(q=markup)
    html = "\n".join(e.proto.body for e in test.get("html"))
    assert "&lt;b&gt;x&lt;/b&gt; **y** $z$ :smile: [a](http://b)" in html
    assert "<b>x" not in html
    assert all("**y**" not in str(m.value) for m in test.markdown)


@pytest.mark.parametrize("query", ["   ", "？", "a" * 10_001, "'\"*;--", "😀", "<script>"])
def test_odd_queries_are_answered_or_refused_but_never_fail(filled, query):
    test = _open(q=query)
    assert not test.error


def test_an_edit_is_found_by_the_next_query(filled):
    entry = filled("show", "-c", "bank", "--json").json["entries"][1]
    test = _open(PAGES[1], entry=str(entry["id"]))
    if "entry" not in test.query_params:
        test.query_params["entry"] = str(entry["id"])
        test.run()
    standard = next(a for a in test.text_area if a.label == phrase("zh", "standard"))
    standard.set_value("怎样更换预留电话号码")
    next(b for b in test.button if b.label == phrase("zh", "save")).click().run()
    assert not test.exception
    assert not test.error
    found = filled("search", "怎样更换预留电话号码", "--json").json["hits"][0]
    assert found["score"] == pytest.approx(1, abs=1e-5)
    assert found["entry_id"] == entry["id"]


def test_an_archived_entry_no_longer_answers_until_it_is_restored(filled):
    entry = filled("show", "-c", "bank", "--json").json["entries"][0]
    test = _open(PAGES[1])
    test.button(key=f"archive_{entry['id']}").click().run()
    assert not test.error

    def found():
        hits = filled("search", "卡不见了", "--json").json["hits"]
        return {hit["entry_id"] for hit in hits}

    assert entry["id"] not in found()
    test.button(key=f"archive_{entry['id']}").click().run()
    assert entry["id"] in found()


def test_the_library_finds_by_text_and_pages_through_many(tongwen, tmp_path):
    file = tmp_path / "many.csv"
    rows = "".join(f"问题第{n}个怎么办,答案{n}\n" for n in range(45))
    file.write_text("问题,答案\n" + rows, encoding="utf-8")
    tongwen("import", file, "-c", "many")
    test = _open(PAGES[1])
    assert "问题第0个怎么办" in _text(test)
    next(b for b in test.button if b.label == phrase("zh", "library_next")).click().run()
    assert "问题第20个怎么办" in _text(test)
    assert "问题第0个怎么办" not in _text(test)
    test.text_input[0].set_value("第44个").run()
    assert "问题第44个怎么办" in _text(test)


def test_a_new_question_shows_what_is_there_and_can_join_it(filled):
    test = _open(PAGES[1])
    next(b for b in test.button if b.label == phrase("zh", "library_new")).click().run()
    test.text_area(key="new_question").set_value("银行卡丢了该怎么办").run()
    assert not test.exception and not test.error
    assert phrase("zh", "near_title") in _text(test)
    entry = filled("show", "-c", "bank", "--json").json["entries"][0]
    test.button(key=f"near_similar_{entry['id']}").click().run()
    assert not test.exception and not test.error
    found = filled("show", "-c", "bank", "--json").json["entries"][0]
    assert found["draft"]["similar"][-1] == "银行卡丢了该怎么办"


def test_what_nothing_answers_is_said_to_have_no_answer_and_the_nearest_are_shown(
    filled, home_folder
):
    base = Database.at(home_folder / "tongwen.db")
    with base.writing() as session:
        model = live_build(session).model
        limits = CalibrationRecord(
            model.fingerprint, "", model.name, 1.0, 1.0, 0.0, 1, {}, utc_now()
        )
        save_calibration(session, limits)
    base.close()
    test = _open(q="how tall is mount everest", lang="en")
    assert any(phrase("en", "ask_no_answer") in one.value for one in test.info)
    assert '<div class="tw-best">' not in _text(test)
    assert '<div class="tw-other">' in _text(test)


def test_what_the_model_brings_along_is_not_looked_through_after_every_run(filled):
    st.cache_resource.clear()
    gc.unfreeze()
    _open(q="卡不见了")
    assert gc.get_freeze_count() > len(gc.get_objects())  # those that are not frozen


def test_an_answer_can_be_explained_copied_and_rated(filled):
    test = _open(q="卡不见了")
    text = _text(test)
    assert phrase("zh", "ask_answer") in text
    assert phrase("zh", "why_exact") in text
    assert phrase("zh", "copy") in text
    (number,) = [one["id"] for one in filled("queries", "list", "--json").json["queries"]]
    assert number

"""The Quality page: a test is asked for, done by a worker, looked at and compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.words import phrase

pytestmark = pytest.mark.usefixtures("nothing_stays_open")

MAIN = Path(__file__).resolve().parents[2] / "app" / "main_page.py"
QUERIES = '{"query": "卡不见了", "expected": "b1"}\n{"query": "<b>x</b>", "expected": "b7"}\n'


def _open(language="zh"):
    test = AppTest.from_file(str(MAIN), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    test.switch_page("views/quality.py").run()
    assert not test.exception
    assert not test.error
    return test


def _press(test, label, language="zh"):
    next(b for b in test.button if b.label == phrase(language, label)).click().run()
    assert not test.exception


def test_a_shipped_test_is_asked_for_done_by_a_worker_and_shown(filled):
    test = _open("en")
    assert phrase("en", "quality_none") in [info.value for info in test.info]
    test.selectbox(key="quality_shipped").set_value("bank").run()
    test.selectbox(key="quality_collection").set_value("bank").run()
    _press(test, "quality_run", "en")
    (job,) = filled("jobs", "list", "--json").json["jobs"][:1]
    assert (job["kind"], job["state"]) == ("hittest", "queued")
    assert phrase("en", "quality_none") not in [info.value for info in test.info]
    filled("worker", "--until-idle")
    test.run()
    assert not test.exception
    figures = filled("hittest", "show", 1, "--json").json
    metrics = {metric.label: metric.value for metric in test.metric}
    assert metrics[phrase("en", "quality_first")] == f"{figures['recall@1']:.1%}"
    slowest = float(metrics[phrase("en", "quality_slowest")].removesuffix(" ms"))
    assert slowest == pytest.approx(figures["p99_ms"], abs=0.5)
    wrong = sum(not one["right"] for one in figures["results"])
    assert phrase("en", "quality_wrong", count=wrong) in [s.value for s in test.subheader]
    assert len(test.get("vega_lite_chart")) == 3


def test_two_runs_are_compared_and_missing_ids_told(filled, tmp_path):
    path = tmp_path / "q.jsonl"
    for content in (QUERIES, QUERIES.replace('"b1"', '"b2"')):
        path.write_text(content, encoding="utf-8")
        filled("hittest", "--queries", path)
    test = _open()
    assert test.selectbox(key="quality_run").value == 2
    assert "b7" in test.warning[0].value
    test.selectbox(key="quality_against").set_value(1).run()
    assert not test.exception
    assert phrase("zh", "quality_difference_counts", better=0, worse=1, same=1) in [
        m.value for m in test.markdown
    ]


def test_a_file_that_went_missing_fails_its_job_and_the_page_says_so(filled, tmp_path):
    test = _open()
    test.selectbox(key="quality_shipped").set_value("shop").run()
    _press(test, "quality_run")
    number = filled("jobs", "list", "--json").json["jobs"][0]["id"]
    filled("jobs", "cancel", number)
    test.run()
    assert phrase("zh", "job_cancelled") in [error.value for error in test.error]

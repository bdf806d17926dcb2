from __future__ import annotations

import json

import pytest
from openpyxl import load_workbook

QUERIES = (
    '{"query": "卡不见了", "expected": "b1"}\n'
    '{"query": "换手机号", "expected": ["b9", "b2"]}\n'
    '{"query": "=1+1", "expected": "nowhere"}\n'
    '{"query": "今天天气如何", "expected": null}\n'
    '{"query": "什么"}\n'
)


@pytest.fixture
def queries(tmp_path):
    path = tmp_path / "queries.jsonl"
    path.write_text(QUERIES, encoding="utf-8")
    return path


def test_labelled_queries_are_asked_counted_and_written_out(filled, queries, tmp_path):
    ran = filled("hittest", "--queries", queries, "--out", tmp_path / "r.xlsx", "--json")
    assert ran.code == 0
    found = ran.json
    assert (found["queries"], found["answerable"], found["unanswerable"]) == (4, 3, 1)
    assert found["recall@1"] == pytest.approx(2 / 3)
    assert found["mrr"] == pytest.approx(2 / 3)
    assert found["missing_ids"] == ["b9", "nowhere"]
    assert [row["line"] for row in found["unread_rows"]] == [5]
    assert found["p99_ms"] >= found["p50_ms"] > 0
    first = found["results"][0]
    assert (first["rank"], first["external_id"], first["right"]) == (1, "b1", True)
    assert first["score"] == pytest.approx(1, abs=1e-5)

    book = load_workbook(tmp_path / "r.xlsx")
    assert book.sheetnames == ["results", "summary"]
    rows = list(book["results"].iter_rows())
    assert [cell.value for cell in rows[0]][:5] == ["query", "expected", "rank", "score", "verdict"]
    assert [row[0].value for row in rows[1:]] == [row["query"] for row in found["results"]]
    assert not [cell for row in rows for cell in row if cell.data_type == "f"]
    summary = dict(book["summary"].iter_rows(min_row=2, values_only=True))
    assert summary["recall@1"] == pytest.approx(2 / 3)
    assert summary["queries"] == 4


def test_a_hit_test_scores_as_a_search_does(filled, queries):
    found = filled("hittest", "--queries", queries, "--json").json
    for one in found["results"]:
        searched = filled("search", one["query"], "--json").json
        assert one["entry_id"] == searched["hits"][0]["entry_id"]
        assert one["score"] == pytest.approx(searched["hits"][0]["score"], abs=1e-6)
        assert one["confidence"] == pytest.approx(searched["confidence"], abs=1e-6)


def test_a_figure_that_is_missed_fails_the_command(filled, queries):
    ran = filled("hittest", "--queries", queries, "--fail-under", "recall@1>=0.9", "--json")
    assert ran.code == 1
    assert ran.json["failed"] == ["recall@1 is 0.6667, not recall@1>=0.9"]
    met = ("--fail-under", "recall@1>=0.6", "--fail-under", "recall@5>=0.6")
    assert filled("hittest", "--queries", queries, *met).code == 0
    assert filled("hittest", "--queries", queries, "--fail-under", "recall").code == 1


def test_a_result_that_cannot_be_written_is_said_before_any_query_is_asked(
    filled, queries, tmp_path
):
    before = queries.read_bytes()
    for out in (tmp_path / "r.docx", tmp_path / "no" / "r.xlsx", tmp_path, queries):
        assert filled("hittest", "--queries", queries, "--out", out).code == 1
    assert queries.read_bytes() == before
    assert filled("hittest", "list", "--json").json["runs"] == []


def test_options_of_a_test_are_not_swallowed_by_a_list_of_runs(filled, queries):
    ran = filled("hittest", "--queries", queries, "--fail-under", "recall@1>=1", "list")
    assert ran.code == 1
    assert "does not hear the options before it" in ran.err


def test_runs_are_kept_listed_and_compared(filled, queries, tmp_path):
    filled("hittest", "--queries", queries, "--name", "早")
    entry = filled("search", "换手机号", "--json").json["hits"][0]["entry_id"]
    more = tmp_path / "more.jsonl"
    more.write_text(QUERIES.replace("nowhere", "b1").replace("什么", "新的"), encoding="utf-8")
    ran = filled("hittest", "--queries", more, "--against", 1, "--json")
    assert ran.json["results"][1]["entry_id"] == entry
    runs = filled("hittest", "list", "--json").json["runs"]
    assert [run["name"] for run in runs] == ["more.jsonl", "早"]
    difference = filled("hittest", "diff", 1, 2, "--json").json
    assert difference["figures"] == ran.json["difference"]["figures"]
    assert difference["same"] + len(difference["better"]) + len(difference["worse"]) == 4
    assert difference["figures"]["missing"]["difference"] == -1
    shown = filled("hittest", "show", 1, "--json").json
    assert shown["name"] == "早"
    assert len(shown["results"]) == 4
    assert filled("hittest", "delete", 1).code == 0
    assert filled("hittest", "diff", 1, 2).code == 1


def test_a_collection_narrows_what_is_asked_and_expected(filled, queries, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("编号,问题\nb1,别的知识库\n", encoding="utf-8")
    filled("import", other, "-c", "other")
    filled("reindex")
    found = filled("hittest", "--queries", queries, "-c", "other", "--json").json
    assert {one["question"] for one in found["results"]} == {"别的知识库"}
    assert found["missing_ids"] == ["b2", "b9", "nowhere"]


def test_a_worker_runs_a_hit_test_that_waits(filled, queries):
    from app.hit_testing import enqueue_test
    from app.home import open_home
    from app.settings import read_settings
    from indexer.requests import HitTestRequest

    with open_home(read_settings()) as home:
        number = enqueue_test(home, HitTestRequest((str(queries),))).id
    assert filled("worker", "--until-idle").code == 0
    job = filled("jobs", "show", number, "--json").json
    assert (job["kind"], job["state"], job["done"], job["total"]) == ("hittest", "done", 4, 4)
    (run,) = filled("hittest", "list", "--json").json["runs"]
    assert run["run"] == job["result"]["run"]
    assert run["recall@1"] == job["result"]["recall@1"] == pytest.approx(2 / 3)


def test_without_queries_an_index_or_labels_the_command_says_so(tongwen, tmp_path):
    tongwen("init")
    assert "--queries FILE" in tongwen("hittest").err
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps({"query": "x", "expected": "y"}), encoding="utf-8")
    assert "reindex" in tongwen("hittest", "--queries", path).err
    assert "no runs" not in tongwen("hittest", "list").out

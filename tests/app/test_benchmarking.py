"""The benchmark runs the real commands; its table in the documents is that of its results."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from pathlib import Path

import pytest

from app.benchmarking import Task, as_markdown, texts_of
from app.cli.benchmark import markdown_of
from app.errors import AppError

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_step_is_measured_and_written_with_what_repeats_it(tongwen, tmp_path):
    out, questions = tmp_path / "jobs.json", tmp_path / "q.txt.gz"
    lines = [f"问题 {number}" for number in range(50)]
    questions.write_bytes(gzip.compress("\n".join([*lines, "", *lines[:5]]).encode()))
    ran = tongwen(
        *("benchmark", "jobs", "--questions", questions, "--sizes", "30", "--queries", "20"),
        *("--work", tmp_path, "--out", out),
    )
    assert ran.code == 0, ran.err
    results = json.loads(out.read_text(encoding="utf-8"))
    assert results["command"].startswith("tongwen benchmark jobs --questions")
    assert {"processor", "python", "torch"} <= set(results["machine"])
    (one,) = results["sizes"]
    assert one["questions"] == 30
    assert one["import"]["rows_per_second"] > 0
    made = one["reindex"]
    assert made["embedded_when_killed"] + made["embedded_after"] >= 30
    assert (made["index"], made["recall_at_10"]) == ("flat", 1.0)
    assert one["unchanged"]["embedded"] == 0
    assert one["search"]["queries"] == 20
    assert 0 < one["search"]["p50_ms"] <= one["search"]["p99_ms"]
    assert min(one[step]["peak_mb"] for step in ("import", "reindex", "search")) > 10
    assert as_markdown(results) in ran.out
    assert tongwen("benchmark", "table", out).out.strip() == as_markdown(results)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tmp")] == []


def test_questions_are_different_ones_and_the_same_for_a_seed(tmp_path):
    file = tmp_path / "q.txt"
    file.write_text("一\n\n二\n一\n 三 \n", encoding="utf-8")
    assert list(texts_of(Task(file, (10,), "m", 10, 1))) == ["一", "二", "三"]
    made_up = [
        list(itertools.islice(texts_of(Task(None, (10,), "m", 10, seed)), 500))
        for seed in (1, 1, 2)
    ]
    assert made_up[0] == made_up[1] != made_up[2]
    assert len(set(made_up[0])) == 500
    with pytest.raises(AppError, match="cannot read"):
        list(texts_of(Task(tmp_path / "none", (10,), "m", 10, 1)))
    damaged = tmp_path / "q.txt.gz"
    damaged.write_bytes(gzip.compress("一\n二\n".encode())[:-4])
    with pytest.raises(AppError, match="cannot read"):
        list(texts_of(Task(damaged, (10,), "m", 10, 1)))


@pytest.mark.parametrize("sizes", ["x", "5", "10,,20"])
def test_senseless_sizes_are_told(tongwen, tmp_path, sizes):
    ran = tongwen("benchmark", "jobs", "--sizes", sizes, "--out", tmp_path / "o.json")
    assert (ran.code, "--sizes" in ran.err) == (1, True)


def test_a_results_file_that_cannot_be_written_is_told_before_anything_is_measured(
    tongwen, tmp_path
):
    (tmp_path / "file").touch()
    ran = tongwen("benchmark", "jobs", "--sizes", "10", "--out", tmp_path / "file" / "o.json")
    assert ran.code == 1
    assert "cannot write" in ran.err
    assert "10 questions" not in ran.err


def test_a_results_file_is_neither_that_of_the_questions_nor_emptied_in_vain(tongwen, tmp_path):
    questions, out = tmp_path / "q.txt", tmp_path / "o.json"
    questions.write_text("一\n", encoding="utf-8")
    out.write_text("earlier", encoding="utf-8")
    for which in ("jobs", "duplicates"):
        asked = ("benchmark", which, "--questions", questions, "--sizes", "10", "--out")
        assert tongwen(*asked, questions).code == 1
        assert tongwen(*asked, out).code == 1
    assert (questions.read_text(encoding="utf-8"), out.read_text(encoding="utf-8")) == (
        "一\n",
        "earlier",
    )


def test_the_tables_in_the_documents_are_those_of_the_results_files():
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    shown = re.findall(r"<!-- (\S+\.json) -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    files = sorted(path.name for path in (DOCS / "results").glob("*.json"))
    assert sorted(name for name, _ in shown) == files
    for name, table in shown:
        results = json.loads((DOCS / "results" / name).read_text(encoding="utf-8"))
        assert table == markdown_of(results)

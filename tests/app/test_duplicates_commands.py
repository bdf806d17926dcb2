from __future__ import annotations

import json

import openpyxl
import pytest

ROWS = [
    {"id": "a", "question": "怎么申请退款", "answer": "点退款", "category": "售后"},
    {"id": "b", "question": "怎麼申請退款？", "answer": "=HYPERLINK(1)"},
    {"id": "c", "question": "营业时间", "answer": "九点"},
    {"id": "d", "question": "营业时间！", "answer": "九点"},
]


@pytest.fixture
def base(tongwen, tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    assert tongwen("import", file, "-c", "shop").code == 0
    return tongwen


def _found(tongwen, *more):
    return tongwen("duplicates", "--json", *more).json


def test_duplicates_are_found_without_any_index_the_conflict_first(base):
    found = _found(base)
    assert [one["kind"] for one in found["clusters"]] == ["conflicting_answers", "same_answer"]
    assert [m["external_id"] for m in found["clusters"][0]["members"]] == ["a", "b"]
    assert {pair["match"] for pair in found["pairs"]} == {"exact"}
    assert found["counts"]["clusters"] == 2
    shown = base("duplicates")
    assert "怎么申请退款" in shown.out and "2 clusters" in shown.out


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "jsonl"])
def test_the_file_has_one_row_per_member_and_no_formula(base, tmp_path, suffix):
    out = tmp_path / f"out.{suffix}"
    assert base("duplicates", "--out", out).code == 0
    if suffix == "xlsx":
        header, *rows = openpyxl.load_workbook(out).active.iter_rows()
        assert len(rows) == 4
        assert {cell.data_type for row in rows for cell in row if cell.value} == {"s"}
        answers = [row[[c.value for c in header].index("answer")].value for row in rows]
        assert answers[:2] == ["点退款", "=HYPERLINK(1)"]
    elif suffix == "csv":
        lines = out.read_text(encoding="utf-8-sig").splitlines()
        assert len(lines) == 5
        assert "'=HYPERLINK(1)" in lines[2]
    else:
        rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        assert [row["id"] for row in rows] == ["a", "b", "c", "d"]
    assert base("duplicates", "--out", tmp_path / "out.doc").code == 1


def test_a_decision_is_remembered_with_who_and_when_and_can_be_taken_back(base, monkeypatch):
    monkeypatch.setenv("TONGWEN_USER", "小李")
    assert base("duplicates", "decide", "a", "b", "--as", "different").code == 0
    assert base("reindex").code == 0
    assert [one["kind"] for one in _found(base)["clusters"]] == ["same_answer"]
    (decision,) = base("duplicates", "decisions", "--json").json["decisions"]
    assert (decision["decision"], decision["by"]) == ("different", "小李")
    assert decision["decided_at"]
    assert base("duplicates", "forget", "怎么申请退款", "b").code == 0
    assert len(_found(base)["clusters"]) == 2
    assert base("duplicates", "forget", "a", "b").code == 1


def test_taking_a_decision_back_leaves_those_about_others_that_ask_the_same(base, tmp_path):
    file = tmp_path / "more.jsonl"
    rows = [{"id": name, "question": "怎么申请退款", "answer": name} for name in "ef"]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    base("import", file, "-c", "other")
    for pair in ("ab", "ef"):
        assert base("duplicates", "decide", *pair, "--as", "different").code == 0
    assert base("duplicates", "forget", "a", "b").code == 0
    assert len(base("duplicates", "decisions", "--json").json["decisions"]) == 1
    assert base("duplicates", "forget", "a", "b").code == 1
    # A question means every decision about entries that ask it.
    assert base("duplicates", "forget", "怎么申请退款", "怎么申请退款").code == 0
    assert base("duplicates", "decisions", "--json").json["decisions"] == []


def test_merge_and_undo_leave_the_export_as_it_was(base, tmp_path):
    def exported():
        assert base("export", "-c", "shop", "--out", tmp_path / "e.jsonl").code == 0
        return (tmp_path / "e.jsonl").read_bytes()

    before = exported()
    merged = base("duplicates", "merge", "c", "d", "--json").json
    assert exported() != before
    assert len(base("show", "-c", "shop", "--json").json["entries"]) == 3
    (listed,) = base("duplicates", "merges", "--json").json["merges"]
    assert listed["questions"] == ["营业时间", "营业时间！"]
    assert base("duplicates", "undo", merged["id"]).code == 0
    assert exported() == before
    assert "undone already" in base("duplicates", "undo", merged["id"]).err


def test_contradicting_entries_are_merged_only_by_somebody_who_saw_it(base, tmp_path):
    file = tmp_path / "more.jsonl"
    file.write_text(json.dumps({"id": "n", "question": "不能申请退款吗"}), encoding="utf-8")
    base("import", file, "-c", "shop")
    file.write_text(json.dumps({"id": "p", "question": "能申请退款吗"}), encoding="utf-8")
    base("import", file, "-c", "shop")
    shown = base("duplicates", "--threshold", "0.3").out
    assert "never merged" in shown and "不能申请退款吗" in shown
    refused = base("duplicates", "merge", "n", "p")
    assert refused.code == 1 and "--despite-conflicts" in refused.err
    assert base("duplicates", "merge", "n", "p", "--despite-conflicts").code == 0


def test_a_search_is_a_job_that_a_worker_does(base, tmp_path):
    out = tmp_path / "later.csv"
    number = base("duplicates", "--background", "--out", out, "--json").json["job"]
    assert base("worker", "--until-idle").code == 0
    job = base("jobs", "show", number, "--json").json
    assert (job["kind"], job["state"]) == ("duplicates", "done")
    assert job["result"]["clusters"] == 2
    assert out.exists()


def test_fitting_on_labelled_pairs_decides_what_auto_is(base, tmp_path):
    pairs = tmp_path / "pairs.tsv"
    lines = [f"问题{n}怎么办\t问题{n}怎么办呢\t1\n问题{n}怎么办\t你好{n}\t0\n" for n in range(40)]
    pairs.write_text("".join(lines), encoding="utf-8")
    fitted = base("duplicates", "fit", pairs, "--json").json
    assert fitted["bases"][0]["f1"] >= fitted["bases"][0]["best_f1"] - 0.02
    found = _found(base)
    assert found["threshold_fitted"]
    assert found["threshold"] == pytest.approx(fitted["bases"][0]["automatic"])


@pytest.mark.parametrize("name", ["no folder/out.csv", "out.doc", "."])
@pytest.mark.parametrize("how", [(), ("--background",)])
def test_a_file_that_cannot_be_written_is_told_before_the_search(base, tmp_path, name, how):
    ran = base("duplicates", "--out", tmp_path / name, *how)
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert base("jobs", "list", "--json").json["jobs"] == []


def test_decisions_in_json_say_what_a_reader_understands(base):
    base("duplicates", "decide", "a", "b", "--as", "different")
    (decision,) = base("duplicates", "decisions", "--json").json["decisions"]
    assert decision.keys() == {"decision", "first", "second", "by", "decided_at"}


def test_what_is_decided_and_merged_is_shown_with_its_questions(base):
    decided = base("duplicates", "decide", "a", "c", "--as", "different").err
    assert "怎么申请退款" in decided and "营业时间" in decided
    assert "营业时间！" in base("duplicates", "merge", "c", "d").err


def test_thresholds_are_not_fitted_into_a_file_that_holds_something_else(base, tmp_path):
    pairs, other = tmp_path / "pairs.tsv", tmp_path / "other.json"
    pairs.write_text("怎么退款\t如何退款\t1\n怎么退款\t你好\t0\n", encoding="utf-8")
    other.write_text('["mine"]', encoding="utf-8")
    for out in (other, pairs, tmp_path, tmp_path / "no folder" / "out.json"):
        assert base("duplicates", "fit", pairs, "--out", out).code == 1
    assert other.read_text(encoding="utf-8") == '["mine"]'
    assert pairs.read_text(encoding="utf-8").startswith("怎么退款")

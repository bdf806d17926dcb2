from __future__ import annotations

import json

import pytest

NEW = [
    {"id": "n1", "question": "银行卡丢了怎么办呢", "answer": "另一个答案"},
    {"id": "n2", "question": "转账要多久到账", "similar": ["多久能到账"]},
    {"id": "n3", "question": "网点几点关门", "answer": "五点"},
    {"id": "b2", "question": "如何修改手机号", "answer": "改过的"},
]


@pytest.fixture
def bring(filled, tmp_path):
    file, rejects = tmp_path / "new.jsonl", tmp_path / "rejects.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in NEW), encoding="utf-8")

    def import_with(how, *more, threshold="0.85"):
        asked = ("--on-duplicate", how, "--threshold", threshold, "--rejects", rejects)
        report = filled("import", file, "-c", "bank", *asked, "--json", *more).json
        assert report["read"] == 4 == sum(report[k] for k in _KINDS)
        return [report[k] for k in _KINDS], _lines(rejects)

    return import_with


_KINDS = ("added", "updated", "unchanged", "rejected")


def _lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _similar(tongwen, name):
    entries = tongwen("show", "-c", "bank", "--json").json["entries"]
    return {e["draft"]["external_id"]: e["draft"] for e in entries}[name]["similar"]


def test_rows_that_resemble_an_entry_are_left_out_and_stand_in_the_rejects(bring, filled):
    counts, rejects = bring("skip")
    # The row with the id of an entry that is there changes that entry, as ever.
    assert counts == [1, 1, 0, 2]
    assert [one["row"]["id"] for one in rejects] == ["n1", "n2"]
    assert "asks the same as entry" in rejects[0]["reason"]
    assert "银行卡丢了怎么办" in rejects[0]["reason"]
    # Again, nothing changes, and the same rows are told.
    counts, again = bring("skip")
    assert counts == [0, 0, 2, 2]
    assert again == rejects


def test_rows_become_similar_questions_unless_their_answer_contradicts(bring, filled):
    counts, rejects = bring("similar")
    assert counts == [1, 2, 0, 1]
    assert "answers otherwise" in rejects[0]["reason"]
    assert _similar(filled, "b3") == ["转账要多久到账", "多久能到账"]
    (change,) = filled("history", "b3", "--json").json["revisions"]
    assert (change["action"], change["changed"]) == ("import", ["similar"])


def test_add_adds_as_before_and_a_dry_run_changes_nothing(bring, filled):
    assert bring("skip", "--dry-run")[0] == [1, 1, 0, 2]
    assert bring("add")[0] == [3, 1, 0, 0]


def test_asking_where_nobody_can_answer_is_refused(filled, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    file = tmp_path / "new.jsonl"
    file.write_text(json.dumps(NEW[0]) + "\n", encoding="utf-8")
    ran = filled("import", file, "-c", "bank", "--on-duplicate", "ask")
    assert ran.code == 1
    assert "needs a terminal" in ran.err


def test_somebody_asked_decides_row_by_row(bring, filled, tmp_path, monkeypatch):
    from app.cli import screening
    from app.home import open_home
    from app.settings import read_settings
    from store.collections import ensure_collection
    from store.screening import Fate

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    answers = iter("smas")

    def prompt(*asked, **how):
        # While somebody thinks, others write.
        with open_home(read_settings()) as home, home.database.writing() as session:
            ensure_collection(session, "others")
        return next(answers)

    monkeypatch.setattr(screening.typer, "prompt", prompt)
    assert bring("ask")[0] == [1, 2, 0, 1]
    assert Fate("skip") is Fate.SKIP
    # The same files again: who is asked may say something else.
    counts, _ = bring("ask")
    assert (counts[0], counts[3]) == (1, 1)
    ran = filled(
        "import", tmp_path / "new.jsonl", "-c", "bank", "--on-duplicate", "ask", "--dry-run"
    )
    assert (ran.code, "asks nobody" in ran.err) == (1, True)


def test_who_interrupts_the_question_imports_nothing(filled, tmp_path, monkeypatch):
    from app.cli import screening

    def interrupted(*asked, **how):
        raise screening.typer.Abort

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(screening.typer, "prompt", interrupted)
    file = tmp_path / "new.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in NEW), encoding="utf-8")
    how = ("--on-duplicate", "ask", "--threshold", "0.85")
    assert filled("import", file, "-c", "bank", *how).code == 130
    assert len(filled("show", "-c", "bank", "--json").json["entries"]) == 4


def test_what_contradicts_or_was_called_different_is_let_in(filled, tmp_path):
    file = tmp_path / "new.jsonl"
    rows = [{"id": "n", "question": "银行卡没丢怎么办"}, {"id": "m", "question": "换手机号码"}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    asked = ("import", file, "-c", "bank", "--on-duplicate", "skip", "--threshold", "0.6", "--json")
    assert filled(*asked, "--dry-run").json["rejected"] == 1
    filled("import", file, "-c", "bank")
    filled("duplicates", "decide", "b2", "m", "--as", "different")
    assert filled(*asked, "--dry-run").json["rejected"] == 0


def test_a_row_joins_an_entry_that_another_row_of_the_file_changes(filled, tmp_path):
    rows = [
        {"id": "b3", "question": "转账多久到账", "similar": ["转帐几时能到"], "category": "新的"},
        {"id": "n2", "question": "转账要多久到账"},
    ]
    file = tmp_path / "both.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    how = ("--on-duplicate", "similar", "--threshold", "0.85", "--json")
    report = filled("import", file, "-c", "bank", *how).json
    assert (report["updated"], report["rejected"]) == (2, 0)
    assert {"转帐几时能到", "转账要多久到账"} <= set(_similar(filled, "b3"))
    assert filled("import", file, "-c", "bank", *how).json["updated"] == 0


def test_a_row_joins_an_entry_with_its_negative_questions(filled, tmp_path):
    row = {"id": "n", "question": "转账要多久到账", "negative": ["转账怎么撤回"], "tags": ["新"]}
    file = tmp_path / "new.jsonl"
    file.write_text(json.dumps(row), encoding="utf-8")
    how = ("--on-duplicate", "similar", "--threshold", "0.85")
    assert filled("import", file, "-c", "bank", *how, "--json").json["updated"] == 1
    entries = filled("show", "-c", "bank", "--json").json["entries"]
    (joined,) = (e["draft"] for e in entries if e["draft"]["external_id"] == "b3")
    assert (joined["negative"], joined["tags"]) == (["转账怎么撤回"], ["新"])


def test_a_row_that_answers_does_not_vanish_in_an_entry_that_does_not(filled, tmp_path):
    file = tmp_path / "new.jsonl"
    file.write_text(
        json.dumps({"id": "b3", "question": "转账多久到账", "status": "draft"}), encoding="utf-8"
    )
    filled("import", file, "-c", "bank")
    file.write_text(json.dumps({"id": "n", "question": "转账要多久到账"}), encoding="utf-8")
    how = ("--on-duplicate", "similar", "--threshold", "0.85", "--rejects", tmp_path / "r.jsonl")
    assert filled("import", file, "-c", "bank", *how, "--json").json["rejected"] == 1
    assert "is draft" in _lines(tmp_path / "r.jsonl")[0]["reason"]


def test_punctuation_is_no_other_answer_but_another_number_is(filled, tmp_path):
    file = tmp_path / "new.jsonl"

    def bring(name, question, answer):
        row = {"id": name, "question": question, "answer": answer}
        file.write_text(json.dumps(row), encoding="utf-8")
        how = ("--on-duplicate", "similar", "--threshold", "0.85", "--json")
        report = filled("import", file, "-c", "bank", *how).json
        return report["updated"], report["rejected"]

    assert bring("n1", "银行卡丢了怎么办呢", "请拨打 客服，电话挂失！") == (1, 0)
    assert bring("b1", "银行卡丢了怎么办", "1-3天内挂失") == (1, 0)
    assert bring("n2", "银行卡丢了怎么办啊", "13天内挂失") == (0, 1)


def test_a_row_that_joined_an_entry_before_is_unchanged_once_the_base_was_edited(bring, filled):
    assert bring("similar")[0] == [1, 2, 0, 1]
    filled("history", "b2", "--restore", "0")
    assert bring("similar")[0] == [0, 1, 2, 1]


def test_a_row_does_not_join_an_entry_that_another_row_made_ask_something_else(filled, tmp_path):
    rows = [{"id": "b3", "question": "网点几点关门"}, {"id": "n", "question": "转账要多久到账"}]
    file = tmp_path / "both.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    how = ("--on-duplicate", "similar", "--threshold", "0.85", "--rejects", tmp_path / "r.jsonl")
    report = filled("import", file, "-c", "bank", *how, "--json").json
    assert (report["updated"], report["rejected"]) == (1, 1)
    assert "ask something else" in _lines(tmp_path / "r.jsonl")[0]["reason"]
    assert _similar(filled, "b3") == []

"""Jobs and builds from the command line: one shape in `--json`, one line where it fails."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from store.database import Database
from store.job_claims import begin


@pytest.fixture
def other_model(tiny_model: Path, tmp_path: Path) -> Path:
    """A model with other weights than the one of the settings."""
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "other"
    folder.mkdir()
    for file in tiny_model.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    weights = load_file(folder / "model.safetensors")
    name = "embeddings.word_embeddings.weight"
    weights[name] = weights[name].flip(0).contiguous()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_a_background_reindex_is_done_by_a_worker_and_its_row_tells_it(tongwen, faq):
    tongwen("import", faq, "-c", "bank")
    number = tongwen("reindex", "--background").out.strip()
    assert number.isdecimal()
    (job,) = tongwen("jobs", "list", "--json").json["jobs"]
    assert (job["id"], job["state"], job["kind"]) == (int(number), "queued", "reindex")
    assert tongwen("worker", "--until-idle").code == 0
    job = tongwen("jobs", "show", number, "--json").json
    promised = "id kind state done total rate eta_seconds heartbeat_at error parameters"
    assert set(promised.split()) <= set(job)
    assert (job["state"], job["done"], job["total"], job["error"]) == ("done", 7, 7, None)
    assert job["result"]["embedded"] + job["result"]["reused"] == job["result"]["total"] == 7
    assert tongwen("search", "卡不见了", "--json").json["build"] == job["result"]["build_id"]
    assert f"job {number}" in tongwen("jobs", "show", number).out
    assert "reindex" in tongwen("jobs", "list").out


def test_an_inline_reindex_is_in_the_list_too(filled):
    report = filled("reindex", "--json").json
    newest = filled("jobs", "list", "--json").json["jobs"][0]
    assert (newest["id"], newest["state"]) == (report["job"], "done")
    assert newest["result"]["build_id"] == report["build_id"]


def test_a_waiting_job_is_cancelled_and_tried_again(tongwen, faq):
    tongwen("import", faq, "-c", "bank")
    number = tongwen("reindex", "--background", "--json").json["job"]
    assert tongwen("jobs", "cancel", number, "--json").json["state"] == "cancelled"
    ran = tongwen("jobs", "cancel", number)
    assert (ran.code, ran.out) == (1, "")
    assert f"job {number} is cancelled" in ran.err
    tongwen("worker", "--until-idle")
    assert tongwen("jobs", "show", number, "--json").json["state"] == "cancelled"
    assert tongwen("jobs", "retry", number, "--json").json["state"] == "queued"
    tongwen("worker", "--until-idle")
    assert tongwen("jobs", "show", number, "--json").json["state"] == "done"


def test_a_failed_job_says_why_and_the_worker_exits_1(tongwen, faq, tmp_path):
    tongwen("import", faq, "-c", "bank")
    ran = tongwen("reindex", "--background", "--collection", "nowhere")
    assert (ran.code, "no collection 'nowhere'" in ran.err) == (1, True)
    queries = tmp_path / "gone.jsonl"
    queries.write_text('{"query": "换手机号", "expected": "b2"}\n', encoding="utf-8")
    gate = ("--gate", "recall@1>=0.1", "--queries", queries)
    number = tongwen("reindex", "--background", *gate, "--json").json["job"]
    queries.unlink()
    ran = tongwen("worker", "--until-idle")
    assert ran.code == 1
    assert f"job {number} is failed" in ran.err
    assert "gone.jsonl" in ran.err
    assert "gone.jsonl" in tongwen("jobs", "show", number, "--json").json["error"]


def test_what_was_imported_since_is_folded_in_by_a_worker(filled, tmp_path):
    more = tmp_path / "more.csv"
    more.write_text("问题,答案\n怎么退货,七天内\n怎么换货,联系客服\n", encoding="utf-8")
    filled("import", more, "-c", "shop")
    before = filled("builds", "list", "--json").json["live"]
    assert filled("worker", "--until-idle").code == 0
    newest = filled("jobs", "list", "--json").json["jobs"][0]
    assert (newest["kind"], newest["state"]) == ("fold", "done")
    assert filled("builds", "list", "--json").json["live"] > before
    assert filled("search", "怎么换货", "-k", 1, "--json").json["hits"][0]["score"] > 0.999


def test_the_model_is_changed_and_rolled_back_and_stays_what_it_is(
    filled, other_model, monkeypatch
):
    monkeypatch.delenv("TONGWEN_MODEL")

    def answers_with():
        found = filled("search", "卡不见了", "-k", 1, "--json").json
        assert found["hits"][0]["matched_question"] == "卡不见了"
        return Path(found["model"]).name

    assert answers_with() == "tiny"
    changed = filled("reindex", "--model", other_model, "--json").json
    assert (changed["embedded"], changed["total"]) == (7, 7)
    assert answers_with() == "other"
    # A reindex without a model keeps the one that answers.
    assert filled("reindex", "--json").json["embedded"] == 0
    assert answers_with() == "other"
    builds = filled("builds", "list", "--json").json
    old = next(b["id"] for b in builds["builds"] if Path(b["model"]).name == "tiny")
    assert [b["id"] for b in builds["builds"] if b["live"]] == [builds["live"]]
    assert filled("builds", "publish", old, "--json").json["live"] is True
    assert answers_with() == "tiny"
    assert filled("builds", "publish", builds["live"]).code == 0
    assert filled("builds", "rollback", "--json").json["id"] == old
    assert "live" in filled("builds", "list").out


def test_the_same_weights_under_another_name_embed_nothing(filled, tiny_model, tmp_path):
    renamed = tmp_path / "renamed"
    renamed.mkdir()
    for file in tiny_model.iterdir():
        (renamed / file.name).write_bytes(file.read_bytes())
    report = filled("reindex", "--model", renamed, "--json").json
    assert (report["embedded"], report["reused"]) == (0, 7)


def test_a_gate_that_is_missed_is_one_line_exit_1_and_leaves_the_live_build(
    filled, other_model, tmp_path
):
    queries = tmp_path / "queries.jsonl"
    rows = [{"query": "卡不见了", "expected": "b1"}, {"query": "完全无关", "expected": "nobody"}]
    queries.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    live = filled("builds", "list", "--json").json["live"]
    gated = ("reindex", "--model", other_model, "--queries", queries, "--gate")
    ran = filled(*gated, "recall@1>=0.8")
    assert (ran.code, ran.out) == (1, "")
    assert "recall@1 is 0.5000, 0.3000 under 0.8" in ran.err
    assert filled("builds", "list", "--json").json["live"] == live
    ran = filled(*gated, "recall@1>=0.8", "--json")
    assert (ran.code, ran.json["published"]) == (1, False)
    assert ran.json["figures"]["recall@1"] == 0.5
    assert filled(*gated, "recall@1>=0.5").code == 0
    assert filled("builds", "list", "--json").json["live"] > live


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("jobs", "show", 99), "no job 99"),
        (("builds", "publish", 99), "no build 99"),
        (("builds", "rollback"), "no build answered before this one"),
        (("reindex", "--gate", "recall@1>=0.8"), "--queries FILE"),
        (("reindex", "--background", "--gate", "x", "--queries", "nowhere"), "gate 'x'"),
        (("reindex", "--gate", "mrr@10>=0.8", "--queries", "nowhere.jsonl"), "nowhere.jsonl"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_1(filled, args, said):
    ran = filled(*args)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_pruning_says_what_went(filled):
    for _ in range(3):
        filled("reindex")
    assert filled("builds", "prune", "--keep", 1, "--json").json["removed"]
    assert filled("builds", "prune", "--keep", 1, "--json").json["removed"] == []
    assert filled("search", "卡不见了", "--json").json["hits"]


def test_a_worker_is_silent_for_every_command_after_as_long_as_is_set(
    tongwen, faq, home_folder, monkeypatch
):
    tongwen("import", faq, "-c", "bank")
    asked = tongwen("reindex", "--background", "--json").json
    with (
        closing(Database.at(home_folder / "tongwen.db")) as database,
        database.writing() as session,
    ):
        job = begin(session, "reindex", {}, "another-machine:1:x")
        same = begin(session, "reindex", asked["parameters"], "another-machine:1:x")
    assert "silent" not in tongwen("jobs", "list").out
    monkeypatch.setenv("TONGWEN_SILENT_SECONDS", "0.001")
    assert "silent" in tongwen("jobs", "list").out
    findings = tongwen("doctor", "--json").json["findings"]
    assert {one["level"] for one in findings if one["subject"] == "jobs"} == {"warning"}
    assert tongwen("jobs", "cancel", job.id, "--json").json["state"] == "cancelled"
    tongwen("reindex")
    assert tongwen("jobs", "show", same.id, "--json").json["state"] == "failed"

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_init_creates_the_base_and_a_second_init_leaves_it(tongwen, home_folder):
    first, second = tongwen("init", "--json").json, tongwen("init", "--json").json
    assert first["was"] is None
    assert second["was"] == first["version"] == second["version"]
    assert (home_folder / "tongwen.db").exists()


def test_import_counts_every_row_and_the_second_one_changes_nothing(tongwen, faq):
    first = tongwen("import", faq, "-c", "bank", "--json").json
    second = tongwen("import", faq, "-c", "bank", "--json").json
    counts = ("read", "added", "updated", "unchanged", "rejected")
    assert [first[name] for name in counts] == [4, 4, 0, 0, 0]
    assert [second[name] for name in counts] == [4, 0, 0, 4, 0]


def test_import_says_encoding_and_columns_to_a_person(tongwen, tmp_path):
    file = tmp_path / "gbk.csv"
    file.write_bytes("问题,答案\n怎么退货,七天内\n".encode("gb18030"))
    ran = tongwen("import", file, "-c", "shop")
    assert ran.code == 0
    assert "gb18030" in ran.out.lower()
    assert "read 1 = 1 added + 0 updated + 0 unchanged + 0 rejected" in ran.out


def test_a_dry_run_changes_nothing(tongwen, faq):
    tongwen("init")
    assert tongwen("import", faq, "-c", "bank", "--dry-run", "--json").json["added"] == 4
    assert sum(c["entries"] for c in tongwen("collections", "--json").json["collections"]) == 0


def test_rejected_rows_go_to_the_file_with_line_and_reason(tongwen, tmp_path):
    file, rejects = tmp_path / "bad.csv", tmp_path / "rejects.jsonl"
    file.write_text("问题,答案\n,没有问题\n怎么退货,七天内\n", encoding="utf-8")
    ran = tongwen("import", file, "-c", "shop", "--rejects", rejects, "--json")
    assert (ran.json["read"], ran.json["rejected"]) == (2, 1)
    row = json.loads(rejects.read_text(encoding="utf-8").splitlines()[0])
    assert row["line"] == 2
    assert row["reason"]


def test_a_header_can_be_mapped(tongwen, tmp_path):
    file = tmp_path / "odd.csv"
    file.write_text("甲,乙\n怎么退货,七天内\n", encoding="utf-8")
    assert (
        tongwen("import", file, "-c", "s", "--map", "standard=甲", "--map", "answer=乙").code == 0
    )
    entry = tongwen("show", "-c", "s", "--json").json["entries"][0]
    assert (entry["draft"]["standard"], entry["draft"]["answer"]) == ("怎么退货", "七天内")


def test_collections_and_show_count_what_was_imported(filled):
    (bank,) = filled("collections", "--json").json["collections"]
    assert (bank["name"], bank["entries"], bank["questions"]) == ("bank", 4, 7)
    shown = filled("show", "--collection", "bank", "--json").json
    assert set(shown["categories"]) == {"账户", "转账", "其他"}
    assert [e["draft"]["external_id"] for e in shown["entries"]] == ["b1", "b2", "b3", "b4"]
    assert "银行卡丢了怎么办" in filled("show", "--collection", "bank").out


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_an_export_imports_again_unchanged(filled, tmp_path, suffix):
    out = tmp_path / f"bank.{suffix}"
    assert filled("export", "-c", "bank", "--out", out, "--json").json["entries"] == 4
    assert filled("import", out, "-c", "bank", "--json").json["unchanged"] == 4


def test_search_json_has_exactly_the_promised_shape(filled):
    found = filled("search", "卡不见了", "-k", 2, "--json").json
    assert {"query", "model", "build", "took_ms", "hits"} <= set(found)
    assert set(found["took_ms"]) == {"encode", "search", "total"}
    first = found["hits"][0]
    assert first["score"] == pytest.approx(1, abs=1e-5)
    assert first["external_id"] == "b1"
    assert first["question"] == "银行卡丢了怎么办"
    assert first["matched_question"] == "卡不见了"
    assert first["kind"] == "similar"
    promised = "rank entry_id external_id collection category question matched_question"
    assert {*promised.split(), "kind", "answer", "score"} <= set(first)
    assert [hit["rank"] for hit in found["hits"]] == [1, 2]


def test_search_filters_by_collection_category_and_tag(filled):
    def found(*filters):
        hits = filled("search", "卡不见了", *filters, "--json").json["hits"]
        return {hit["external_id"] for hit in hits}

    assert found("--category", "转账") == {"b3"}
    assert found("--tag", "手机") == {"b2"}
    assert found("--collection", "bank") == {"b1", "b2", "b3", "b4"}


def test_a_filter_that_names_nothing_is_told_from_one_that_nothing_passes(filled):
    ran = filled("search", "卡不见了", "--category", "转帐", "--tag", "手机")
    assert "no entry has the category '转帐'; there is" in ran.err
    assert "转账" in ran.err
    assert "no entry has the tag" not in ran.err
    ran = filled("search", "卡不见了", "--category", "转账", "--tag", "手机")
    assert "no entry has" not in ran.err


def test_stored_markup_is_printed_as_it_is(filled):
    assert "**y** $z$ :smile: [a](http://b)" in filled("search", "<b>x</b> **y**", "-k", 1).out


def test_encode_writes_unit_vectors_in_order(tongwen, tmp_path):
    lines, out = tmp_path / "lines.txt", tmp_path / "vectors.npy"
    lines.write_text("怎么退货\r\n" + "长" * 500 + "\n怎么退货\n", encoding="utf-8")
    facts = tongwen("encode", "--input", lines, "--out", out, "--json").json
    vectors = np.load(out)
    assert vectors.shape == (3, facts["dimension"])
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors[0] == vectors[2]).all()
    assert facts["truncated"] == 1


def test_encode_names_the_empty_line(tongwen, tmp_path):
    lines = tmp_path / "lines.txt"
    lines.write_text("一\n\n三\n", encoding="utf-8")
    ran = tongwen("encode", "--input", lines, "--out", tmp_path / "v.npy")
    assert ran.code == 1
    assert "line 2" in ran.err


def test_model_show_reads_the_layers_from_the_files(tongwen):
    facts = tongwen("model", "show", "--json").json
    assert (facts["layers"], facts["width"], facts["dimension"]) == (2, 32, 32)


def test_a_second_reindex_embeds_nothing(filled):
    again = filled("reindex", "--json").json
    assert (again["embedded"], again["total"]) == (0, 7)


def test_doctor_calls_a_fresh_and_a_filled_base_sound(filled):
    ran = filled("doctor", "--json")
    assert (ran.code, ran.json["sound"]) == (0, True)


def test_doctor_counts_base_delta_and_masked(filled, tmp_path):
    more = tmp_path / "more.txt"
    more.write_text("怎么开户\n怎么销户\n", encoding="utf-8")
    assert filled("import", more, "-c", "bank", "--json").json["added"] == 2
    found = filled("doctor", "--json").json
    assert (found["base"], found["delta"], found["masked"]) == (7, 2, 0)


def test_doctor_exits_1_on_a_damaged_build_and_fix_heals_it(filled, home_folder):
    (home_folder / "builds" / "1" / "vectors.f32").write_bytes(b"x")
    ran = filled("doctor")
    assert (ran.code, "vectors.f32" in ran.out) == (1, True)
    healed = filled("doctor", "--fix", "--json")
    assert (healed.code, healed.json["sound"]) == (0, True)
    assert "build 1 was damaged" in healed.json["fixed"][0]


def test_a_search_heals_a_damaged_build_and_says_so_in_the_log(filled, home_folder):
    expected = filled("search", "卡不见了", "--json").json["hits"]
    path = home_folder / "builds" / "1" / "vectors.f32"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    ran = filled("search", "卡不见了", "--json")
    assert (ran.code, ran.json["hits"]) == (0, expected)
    for said in (ran.err, (home_folder / "logs" / "tongwen.log").read_text(encoding="utf-8")):
        assert "vectors.f32 is not what was written; making it again" in said
        assert "build 2 takes the place of build 1" in said


def test_a_backup_restores_into_another_home_with_the_same_hits(filled, tmp_path, monkeypatch):
    expected = filled("search", "卡不见了", "--json").json["hits"]
    file = tmp_path / "b.tongwen"
    made = filled("backup", file, "--json").json
    assert (made["build"], made["size_bytes"]) == (1, file.stat().st_size)
    assert filled("restore", file).code == 1
    monkeypatch.setenv("TONGWEN_HOME", str(tmp_path / "other"))
    assert filled("restore", file).code == 0
    assert filled("search", "卡不见了", "--json").json["hits"] == expected
    assert filled("doctor").code == 0
    file.write_bytes(file.read_bytes()[:-1])
    ran = filled("restore", file, "--replace")
    assert (ran.code, "nothing was changed" in ran.err) == (1, True)


ERRORS = {
    "no database": (("collections",), "tongwen init"),
    "no database to search": (("search", "x"), "tongwen init"),
    "no such file": (("import", "nowhere.csv", "-c", "c"), "nowhere.csv"),
    "a mapping without equals": (("import", "f.csv", "-c", "c", "--map", "x"), "FIELD=HEADER"),
    "a name that is too long": (("import", "长" * 300, "-c", "c"), "too long"),
    "a folder for a recipe": (("model", "train", ".", "--data", ".", "--out", "x"), "no recipe"),
    "no such model": (("model", "show", "--model", "./no-such-model"), "no-such-model"),
}


@pytest.mark.parametrize("args, named", ERRORS.values(), ids=ERRORS.keys())
def test_an_error_is_one_line_on_stderr_and_exit_1(tongwen, args, named):
    ran = tongwen(*args)
    assert (ran.code, ran.out) == (1, "")
    assert named in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_an_unknown_collection_is_an_error_that_lists_the_known_ones(filled):
    ran = filled("show", "--collection", "bnak")
    assert ran.code == 1
    assert "bank" in ran.err


@pytest.mark.parametrize("args", [("nonsense",), ("search",), ("search", "x", "-k", "0")])
def test_wrong_usage_exits_2(tongwen, args):
    assert tongwen(*args).code == 2


def test_a_senseless_setting_is_named(tongwen, monkeypatch):
    monkeypatch.setenv("TONGWEN_PORT", "abc")
    ran = tongwen("collections")
    assert ran.code == 1
    assert "TONGWEN_PORT" in ran.err


def test_an_unexpected_error_exits_3_and_leaves_a_traceback_in_the_log(
    tongwen, home_folder, monkeypatch
):
    tongwen("init")

    def explode(*args: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("store.collections.summaries", explode)
    ran = tongwen("collections")
    assert ran.code == 3
    assert "boom" in ran.err
    assert "Traceback" not in ran.err
    assert "Traceback" in (home_folder / "logs" / "tongwen.log").read_text(encoding="utf-8")


def test_a_busy_port_is_one_clear_line(tongwen):
    import socket

    tongwen("init")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = tongwen("serve", "--port", port)
    assert ran.code == 1
    assert str(port) in ran.err
    assert "--port" in ran.err


def test_commands_about_rows_load_neither_torch_nor_streamlit(home_folder, faq):
    script = """
import sys
from app.cli import main
sys.argv = ["tongwen", *sys.argv[1:]]
try:
    main()
finally:
    heavy = {"torch", "transformers", "streamlit", "pandas", "faiss"} & set(sys.modules)
    assert not heavy, heavy
"""
    for args in (["--help"], ["import", str(faq), "-c", "bank"], ["collections"]):
        ran = subprocess.run(
            [sys.executable, "-c", script, *args],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=os.environ,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr


def test_a_search_says_whether_it_found_an_answer_and_why(filled):
    found = filled("search", "卡不見了？", "--json").json
    assert found["verdict"] == "answer"
    best = found["hits"][0]
    why = best["why"]
    assert why["exact"]
    assert why["matched_question"] == "卡不见了"
    for side in ("asked", "found"):
        assert sum(one["share"] for one in why["shares"][side]) == pytest.approx(
            best["score"], abs=1e-4
        )
    assert why["filters"]["statuses"] == ["active"]
    assert why["text"]["zh"]
    assert why["text"]["en"]
    only = filled("search", "卡不见了", "--threshold", "1", "--json").json["hits"]
    assert [hit["matched_question"] for hit in only] == ["卡不见了"]
    everything = filled("search", "卡不见了", "--threshold", "0", "--json").json["hits"]
    assert len(everything) > 1
    assert "answer" in filled("search", "卡不见了").out


def test_a_question_in_another_language_is_told_to_have_been_compared_by_meaning(filled):
    def reasons(asked: str) -> str:
        hits = filled("search", asked, "--json").json["hits"]
        (why,) = (hit["why"] for hit in hits if hit["matched_question"] == "卡不见了")
        return " ".join(why["text"]["en"] + why["text"]["zh"])

    foreign = reasons("my card is gone")
    assert "another language" in foreign
    assert "不同的语言" in foreign
    assert "another language" not in reasons("卡不见了怎么办")


def test_entries_that_expire_soon_are_listed(tongwen, tmp_path):
    file = tmp_path / "soon.jsonl"
    soon = (dt.date.today() + dt.timedelta(days=10)).isoformat()
    late = (dt.date.today() + dt.timedelta(days=90)).isoformat()
    file.write_text(
        "\n".join(
            json.dumps({"question": f"活动{until}截止吗", "answer": "是", "valid_until": until})
            for until in (soon, late)
        ),
        encoding="utf-8",
    )
    tongwen("import", file, "-c", "promo")
    (only,) = tongwen("expiring", "--days", "30", "--json").json["entries"]
    assert only["question"] == f"活动{soon}截止吗"
    assert len(tongwen("expiring", "--days", "365", "--json").json["entries"]) == 2
    assert "no entry expires" in tongwen("expiring", "--days", "2").out


@pytest.mark.parametrize(
    "said",
    [
        ("duplicates", "--threshold", "0.9", "merges"),
        ("unanswered", "--json", "decided"),
        ("hittest", "--name", "x", "list"),
    ],
)
def test_options_that_a_subcommand_would_not_hear_are_refused(filled, said):
    ran = filled(*said)
    assert (ran.code, f"`{said[-1]}` does not hear" in ran.err) == (1, True)


def test_a_backup_without_builds_says_how_its_index_is_made_again(filled, tmp_path, monkeypatch):
    file = tmp_path / "base.zip"
    assert filled("backup", file, "--no-builds").code == 0
    monkeypatch.setenv("TONGWEN_HOME", str(tmp_path / "other"))
    assert "tongwen doctor --fix" in filled("restore", file).err
    assert filled("doctor", "--fix").code == 0
    assert filled("search", "卡不见了", "--json").json["hits"][0]["external_id"] == "b1"


def test_words_are_searched_where_the_model_is_gone(
    tongwen, faq, tiny_model, tmp_path, monkeypatch
):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    monkeypatch.setenv("TONGWEN_MODEL", str(folder))
    tongwen("import", faq, "-c", "bank")
    assert tongwen("reindex").code == 0
    shutil.rmtree(folder)
    ran = tongwen("search", "卡不见了", "--mode", "lexical", "--json")
    assert "searched by words alone" in ran.err
    hit = ran.json["hits"][0]
    assert (hit["external_id"], hit["score"], hit["why"]["shares"]) == ("b1", None, None)
    assert "–" in tongwen("search", "卡丢了", "--mode", "lexical").out
    ran = tongwen("search", "卡不见了")
    assert (ran.code, ran.out) == (1, "") and f"no model folder at {folder}" in ran.err


def test_a_database_url_that_is_none_is_one_clear_line(tongwen, monkeypatch):
    monkeypatch.setenv("TONGWEN_DATABASE_URL", "/data/tongwen.db")
    ran = tongwen("collections")
    assert (ran.code, ran.out) == (1, "")
    assert "write sqlite:////" in ran.err


def test_a_file_whose_name_is_no_text_is_imported_and_told_in_json(tongwen, tmp_path):
    file = tmp_path / "b\udcd2.csv"
    file.write_text("问题\n甲\n", encoding="utf-8")
    report = tongwen("import", file, "-c", "b", "--json").json
    assert (report["added"], report["files"][0]["name"]) == (1, "b\udcd2.csv")


def test_labelled_pairs_that_cannot_be_read_are_one_clear_line(tongwen, tmp_path):
    pairs = tmp_path / "pairs.tsv"
    pairs.write_bytes("怎么退款\t如何退款\t1\n".encode("gbk"))
    ran = tongwen("model", "evaluate", "--pairs", f"own={pairs}")
    assert ran.code == 1
    assert "save it as UTF-8" in ran.err
    pairs.write_text("怎么退款\t如何退款\t1\n怎么退款\t退钱\t1\n", encoding="utf-8")
    ran = tongwen("model", "evaluate", "--pairs", f"own={pairs}", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert "one label only" in ran.err


def test_vectors_go_into_a_file_that_is_no_folder_and_is_not_read(tongwen, tmp_path):
    lines = tmp_path / "lines.txt"
    lines.write_text("怎么退货\n", encoding="utf-8")
    for out, said in (
        (tmp_path, "is a folder; name a file in it"),
        (lines, "is read as well"),
        (tmp_path / "none" / "v.npy", "no folder"),
    ):
        ran = tongwen("encode", "--input", lines, "--out", out)
        assert (ran.code, said in ran.err) == (1, True)
    assert lines.read_text(encoding="utf-8") == "怎么退货\n"
    assert [path.name for path in tmp_path.parent.glob("*.part")] == []


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "a..b"])
def test_an_address_that_is_not_of_this_machine_is_no_fault_of_the_port(tongwen, host):
    tongwen("init")
    ran = tongwen("serve", "--host", host)
    assert (ran.code, "choose another --host" in ran.err, "--port" in ran.err) == (1, True, False)
    assert "Tongwen is at" not in ran.err


def test_questions_are_counted_alike_whoever_counts(tongwen, tmp_path):
    file = tmp_path / "rows.jsonl"
    row = {"question": "怎么退货", "similar": ["如何退货"], "negative": ["怎么换货", "不退货"]}
    file.write_text(json.dumps(row), encoding="utf-8")
    tongwen("import", file, "-c", "shop")
    assert "4 questions" in tongwen("doctor").out
    assert tongwen("reindex", "--json").json["total"] == 4
    assert tongwen("collections", "--json").json["collections"][0]["questions"] == 4
    assert tongwen("builds", "list", "--json").json["builds"][0]["questions"] == 4
    assert "4 questions, 2 of them negative" in tongwen("doctor").out
    assert "4 questions" in tongwen("builds", "publish", 1).out


def test_files_of_the_wrong_kind_are_one_clear_line(tongwen, tmp_path):
    other, folder, recipe = tmp_path / "list.json", tmp_path / "folder", tmp_path / "recipe.toml"
    other.write_text("[1]", encoding="utf-8")
    folder.mkdir()
    recipe.write_text('name = "x"', encoding="utf-8")
    whole = ROOT / "indexer" / "training" / "recipes" / "tongwen.toml"
    for said, named in (
        (("benchmark", "table", other), "is not a file that a benchmark wrote"),
        (("restore", other), "is damaged or no backup"),
        (("model", "export-onnx", "--model", folder, "--out", tmp_path / "m.onnx"), "config.json"),
        (("model", "distill", "--teacher", folder, "--data", ".", "--out", folder), "no model in"),
        (("model", "train", recipe, "--data", ".", "--out", folder), "[recipe] lacks encoder"),
        (("model", "train", whole, "--data", ".", "--out", other), "choose another --out"),
    ):
        ran = tongwen(*said)
        assert (ran.code, named in ran.err, len(ran.err.splitlines())) == (1, True, 1), ran.err

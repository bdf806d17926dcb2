"""From a question nobody could answer to an entry that does, and what remains of it."""

from __future__ import annotations

import json
import sqlite3

import pytest


@pytest.fixture
def asked_in_vain(filled, home_folder):
    """The base was asked three things in vain, one of them three times over."""
    for query in (
        "如何开通电子发票",
        "如何开通电子发票",
        "如何开通电子发票",
        "海外可以用吗",
        "你是谁",
    ):
        filled("search", query)
    with sqlite3.connect(home_folder / "tongwen.db") as base:
        base.execute("UPDATE query_log SET verdict = 'no_answer'")
    base.close()
    return filled


def _listed(tongwen):
    return tongwen("unanswered", "--json").json["unanswered"]


def test_what_was_asked_in_vain_is_listed_with_the_nearest_entries(asked_in_vain):
    first, *others = _listed(asked_in_vain)
    assert (first["query"], first["asked"], first["trend"]) == ("如何开通电子发票", 3, "new")
    assert len(others) == 2
    nearest = asked_in_vain("search", "如何开通电子发票", "-k", 3, "--json").json["hits"]
    assert [hit["entry_id"] for hit in first["nearest"]] == [hit["entry_id"] for hit in nearest]
    # Looking at it is not asking it.
    assert len(asked_in_vain("queries", "list", "--json").json["queries"]) == 6


def test_a_topic_that_the_guards_object_to_is_no_choice_and_is_listed(tongwen, tmp_path):
    file = tmp_path / "refunds.csv"
    file.write_text("问题,答案\n不能退款怎么办,找客服\n不能退款会怎样,会扣费\n", encoding="utf-8")
    tongwen("import", file, "-c", "shop")
    tongwen("reindex")
    found = tongwen("search", "退款", "--json").json
    assert found["topic"] and found["conflicts"] and found["verdict"] == "did_you_mean"
    assert [one["query"] for one in _listed(tongwen)] == ["退款"]


def test_each_decision_changes_the_base_and_remains_as_a_label(asked_in_vain):
    decide = ("unanswered", "decide")
    entry = asked_in_vain("search", "换手机号", "--json").json["hits"][0]["entry_id"]
    ran = asked_in_vain(*decide, "海外可以用吗", "--similar", entry, "--json")
    assert ran.json["entry_id"] == entry
    hit = asked_in_vain("search", "海外可以用吗", "--json").json["hits"][0]
    assert (hit["entry_id"], hit["score"]) == (entry, pytest.approx(1, abs=1e-5))

    new = asked_in_vain(
        *decide,
        "如何开通电子发票",
        "怎么开电子发票",
        "--new",
        "bank",
        "--answer",
        "在订单里申请",
        "--json",
    ).json["entry_id"]
    hit = asked_in_vain("search", "怎么开电子发票", "--json").json["hits"][0]
    assert (hit["entry_id"], hit["answer"]) == (new, "在订单里申请")

    assert asked_in_vain(*decide, "你是谁", "--not-ours").code == 0
    assert [one["query"] for one in _listed(asked_in_vain)] == []
    decided = asked_in_vain("unanswered", "decided", "--json").json["decided"]
    assert {one["query"]: one["decision"] for one in decided} == {
        "海外可以用吗": "similar",
        "如何开通电子发票": "new",
        "怎么开电子发票": "new",
        "你是谁": "not_ours",
    }
    tested = asked_in_vain("hittest", "--labelled", "--json").json
    assert (tested["queries"], tested["unanswerable"], tested["recall@1"]) == (4, 1, 1.0)
    assert asked_in_vain("unanswered", "reopen", "你是谁").code == 0
    assert len(_listed(asked_in_vain)) == 1
    again = asked_in_vain("unanswered", "reopen", "你是谁")
    assert (again.code, "nothing is decided" in again.err) == (1, True)


def test_a_new_entry_that_is_near_another_is_told(asked_in_vain):
    made = asked_in_vain("unanswered", "decide", "如何开通电子发票", "--new", "bank", "--json").json
    assert made["near"] == []
    ran = asked_in_vain("unanswered", "decide", "如何开通电子发票？", "--new", "bank")
    assert f"entry {made['entry_id']} asks much the same" in ran.err


def _exported(tongwen, tmp_path):
    path = tmp_path / "bank.jsonl"
    tongwen("export", "-c", "bank", "-o", path)
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["question"]: row for row in rows}


def test_a_negative_decision_forbids_an_entry_the_query(asked_in_vain, tmp_path):
    hit = asked_in_vain("search", "海外可以用吗", "--json").json["hits"][0]
    entry, own = hit["entry_id"], hit["question"]
    assert asked_in_vain("unanswered", "decide", "海外可以用吗", "--negative", entry).code == 0
    assert _exported(asked_in_vain, tmp_path)[own]["negative"] == ["海外可以用吗"]
    ran = asked_in_vain("unanswered", "decide", own, "--negative", entry)
    assert ran.code == 1
    assert "is a question of entry" in ran.err
    decided = asked_in_vain("unanswered", "decided", "--json").json["decided"]
    assert [one["query"] for one in decided] == ["海外可以用吗"]


def test_a_draft_and_a_lost_entry_are_told_by_the_hit_test_not_dropped(asked_in_vain):
    ran = asked_in_vain("unanswered", "decide", "你是谁", "--new", "bank")
    assert "asks much the same" not in ran.err
    asked_in_vain("unanswered", "decide", "海外可以用吗", "--not-ours")
    tested = asked_in_vain("hittest", "--labelled", "--json").json
    assert tested["queries"] == 1
    assert "is not active" in tested["unread_rows"][0]["reason"]


def test_a_decision_that_makes_no_sense_is_refused_and_changes_nothing(asked_in_vain):
    decide = ("unanswered", "decide", "你是谁")
    wrong = ((), ("--similar", 1, "--not-ours"), ("--similar", 999), ("--new", " "))
    for said in (*wrong, ("--new", "bnak")):
        assert asked_in_vain(*decide, *said).code == 1
    assert "there are: bank" in asked_in_vain(*decide, "--new", "bnak").err
    assert asked_in_vain("unanswered", "decided", "--json").json["decided"] == []


MASKED = "我的手机[phone]怎么改"


@pytest.mark.parametrize("said", [("--similar", 2), ("--new", "bank", "--answer", "在设置里")])
def test_a_masked_query_becomes_a_question_only_in_other_words(asked_in_vain, tmp_path, said):
    before = _exported(asked_in_vain, tmp_path)
    refused = asked_in_vain("unanswered", "decide", MASKED, *said)
    assert refused.code == 1
    assert "add one in words of your own" in refused.err
    assert _exported(asked_in_vain, tmp_path) == before
    assert asked_in_vain("unanswered", "decided", "--json").json["decided"] == []

    entry = asked_in_vain("unanswered", "decide", MASKED, "我的号码怎么改", *said, "--json").json
    after = _exported(asked_in_vain, tmp_path)
    assert "[phone]" not in str(after)
    hit = asked_in_vain("search", "我的号码怎么改", "--json").json["hits"][0]
    assert hit["entry_id"] == entry["entry_id"]
    decided = asked_in_vain("unanswered", "decided", "--json").json["decided"]
    assert {one["query"] for one in decided} == {MASKED, "我的号码怎么改"}


def test_a_masked_query_beside_a_question_that_is_there_already_is_only_labelled(
    asked_in_vain, tmp_path
):
    before = _exported(asked_in_vain, tmp_path)
    assert asked_in_vain("unanswered", "decide", MASKED, "换手机号", "--similar", 2).code == 0
    assert _exported(asked_in_vain, tmp_path) == before
    decided = asked_in_vain("unanswered", "decided", "--json").json["decided"]
    assert {one["query"]: one["entry_id"] for one in decided} == {MASKED: 2, "换手机号": 2}


def test_a_masked_query_is_said_to_become_no_negative_question(asked_in_vain, tmp_path):
    before = _exported(asked_in_vain, tmp_path)
    decide = ("unanswered", "decide", MASKED, "海外可以用吗", "--negative", 2)
    assert asked_in_vain(*decide, "--json").json["only_labelled"] == [MASKED]
    said = asked_in_vain(*decide).err
    assert f"'{MASKED}' was masked" in said
    assert "海外" not in said
    after = _exported(asked_in_vain, tmp_path)
    assert [row["negative"] for row in after.values() if row not in before.values()] == [
        ["海外可以用吗"]
    ]

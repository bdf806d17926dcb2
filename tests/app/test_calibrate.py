"""`tongwen calibrate`: fitted thresholds are kept and every later search goes by them."""

from __future__ import annotations

import json

import pytest

from app.home import open_home
from app.settings import read_settings
from store.labels import put_labels
from store.models import Decision

ASKED = [
    "银行卡丢了怎么办",
    "卡不见了",
    "我的银行卡丢了",
    "银行卡不见了怎么办",
    "怎么修改手机号",
    "手机号怎么修改",
    "换手机号怎么改",
    "转账多久到账",
    "转账要多久才到账",
    "转账几天到账",
]


@pytest.fixture
def queries(filled, tmp_path):
    """Ten queries that the base answers, by whatever it finds first, and four that it can't."""
    rows = []
    for text in ASKED:
        best = filled("search", text, "--json").json["hits"][0]
        rows.append({"query": text, "expected": best["external_id"]})
    rows += [
        {"query": text, "expected": None}
        for text in (
            "红烧肉怎么做",
            "明天北京下雨吗",
            "how tall is mount everest",
            "猫为什么打呼噜",
        )
    ]
    path = tmp_path / "queries.jsonl"
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    return path


def test_fitted_thresholds_are_those_of_the_next_search(filled, queries):
    before = filled("search", ASKED[0], "--json").json["thresholds"]
    tried = filled("calibrate", "--queries", queries, "--dry-run", "--json").json
    assert filled("search", ASKED[0], "--json").json["thresholds"] == before
    done = filled("calibrate", "--queries", queries, "--json").json
    assert done["thresholds"] == tried["thresholds"]
    assert (tried["saved"], done["saved"]) == (False, True)
    found = filled("search", ASKED[0], "--json").json
    assert found["thresholds"] == done["thresholds"]
    assert done["accuracy"] > 0.9
    assert (done["queries"], done["unanswerable"]) == (14, 4)
    low, high = done["interval"]["suggest"]
    assert low <= done["thresholds"]["suggest"] <= high
    assert {"threshold", "accuracy", "answered", "right"} == set(done["curve"][0])
    assert filled("search", "红烧肉怎么做", "--json").json["verdict"] == "no_answer"


def test_defaults_are_written_for_the_model(filled, queries, tmp_path):
    target = tmp_path / "thresholds.toml"
    done = filled("calibrate", "--queries", queries, "--write-defaults", target, "--json").json
    assert done["saved"] is False
    text = target.read_text(encoding="utf-8")
    assert done["fingerprint"] in text
    assert f"suggest = {round(done['thresholds']['suggest'], 4)}" in text


def test_what_is_kept_is_listed_and_can_be_dropped(filled, queries):
    shipped = filled("search", ASKED[0], "--json").json["thresholds"]
    done = filled("calibrate", "--queries", queries, "--json").json
    (kept,) = filled("calibrate", "--show", "--json").json["kept"]
    assert kept["answer"] == pytest.approx(done["thresholds"]["answer"], abs=1e-4)
    assert (kept["collection"], kept["in_force"]) == (None, True)
    assert filled("calibrate", "--show", "--forget").code == 1
    assert filled("calibrate", "--forget", "--json").json["forgotten"] == 1
    assert filled("calibrate", "--show", "--json").json["kept"] == []
    assert filled("search", ASKED[0], "--json").json["thresholds"] == shipped


def test_it_says_what_it_needs(filled, tmp_path):
    assert "give --queries FILE" in filled("calibrate").err
    few = tmp_path / "few.csv"
    # With queries that nothing answers, too, which every calibration needs.
    for more in ("", "今天天气,\n"):
        few.write_text(f"query,expected\n卡丢了,1\n{more}", encoding="utf-8")
        ran = filled("calibrate", "--queries", few)
        assert ran.code == 1
        assert "the base has none of the expected ids (1)" in ran.err


def test_what_was_decided_about_unanswered_queries_can_be_calibrated_with(filled):
    with open_home(read_settings()) as home, home.database.writing() as session:
        put_labels(session, [f"卡不见了{n}" for n in range(10)], Decision.SIMILAR, 1)
        put_labels(session, ["红烧肉怎么做", "你是谁"], Decision.NOT_OURS)
    done = filled("calibrate", "--labelled", "--json").json
    assert (done["queries"], done["unanswerable"]) == (12, 2)


def test_what_is_kept_for_a_collection_is_listed_and_dropped_alone(filled, queries):
    filled("calibrate", "--queries", queries)
    assert filled("calibrate", "--show", "-c", "bank", "--json").json["kept"] == []
    filled("calibrate", "--queries", queries, "-c", "bank")
    (kept,) = filled("calibrate", "--show", "-c", "bank", "--json").json["kept"]
    assert kept["collection"] == "bank"
    assert len(filled("calibrate", "--show", "--json").json["kept"]) == 2
    dropped = filled("calibrate", "--forget", "-c", "bank").out
    assert "thresholds dropped: 1" in dropped
    assert "those that ship" not in dropped
    for said in ("--show", "--forget"):
        ran = filled("calibrate", said, "-c", "bnak")
        assert (ran.code, "there are: bank" in ran.err) == (1, True)


def test_defaults_are_not_written_over_something_else(filled, queries, tmp_path):
    other = tmp_path / "pyproject.toml"
    other.write_text("[project]\n", encoding="utf-8")
    for target in (other, tmp_path, tmp_path / "none" / "t.toml"):
        ran = filled("calibrate", "--queries", queries, "--write-defaults", target)
        assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert other.read_text(encoding="utf-8") == "[project]\n"

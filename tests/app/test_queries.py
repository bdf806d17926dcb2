from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing

from openpyxl import load_workbook
from sqlalchemy import update

from store.database import Database
from store.models import QueryLog


def _log(tongwen, *more):
    return tongwen("queries", "list", "--json", *more).json["queries"]


def test_a_search_is_logged_with_what_it_met(filled):
    found = filled("search", "卡不见了", "-c", "bank", "--json").json
    (logged,) = _log(filled)
    assert logged["query"] == "卡不见了"
    assert logged["entry_id"] == found["hits"][0]["entry_id"]
    assert logged["score"] == found["hits"][0]["score"]
    assert (logged["source"], logged["collection"]) == ("command", "bank")
    assert logged["build_id"] == found["build"]
    assert logged["took_ms"] > 0


def test_personal_numbers_never_reach_the_base(filled, home_folder):
    filled("search", "我的手机１３８-1234-5678和卡6222 0212 3456 7890 123")
    assert _log(filled)[0]["query"] == "我的手机[phone]和卡[bank-card]"
    for file in home_folder.rglob("*"):
        if file.is_file():
            assert b"5678" not in file.read_bytes(), file


def test_the_log_can_be_switched_off(filled, monkeypatch):
    monkeypatch.setenv("TONGWEN_QUERY_LOG", "false")
    assert filled("search", "卡不见了").code == 0
    assert _log(filled) == []


def test_a_query_older_than_the_setting_allows_is_not_shown_and_then_gone(
    filled, monkeypatch, home_folder
):
    filled("search", "卡不见了")
    with sqlite3.connect(home_folder / "tongwen.db") as base:
        base.execute("UPDATE query_log SET asked_at = datetime('now', '-8 days')")
    base.close()
    assert len(_log(filled)) == 1
    monkeypatch.setenv("TONGWEN_QUERY_LOG_DAYS", "7")
    assert _log(filled) == []
    filled("search", "换手机号")
    monkeypatch.delenv("TONGWEN_QUERY_LOG_DAYS")
    assert [one["query"] for one in _log(filled)] == ["换手机号"]


def test_a_search_answers_while_another_process_holds_the_base(filled, home_folder):
    with sqlite3.connect(home_folder / "tongwen.db") as holder:
        holder.execute("BEGIN IMMEDIATE")
        ran = filled("search", "卡不见了", "--json")
        holder.rollback()
    holder.close()
    assert ran.code == 0
    assert ran.json["hits"]
    assert ran.err.count("not logged") == 1
    assert "locked" in ran.err
    assert _log(filled) == []


def test_the_log_is_exported_without_formulas(filled, tmp_path):
    filled("search", "=1+1")
    for name in ("log.csv", "log.xlsx", "log.jsonl"):
        ran = filled("queries", "export", "--out", tmp_path / name, "--json")
        assert ran.json["queries"] == 1
    assert ",'=1+1," in (tmp_path / "log.csv").read_text(encoding="utf-8-sig")
    row = json.loads((tmp_path / "log.jsonl").read_text(encoding="utf-8"))
    assert row["query"] == "=1+1"
    book = load_workbook(tmp_path / "log.xlsx")
    cells = {head.value: cell for head, cell in zip(*book.active.iter_rows(), strict=True)}
    assert (cells["query"].value, cells["query"].data_type) == ("=1+1", "s")
    assert cells["score"].data_type == "n"


def test_feedback_is_given_listed_and_cleared_away(filled):
    filled("search", "卡不见了")
    filled("search", "换手机号")
    newest = _log(filled)[0]["id"]
    assert filled("queries", "feedback", newest, "--unhelpful").code == 0
    assert [one["query"] for one in _log(filled, "--unhelpful")] == ["换手机号"]
    assert _log(filled, "--helpful") == []
    assert filled("queries", "feedback", 99, "--helpful").code == 1
    assert filled("queries", "clear").code == 1
    assert filled("queries", "clear", "--older-than", 1, "--json").json["removed"] == 0
    assert filled("queries", "clear", "--all", "--json").json["removed"] == 2


def test_insights_tell_what_was_asked_and_what_was_of_use(filled):
    filled("search", "卡不见了")
    filled("queries", "feedback", 1, "--helpful")
    found = filled("insights", "--json").json
    assert (found["total"]["asked"], found["total"]["answered_share"]) == (1, 1.0)
    assert found["total"]["helpful_share"] == 1.0
    assert [day["asked"] for day in found["queries_a_day"]] == [1]
    assert found["top_questions"][0]["query"] == "卡不见了"
    assert (found["never_hit"]["count"], len(found["never_hit"]["entries"])) == (3, 3)
    assert [one["asked"] for one in found["collections"]] == [1]
    shown = filled("insights").out
    assert "卡不见了" in shown and "never hit" in shown and "bank" in shown


def test_what_is_no_longer_kept_is_counted_by_nobody(filled, home_folder, monkeypatch):
    filled("search", "完全无关的话")
    with (
        closing(Database.at(home_folder / "tongwen.db")) as database,
        database.writing() as session,
    ):
        old = dt.datetime.now(dt.UTC) - dt.timedelta(days=100)
        session.execute(update(QueryLog).values(asked_at=old))
    assert filled("insights", "--days", 365, "--json").json["total"]["asked"] == 1
    monkeypatch.setenv("TONGWEN_QUERY_LOG_DAYS", "30")
    assert filled("insights", "--days", 365, "--json").json["total"]["asked"] == 0
    assert filled("unanswered", "--days", 365, "--json").json["unanswered"] == []

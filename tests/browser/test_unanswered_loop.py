"""The loop that a base learns by: asked in vain, decided about, asked again and answered."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import time

import pytest

from app.words import phrase

playwright = pytest.importorskip("playwright.sync_api")

UNKNOWN = "海外消费要收手续费吗"


def _verdict(query):
    command = [sys.executable, "-c", "from app.cli import main; main()", "search", query, "--json"]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found["verdict"], found["hits"][0]["question"]


def _wait_for_log(home_folder, rows):
    """A query is logged after it is answered; leaving sooner would not be asking."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.closing(sqlite3.connect(home_folder / "tongwen.db")) as base:
            if base.execute("SELECT count(*) FROM query_log").fetchone() == (rows,):
                return
        time.sleep(0.05)
    raise AssertionError(f"{rows} queries were not logged")


def test_a_question_asked_in_vain_is_answered_after_one_click(page, address, home_folder):
    expect = playwright.expect
    for asked in range(1, 4):
        page.goto(f"{address}/?q={UNKNOWN}")
        expect(page.locator(".st-key-hit_1, .st-key-hit_2").first).to_be_visible()
        _wait_for_log(home_folder, asked)

    page.get_by_role("link", name="未答问题").click()
    card = page.locator("[class*=st-key-unanswered_]").filter(has_text=UNKNOWN).first
    expect(card).to_contain_text("3 人次访问，共问 3 次")
    card.get_by_role("combobox").click()
    page.get_by_role("option").filter(has_text="银行卡丢了怎么办").click()
    card.get_by_role("button", name="设为它的相似问").click()
    expect(page.get_by_text("已设为相似问，现在就能答上。")).to_be_visible()
    expect(page.get_by_text("这段时间里没有等待处理的提问。")).to_be_visible()

    page.goto(f"{address}/?q={UNKNOWN}")
    expect(page.locator(".st-key-hit_1")).to_contain_text("银行卡丢了怎么办")
    expect(page.locator(".st-key-hit_1")).to_contain_text("请拨打客服电话挂失")
    expect(page.get_by_text(phrase("zh", "ask_answer"), exact=True)).to_be_visible()
    assert _verdict(UNKNOWN) == ("answer", "银行卡丢了怎么办")

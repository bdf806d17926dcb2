"""A real chromium on a real server: ask, edit and find the edit, import a file."""

from __future__ import annotations

import re

import pytest

playwright = pytest.importorskip("playwright.sync_api")


def test_a_visitor_asks_edits_and_imports(page, address, tmp_path):
    expect = playwright.expect
    foreign: list[str] = []
    page.on(
        "request",
        lambda r: (
            None if r.url.startswith((address, "data:", "blob:", "ws")) else foreign.append(r.url)
        ),
    )

    page.goto(address)
    box = page.get_by_role("textbox", name="想问什么？")
    box.fill("卡不见了")
    box.press("Enter")
    best = page.locator(".st-key-hit_1")
    expect(best).to_contain_text("银行卡丢了怎么办")
    expect(best).to_contain_text("1.000")
    expect(page).to_have_url(re.compile("q="))

    best.get_by_role("link", name="编辑").click()
    question = page.get_by_role("textbox", name="标准问")
    expect(question).to_have_value("银行卡丢了怎么办")
    page.go_back()
    expect(box).to_have_value("卡不见了")
    expect(best).to_contain_text("银行卡丢了怎么办")
    edit = best.get_by_role("link", name="编辑")
    page.locator(".tw-copy").focus()
    page.keyboard.press("Tab")
    expect(edit).to_have_css("outline-style", "solid")
    page.keyboard.press("Enter")
    expect(question).to_have_value("银行卡丢了怎么办")
    question.fill("信用卡遗失后如何冻结")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存，现在就能搜到。")).to_be_visible()

    page.goto(f"{address}/?q=信用卡遗失后如何冻结&lang=en")
    expect(page.locator(".st-key-hit_1")).to_contain_text("信用卡遗失后如何冻结")
    expect(page.locator(".st-key-hit_1")).to_contain_text("1.000")
    expect(page.get_by_role("button", name="Search")).to_be_visible()

    file = tmp_path / "shop.csv"
    file.write_bytes("问题,答案\n怎么退货,七天内可退\n,没有问题\n".encode("gb18030"))
    page.get_by_role("link", name="Import").click()
    page.locator("input[type=file]").set_input_files(str(file))
    expect(page.get_by_text("gb18030", exact=False)).to_be_visible()
    into = page.get_by_role("combobox", name="Into collection")
    into.fill("shop")
    expect(page.get_by_role("option").first).to_be_visible()
    into.press("Enter")
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("Dry run (nothing was changed)")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    page.get_by_role("button", name="Update the index").click()
    expect(page.get_by_text("The index is up to date: 5 questions.")).to_be_visible()
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_text("5 questions, 1 embedded, 4 reused")).to_be_visible()
    page.screenshot(path=tmp_path / "jobs.png")

    page.goto(f"{address}/?q=怎么退货")
    expect(page.locator(".st-key-hit_1")).to_contain_text("七天内可退")
    assert foreign == []

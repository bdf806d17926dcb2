"""A real chromium on a real server: ask, edit and find the edit, import a file."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from app.home import load_encoder, open_home
from app.settings import read_settings
from indexer.builds import reindex
from store.importing import ImportOptions, import_files

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = next(
    (p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium; install it with `make browser` or your package manager"
)

FAQ = "编号,问题,相似问,答案,分类\nb1,银行卡丢了怎么办,卡不见了,请拨打客服电话挂失。,账户\n"
FAQ += "b2,如何修改手机号,换手机号,打开设置修改。,账户\n"


@pytest.fixture
def address(home_folder: Path, tmp_path: Path):
    faq = tmp_path / "bank.csv"
    faq.write_text(FAQ, encoding="utf-8")
    with open_home(read_settings(), create=True) as home:
        import_files(home.database, [faq], ImportOptions("bank"))
        reindex(home.database, home.folder, load_encoder(home.model))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from app.cli import main; main()"]
    log = (tmp_path / "serve.log").open("wb")
    with subprocess.Popen(
        [*command, "serve", "--port", str(port)],
        stdout=log,
        stderr=log,
        env=os.environ | {"TONGWEN_FOLD_SHARE": "1000"},  # only what is asked for is indexed
    ) as server:
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{url}/_stcore/health", server)
            yield url
        finally:
            server.terminate()
            log.close()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}")


@pytest.fixture
def page():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = browser.new_page(viewport={"width": 1100, "height": 900})
        opened.set_default_timeout(60_000)
        yield opened
        browser.close()


def test_a_visitor_asks_edits_and_imports(address, page, tmp_path):
    expect = playwright.expect
    # The first search loads the model, and so does the worker, on whatever machine this is.
    expect.set_options(timeout=240_000)
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

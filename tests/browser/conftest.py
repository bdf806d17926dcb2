"""A real chromium, and a real server over a small base."""

from __future__ import annotations

import os
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
    if CHROMIUM is None:
        pytest.skip("no chromium; install it with `make browser` or your package manager")
    playwright = pytest.importorskip("playwright.sync_api")
    # The first search loads the model, and so does the worker, on whatever machine this is.
    playwright.expect.set_options(timeout=240_000)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = browser.new_page(viewport={"width": 1100, "height": 900})
        opened.set_default_timeout(60_000)
        yield opened
        browser.close()

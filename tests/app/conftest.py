"""A command line to call, and a small base to call it on."""

from __future__ import annotations

import contextlib
import csv
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from store.errors import StoreError

ROWS = [
    ("b1", "银行卡丢了怎么办", "卡不见了|卡被偷了", "请拨打客服电话挂失。", "账户", "挂失,卡片"),
    ("b2", "如何修改手机号", "换手机号", "打开设置修改。", "账户", "手机"),
    ("b3", "转账多久到账", "", "<b>x</b> **y** $z$ :smile: [a](http://b)\n第二行", "转账", ""),
    ("b4", "<b>x</b> **y** $z$ :smile: [a](http://b)", "", "原样显示", "其他", ""),
]


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


Command = Callable[..., Ran]


@pytest.fixture
def tongwen(
    home_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Call `tongwen` in this process with a home of its own."""

    def run(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["tongwen", *map(str, args)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main()
        out, err = capfd.readouterr()
        code = exit_.value.code
        return Ran(code if isinstance(code, int) else 0, out, err)

    return run


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    """A CSV file with the four entries of ROWS."""
    path = tmp_path / "问答.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["编号", "问题", "相似问", "答案", "分类", "标签"])
        writer.writerows(ROWS)
    return path


@pytest.fixture
def filled(tongwen: Command, faq: Path) -> Command:
    """The command over a base with the collection `bank`, indexed."""
    assert tongwen("import", faq, "--collection", "bank").code == 0
    assert tongwen("reindex").code == 0
    return tongwen


@pytest.fixture
def nothing_stays_open(home_folder: Path) -> Iterator[None]:
    """Close the base of the pages, which they keep open for as long as their server lives."""
    import streamlit as st

    from app.ui import resources

    yield
    with contextlib.suppress(StoreError):
        resources.home().database.close()
    st.cache_resource.clear()

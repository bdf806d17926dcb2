from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.benchmarking_duplicates import as_markdown


def _questions(folder: Path) -> Path:
    file = folder / "texts.txt"
    lines = [f"第{n}种情况应该怎么办理{tail}\n" for n in range(60) for tail in ("", "呢")]
    file.write_text("".join(lines), encoding="utf-8")
    return file


@pytest.mark.usefixtures("home_folder")
def test_the_benchmark_finds_what_looking_at_every_pair_finds(tongwen, tmp_path, tiny_model):
    out = tmp_path / "out.json"
    asked = ("--questions", _questions(tmp_path), "--sizes", "120", "--sample", "100")
    ran = tongwen("benchmark", "duplicates", "--out", out, *asked, "--work", tmp_path, "--json")
    assert ran.code == 0
    (size,) = json.loads(out.read_text(encoding="utf-8"))["sizes"]
    assert size["exact_pairs_of_sample"] > 0
    assert size["tongwen"]["recall_of_exact"] == 1.0
    assert size["tongwen"]["pairs"] >= size["exact_pairs_of_sample"]
    assert size["whole_command"]["clusters"] > 0
    assert "| 120 | tongwen |" in as_markdown(ran.json)

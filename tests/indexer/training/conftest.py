"""A training corpus and a recipe so small that the whole road takes seconds."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

RECIPE = """
name = "miniature"
encoder = "{encoder}"
seed = 3
positions = 64

[sources]
parallel = ["parallel.tsv"]
lines = ["lines.txt"]
intents = ["intents.tsv"]
ways = "ways"
questions = ["questions.jsonl"]

[tokenizer]
size = 420
english_texts = 100

[dev]
toy = "pairs.tsv"

[[pairs]]
name = "toy"
file = "pairs.tsv"
positive_from = 1
per_step = 24

[[stages]]
name = "teacher"
kind = "transplant"
[stages.schedule]
sizes = { translations = 8 }
steps = 40
learning_rate = 0.003
piece_learning_rate = 0.01
average = 0.5
evaluate_every = 10

[[stages]]
name = "student"
kind = "distil"
source = "teacher"
layers = 1
inner = 16
[stages.schedule]
sizes = { translations = 8, lines = 8, intents = 4, views = 8 }
teacher_share = 0.5
all_negatives = true
steps = 12
learning_rate = 0.001
piece_learning_rate = 0.001
average = 0.5
evaluate_every = 4

[[stages]]
name = "refined"
kind = "refine"
source = "student"
layers = 1
inner = 12
lexical_share = 0.5
spelling = 0.3
kept = 0.25
[stages.schedule]
steps = 8
learning_rate = 0.001
piece_learning_rate = 0.001
average = 0.5
evaluate_every = 4
[stages.schedule.sizes]
pairs = 0.5
translations = 4
neighbours = 8
questions = 4
together = 4
spoken = 0.5
ways = 4
in_a_row = 2
"""

_THINGS = {
    "银行卡": "card", "密码": "password", "账单": "bill", "流量": "data plan",
    "发票": "invoice", "快递": "parcel", "积分": "points", "会员": "membership",
}  # fmt: skip
_ASKS = {"怎么办理": "how to get", "在哪里查": "where to check", "丢了怎么办": "lost, what now"}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with parallel sentences, labelled pairs and plain lines."""
    folder = tmp_path_factory.mktemp("corpus")
    rows = [(t + a, f"{ea} {et}") for t, et in _THINGS.items() for a, ea in _ASKS.items()]
    texts = [zh for zh, _ in rows]
    chance = random.Random(1)
    pairs = [(zh, zh.replace("怎么", "如何") + "？", 1) for zh in texts]
    pairs += [(*chance.sample(texts, 2), 0) for _ in range(60)]
    (folder / "parallel.tsv").write_text("".join(f"{zh}\t{en}\n" for zh, en in rows * 30))
    (folder / "pairs.tsv").write_text("".join(f"{a}\t{b}\t{n}\n" for a, b, n in pairs))
    asked = [(thing + ask, ask) for thing in _THINGS for ask in _ASKS]
    (folder / "intents.tsv").write_text("".join(f"{text}\t{name}\n" for text, name in asked))
    faq = [{"question": f"{en}?"} for _, en in rows]
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in faq))
    (folder / "lines.txt").write_text("".join(f"请问{zh}\n" for zh in texts * 20))
    return folder


@pytest.fixture(scope="session")
def recipe_file(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """The recipe, with the tiny model as the English encoder."""
    path = tmp_path_factory.mktemp("recipe") / "miniature.toml"
    path.write_text(RECIPE.replace("{encoder}", str(tiny_model)), encoding="utf-8")
    lines = [f"{t}丢了怎么办 | 补办{t}\t{t}在哪里查\tlost {e}\n" for t, e in _THINGS.items()]
    (path.parent / "ways").mkdir()
    (path.parent / "ways" / "lost.tsv").write_text("".join(lines), encoding="utf-8")
    return path

"""The second reading is trained from end to end, on so few pairs that it takes seconds."""

from __future__ import annotations

import gzip
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from indexer.errors import TrainingError
from indexer.guarding.reader import LAYERS, Reader
from indexer.guarding.second_reading import Network, SecondReading, features
from indexer.models import DEFAULT_MODEL, EMBEDDED_MODELS
from indexer.training.folder import load_network
from indexer.training.judged import key_of
from indexer.training.reader import (
    Layers,
    Pairs,
    Weighing,
    export_layers,
    untrained,
    weights_of,
)
from indexer.training.reading_pairs import read_contrasts
from indexer.training.second_reading import RECIPE, train

RECIPE_HERE = """
seed = 1
epochs = 12
batch = 32
rate = 3e-3
units = [32, 16]
contrasts = "../contrasts"
contrasts_weight = 2.0
ways = "../ways"
misses_each = 1
ways_share = 1.0
lines = "lines.txt"
slips = 20
judged = "../judged.tsv.gz"
different = { most = 5, same = 0.0 }
near = { most = 5, same = 0.25 }
same = { most = 5, same = 1.0 }
pairs = ["pairs.tsv"]
pairs_each = 20
dev = "pairs.tsv"
[tuning]
epochs = 3
others = 30
batch = 16
rate = 1e-3
network_rate = 1e-3
dropout = 0.0
"""
THINGS = (
    *("银行卡", "信用卡", "会员", "流量", "宽带", "订单", "发票", "密码", "短信", "套餐"),
    *("余额", "积分", "红包", "头像", "地址", "快递"),
)


def write(folder: Path, *names: str, lines: list[str]) -> None:
    path = folder.joinpath(*names)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, tiny_model: Path) -> Path:
    """Recipe, data and a model with a twin: a pair is opposite where one says 不."""
    dice = random.Random(1)
    pairs = []
    for thing in THINGS:
        for verb in ("改", "查", "办", "退", "买"):
            pairs.append(("opposite", f"{thing}能{verb}吗", f"{thing}不能{verb}吗"))
            pairs.append(("same", f"{thing}能{verb}吗", f"请问{thing}能{verb}吗"))
    dice.shuffle(pairs)
    write(tmp_path, "contrasts", "a.tsv", lines=["\t".join(pair) for pair in pairs])
    asked = [f"{thing}怎么办 | 如何办{thing}\t{thing}不办\thow" for thing in THINGS]
    write(tmp_path, "ways", "a.tsv", lines=asked)
    texts = [f"{thing}在哪里看看" for thing in THINGS]
    write(tmp_path, "data", "lines.txt", lines=texts)
    keys = [key_of(text) for text in texts]
    judged = "".join(f"{keys[i]}\t{keys[i + 1]}:{i % 3}\n" for i in range(len(keys) - 1))
    (tmp_path / "judged.tsv.gz").write_bytes(gzip.compress(judged.encode()))
    labelled = [f"{b}\t{c}\t{int(a == 'same')}" for a, b, c in pairs[:60]]
    write(tmp_path, "data", "pairs.tsv", lines=labelled)
    write(tmp_path, "recipes", "here.toml", lines=RECIPE_HERE.splitlines())
    shutil.copytree(tiny_model, tmp_path / "model")
    return tmp_path


def test_it_learns_and_writes_what_can_be_loaded(folder: Path) -> None:
    model, told = folder / "model", list[tuple[int, int]]()
    found = train(
        model,
        folder / "data",
        folder / "out",
        recipe=folder / "recipes" / "here.toml",
        progress=lambda done, of: told.append((done, of)),
    )
    assert found.opposites_doubted > 0.5 > found.same_doubted
    assert told == sorted(told) and 0.9 < told[-1][0] / told[-1][1] <= 1
    reading = SecondReading.load(found.folder, model)
    assert reading.network.doubt == pytest.approx(found.doubt, abs=0.01)
    assert reading.network.sure == pytest.approx(found.sure, abs=0.01)
    texts = [("快递能查吗", f"{word}能查吗") for word in ("快递不", "请问快递")]
    opposite, same = reading.odds(texts)
    assert opposite is not None and same is not None and opposite < same


def test_what_is_exported_reads_as_what_was_trained_does(tmp_path: Path) -> None:
    folder = EMBEDDED_MODELS / DEFAULT_MODEL
    layers = Layers(load_network(folder)).eval()
    layers.sides.weight.data *= 20
    export_layers(layers, tmp_path / LAYERS)
    reader = Reader.load(folder, tmp_path / LAYERS)
    pairs = [("余额", "怎么修改收货地址"), ("My parcel hasn't arrived, what now?", "包裹没到")]
    for both in reader.read(pairs):
        assert both is not None
        tokens = [torch.tensor([one.tokens]) for one in both]
        lengths = [one.shape[1] for one in tokens]
        with torch.no_grad():
            states = layers(
                layers.model.embeddings.word_embeddings(torch.cat(tokens, 1)),
                torch.cat([torch.arange(length) for length in lengths])[None],
                torch.cat([torch.full((length,), n) for n, length in enumerate(lengths)])[None],
            )[0].numpy()
        found = np.concatenate([one.states for one in both])
        # In int8, so not to the bit.
        dots = np.einsum("ij,ij->i", states, found)
        assert (dots / np.linalg.norm(states, axis=1) / np.linalg.norm(found, axis=1)).min() > 0.97


def test_a_padded_batch_is_weighed_as_each_pair_is_when_read(folder: Path) -> None:
    layers = Layers(load_network(folder / "model"))
    layers.sides.weight.data *= 20
    tokenizer = Tokenizer.from_file(str(folder / "model" / "tokenizer.json"))
    texts = [
        ("余额怎么查查", "怎么查余额呢呢"),
        ("怎么退", "怎么退退货"),
        ("密码", "密码密码怎么改"),
        ("怎么退", "怎么退"),
    ]
    width = 6 * 32 + 6
    dice = np.random.default_rng(1)
    mean, scale = (dice.normal(size=width).astype(np.float32) for _ in range(2))
    network = Network(
        mean,
        scale,
        layers=weights_of(untrained(width, 8, 4)),
        doubt=0,
        brief=0,
        sure=0,
    )
    weighing = Weighing(layers, network).eval()
    batch = Pairs.of(tokenizer, [(one, other, 0.0) for one, other in texts])
    a, b = (torch.from_numpy(one.padded(0)) for one in (batch.first, batch.second))
    with torch.no_grad():
        together = weighing(a, b).numpy()
    export_layers(layers, folder / "layers" / LAYERS)
    reader = Reader.load(folder / "model", folder / "layers" / LAYERS)
    rows = [features(*both) for both in reader.read(texts) if both is not None]
    # In bfloat16 and in int8, so not to the bit.
    assert network.odds(np.stack(rows)) == pytest.approx(together, rel=0.1, abs=0.1)


def test_a_recipe_with_a_slip_is_refused(folder: Path) -> None:
    recipe = folder / "recipes" / "here.toml"
    recipe.write_text(RECIPE_HERE.replace("epochs", "epoch"), encoding="utf-8")
    with pytest.raises(TrainingError, match="knows no epoch"):
        train(folder / "model", folder / "data", folder / "out", recipe=recipe)
    recipe.write_text(RECIPE_HERE.replace("most = 5, ", "", 1), encoding="utf-8")
    with pytest.raises(TrainingError, match=r"\[different\] lacks most"):
        train(folder / "model", folder / "data", folder / "out", recipe=recipe)
    with pytest.raises(TrainingError, match="no recipe"):
        train(folder / "model", folder / "data", folder / "out", recipe=folder / "none.toml")


def test_a_line_of_another_form_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a.tsv", lines=["same\t怎么退\t如何退", "like\t怎么退\t如何退"])
    with pytest.raises(TrainingError, match="line 2: expected opposite or same"):
        read_contrasts(tmp_path)
    with pytest.raises(TrainingError, match=r"no \.tsv files"):
        read_contrasts(tmp_path / "none")


def test_the_contrasts_that_ship_are_of_both_kinds_and_none_is_in_both_parts() -> None:
    taught, held_out = read_contrasts(RECIPE.parents[3] / "data" / "contrasts")
    assert len(taught) > 20_000 and len(held_out) > 2_000
    assert {one.same for one in taught} == {one.same for one in held_out} == {0.0, 1.0}
    pairs = [{frozenset((s.first, s.second)) for s in part} for part in (taught, held_out)]
    assert not pairs[0] & pairs[1]

"""The second reading of the guards, with the model and the network that ship."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from indexer import guards, models
from indexer.doctor import examine
from indexer.duplicates.edges import objections
from indexer.errors import ModelError
from indexer.guarding import second_reading as module
from indexer.guarding.reader import LAYERS, MOST_TOKENS, Reader
from indexer.guarding.second_reading import (
    FOLDER,
    NETWORK,
    Network,
    SecondReading,
    second_reading,
)
from indexer.guards import Conflict, ConflictKind, conflicts, conflicts_of, rule_conflicts
from indexer.model_files import read_model_files
from indexer.models import DEFAULT_MODEL, EMBEDDED_MODELS

MODEL, SHIPPED = EMBEDDED_MODELS / DEFAULT_MODEL, EMBEDDED_MODELS / FOLDER
UNSEEN = Path(__file__).with_name("unseen_pairs.tsv")


def _reader() -> Reader:
    return Reader.load(MODEL, SHIPPED / LAYERS)


def _odds(reading: SecondReading, one: str, other: str) -> float | None:
    (odds,) = reading.odds([(one, other)])
    return odds


@pytest.fixture(scope="module")
def reading() -> SecondReading:
    return SecondReading.load(SHIPPED, MODEL)


def test_of_pairs_that_nothing_was_tuned_on_more_is_seen_and_no_less_is_right():
    lines = [line.split("\t") for line in UNSEEN.read_text(encoding="utf-8").splitlines()]
    pairs = [(one, other) for _, one, other in lines]
    seen, right = {}, {}
    for way, told in (
        ("rules", [rule_conflicts(*pair) for pair in pairs]),
        ("both", conflicts_of(pairs)),
    ):
        flagged = [kind for (kind, *_), found in zip(lines, told, strict=True) if found]
        seen[way] = flagged.count("opposite") / sum(kind == "opposite" for kind, *_ in lines)
        right[way] = flagged.count("opposite") / len(flagged)
    assert seen["both"] > seen["rules"] + 0.03
    assert right["both"] > right["rules"] - 0.01


@pytest.mark.parametrize("strict", [False, True])
def test_of_many_pairs_the_same_is_told_as_of_each_alone(strict):
    lines = [line.split("\t") for line in UNSEEN.read_text(encoding="utf-8").splitlines()[::40]]
    pairs = [(one, other) for _, one, other in lines]
    alone = [conflicts(*pair, strict=strict) for pair in pairs]
    assert conflicts_of(pairs, strict=strict) == alone
    assert {one.kind for found in alone for one in found} >= {"meaning", "negation", "antonym"}
    assert conflicts_of([]) == []


def test_it_makes_no_difference_which_text_comes_first(reading):
    for one, other in (("怎么修改昵称", "怎么修改头像"), ("猫粮怎么买", "狗粮在哪买")):
        assert _odds(reading, one, other) == pytest.approx(_odds(reading, other, one), abs=1e-4)


def test_texts_that_are_little_alike_or_long_or_of_the_same_words_are_not_judged(reading):
    assert _odds(reading, "怎么退款", "附近有停车场吗") is None
    assert _odds(reading, "怎么退款" * 40, "怎么退货" * 40) is None
    assert _odds(reading, "怎么退款 怎么退款", "怎么退款") is None


def test_of_a_text_that_is_too_long_nothing_is_told(reading):
    long = "怎么退款" * 80, "a b c d " * 32
    assert reading.told([(long[0], "怎么退款"), ("怎么退款", long[1])]) == [None, None]
    assert reading.told([]) == []
    ((one, other),) = _reader().read([("怎么退款", "如何退货呢")])
    for read in (one, other):
        assert 1 < len(read.tokens) == len(read.states) <= MOST_TOKENS
        assert np.linalg.norm(read.unit) == pytest.approx(1)


def test_a_text_is_read_beside_the_other():
    text = "副卡能接听但打不出去"
    reader = _reader()
    (alone, _), (beside, _) = reader.read([(text, text), (text, "副卡能打出去但接听不了")])
    assert alone.tokens == beside.tokens
    assert not np.allclose(alone.states, beside.states, atol=0.05)


def test_pairs_that_are_weighed_together_are_told_as_when_alone():
    words = ["退款", "换货", "开户", "发票", "密码", "地址", "快递", "会员", "积分", "红包"]
    pairs = [(f"怎么修改{a}", f"如何修改{b}呢") for a in words for b in words]
    together, alone = (SecondReading.load(SHIPPED, MODEL) for _ in range(2))
    for (one, other), told in zip(pairs, together.told(pairs), strict=True):
        (expected,) = alone.told([(other, one)])
        assert told == pytest.approx(expected, abs=1e-3)


def test_only_so_many_pairs_are_remembered(monkeypatch, reading):
    monkeypatch.setattr(module, "_PAIRS", 20)
    pairs = [(f"第{number}号窗口怎么退款", "窗口怎么退款") for number in range(50)]
    first = reading.told(pairs)
    assert len(reading._told) <= 20 < len(first)
    for before, again in zip(first, reading.told(pairs), strict=True):
        assert before == pytest.approx(again, abs=1e-3)


def test_of_what_it_doubts_the_words_that_differ_are_shown(monkeypatch, reading):
    pair = "怎么修改群昵称呢", "怎么修改群封面呢"
    assert not rule_conflicts(*pair)
    monkeypatch.setattr(reading, "odds", lambda pairs: [reading.network.doubt - 1] * len(pairs))
    monkeypatch.setattr(guards, "second_reading", lambda: reading)
    assert conflicts(*pair) == (Conflict(ConflictKind.MEANING, "昵称", "封面"),)
    assert conflicts("paint the oak shelf", "paint the elm shelf") == (
        Conflict(ConflictKind.MEANING, "oak", "elm"),
    )


def test_it_takes_back_words_and_never_figures_or_a_bare_denial(monkeypatch, reading):
    monkeypatch.setattr(reading, "odds", lambda pairs: [reading.network.sure + 1] * len(pairs))
    monkeypatch.setattr(guards, "second_reading", lambda: reading)
    said = "怎么关掉自动扣费", "如何取消自动扣费"
    assert rule_conflicts(*said) and not conflicts(*said)
    assert conflicts("能退款吗", "不能退款吗")  # nothing but the denial
    assert conflicts("充100元", "充200元")


def test_a_few_words_in_which_questions_of_one_base_differ_have_to_be_read_as_the_same(
    monkeypatch, reading
):
    limits = reading.network
    assert limits.doubt < limits.brief < limits.sure
    monkeypatch.setattr(reading, "odds", lambda pairs: [limits.brief - 0.1] * len(pairs))
    monkeypatch.setattr(guards, "second_reading", lambda: reading)
    pair = "怎么修改群昵称呢", "怎么修改群封面呢"
    assert not conflicts(*pair)
    assert [one.kind for one in conflicts(*pair, strict=True)] == [ConflictKind.MEANING]
    assert objections(*pair) == conflicts(*pair, strict=True)
    # So does no slip of keyboard or input method, nor what differs in more than a few words.
    assert not objections("怎么修改群昵称呢", "怎么修改群称昵呢")
    assert not objections("怎么修改群昵称呢", "怎么修改群昵成呢")
    assert not conflicts("怎么修改群昵称呢", "群里显示的名字想换一个", strict=True)
    monkeypatch.setattr(reading, "odds", lambda pairs: [limits.sure + 1] * len(pairs))
    said = "怎么关掉自动扣费", "如何取消自动扣费"
    assert not conflicts(*said) and conflicts(*said, strict=True)


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(SHIPPED, tmp_path / "copied"))


def test_a_file_that_is_damaged_or_of_another_model_is_refused(copied):
    fingerprint = read_model_files(MODEL).fingerprint
    assert Network.load(copied, fingerprint).doubt < 0
    with pytest.raises(ModelError, match="another model"):
        Network.load(copied, "0" * 64)
    whole, path = (copied / NETWORK).read_bytes(), copied / NETWORK
    path.write_bytes(whole[:-100])
    with pytest.raises(ModelError, match="damaged"):
        Network.load(copied, fingerprint)
    path.write_bytes(whole)
    parts = load_file(path)
    del parts["second.bias"]
    save_file(parts, path, metadata={"model": fingerprint, "doubt": "-3", "sure": "4"})
    with pytest.raises(ModelError, match="damaged"):
        Network.load(copied, fingerprint)


def test_layers_that_are_not_those_of_the_network_are_refused(copied):
    layers = copied / LAYERS
    layers.write_bytes(layers.read_bytes()[:-1])
    with pytest.raises(ModelError, match="not of the"):
        SecondReading.load(copied, MODEL)
    with pytest.raises(ModelError, match="cannot be read"):
        Reader.load(MODEL, layers)
    layers.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        SecondReading.load(copied, MODEL)


def test_without_the_shipped_model_the_rules_are_all_there_is(
    monkeypatch, tmp_path, caplog, database
):
    monkeypatch.setattr(models, "EMBEDDED_MODELS", tmp_path)
    second_reading.cache_clear()
    try:
        with caplog.at_level(logging.WARNING, logger=module.__name__):
            assert second_reading() is None
        assert "rules alone" in caplog.text
        assert conflicts("能退款吗", "不能退款吗")
        assert conflicts_of([("怎么修改群昵称呢", "怎么修改群封面呢")]) == [()]
        (told,) = [f for f in examine(database, tmp_path) if f.subject == "guards"]
        assert told.level == "warning" and told.remedy
    finally:
        second_reading.cache_clear()

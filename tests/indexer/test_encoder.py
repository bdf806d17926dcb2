"""Encoding equals the two snippets of a model card, whatever the batch, offline, pickle-free."""

from __future__ import annotations

import json
import random
import shutil
import socket
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Normalize,
    Pooling,
    Transformer,
)
from transformers import AutoModel, AutoTokenizer

from indexer.errors import ModelError
from indexer.models import PRESETS, name_of, resolve
from indexer.transformer_encoder import TransformerEncoder

POOLINGS = ["mean", "cls", "max", "lasttoken", "mean_sqrt_len_tokens", ("mean", "cls")]


def mixed_texts(count: int) -> list[str]:
    """Texts from one character to 20 KB; the tiny model reads 62 characters."""
    chance = random.Random(1)
    letters = "银行卡丢失怎么办理挂失手续费用多少abc ABC12，。？"
    sizes = [chance.choice([1, 3, 8, 20, 40, 61, 62, 63, 64, 80, 300]) for _ in range(count - 4)]
    sizes += [1_000, 3_000, 7_000, 20_000]
    chance.shuffle(sizes)
    return ["问" + "".join(chance.choices(letters, k=size)) for size in sizes]


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def plain_snippet(folder: Path, texts: list[str]) -> np.ndarray:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder)
    rows = []
    for start in range(0, len(texts), 50):
        read = tokenizer(
            texts[start : start + 50], padding=True, truncation=True, return_tensors="pt"
        )
        with torch.no_grad():
            tokens = model(**read)[0]
        mask = read["attention_mask"].unsqueeze(-1).expand(tokens.size()).float()
        rows.append(torch.sum(tokens * mask, 1) / torch.clamp(mask.sum(1), min=1e-9))
    return torch.cat(rows).numpy()


def save_modules(tiny: Path, folder: Path, *, pooling="mean", dense=False, unit=False) -> Path:
    transformer = Transformer(str(tiny))
    pool = Pooling(transformer.get_embedding_dimension(), pooling)
    modules = [transformer, pool]
    if dense:
        torch.manual_seed(3)
        modules.append(Dense(pool.get_embedding_dimension(), 24))
    if unit:
        modules.append(Normalize())
    SentenceTransformer(modules=modules, device="cpu").save(str(folder))
    return folder


def test_a_plain_folder_gives_the_mean_over_the_attention_mask(tiny_model, encoder):
    texts = mixed_texts(1_000)
    encoded = encoder.encode(texts)
    expected = unit(plain_snippet(tiny_model, texts))
    assert (np.einsum("ij,ij->i", encoded.vectors, expected) >= 0.99999).all()
    assert encoded.vectors.dtype == np.float32
    assert np.abs(np.linalg.norm(encoded.vectors, axis=1) - 1).max() < 1e-6
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    lengths = [len(ids) for ids in tokenizer(texts, truncation=False, verbose=False)["input_ids"]]
    assert encoded.truncated == sum(length > 64 for length in lengths) > 100


@pytest.mark.parametrize("pooling", POOLINGS, ids=str)
@pytest.mark.parametrize("dense", [False, True], ids=["", "dense"])
def test_a_sentence_transformers_folder_does_what_its_modules_say(
    tiny_model, tmp_path, pooling, dense
):
    folder = save_modules(tiny_model, tmp_path / "m", pooling=pooling, dense=dense, unit=dense)
    texts = mixed_texts(1_000 if pooling == "mean" else 150)
    expected = SentenceTransformer(str(folder), device="cpu").encode(texts)
    encoder = TransformerEncoder.load(folder, "cpu")
    vectors = encoder.encode(texts).vectors
    assert (np.einsum("ij,ij->i", vectors, unit(expected)) >= 0.99999).all()
    assert encoder.dimension == expected.shape[1]


def test_a_lower_limit_and_a_default_prompt_are_kept(tiny_model, tmp_path):
    folder = save_modules(tiny_model, tmp_path / "m")
    settings = json.loads((folder / "sentence_bert_config.json").read_text())
    (folder / "sentence_bert_config.json").write_text(json.dumps(settings | {"max_seq_length": 16}))
    config = json.loads((folder / "config_sentence_transformers.json").read_text())
    config |= {"prompts": {"q": "问题："}, "default_prompt_name": "q"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(config))
    texts = mixed_texts(100)
    expected = unit(SentenceTransformer(str(folder), device="cpu").encode(texts))
    encoder = TransformerEncoder.load(folder, "cpu")
    assert encoder.max_tokens == 16
    assert (np.einsum("ij,ij->i", encoder.encode(texts).vectors, expected) >= 0.99999).all()


def test_equal_texts_are_encoded_once_and_the_order_is_kept(encoder):
    texts = ["短", "一个长得多的问题" * 5, "短", "中等长度的问题", "短"]
    steps: list[tuple[int, int]] = []
    vectors = encoder.encode(texts, progress=lambda done, total: steps.append((done, total)))
    alone = np.vstack([encoder.encode([text]).vectors for text in texts])
    assert np.abs(vectors.vectors - alone).max() < 1e-5
    assert steps[-1] == (5, 5)
    assert encoder.encode([]).vectors.shape == (0, 32)


def test_an_empty_text_is_refused_by_its_position(encoder):
    with pytest.raises(ModelError, match="text 2 of 3 is empty"):
        encoder.encode(["a", " \u3000\n", "b"])
    with pytest.raises(ModelError, match="text 1 of 1 has a broken character"):
        encoder.encode(["\udce4"])


def test_many_threads_share_one_encoder(encoder):
    texts = [f"线程问题{i}" * (1 + i % 9) for i in range(40)]
    expected = encoder.encode(texts).vectors
    wrong: list[object] = []

    def work(offset: int) -> None:
        for i in range(offset, len(texts), 4):
            one = encoder.encode([texts[i], "x" * 300]).vectors[0]
            if np.abs(one - expected[i]).max() > 1e-5:
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_same_weights_elsewhere_have_the_same_fingerprint(tiny_model, tmp_path, encoder):
    copy = tmp_path / "other name"
    shutil.copytree(tiny_model, copy)
    (copy / "README.md").write_text("a copy")
    config = json.loads((copy / "config.json").read_text())
    config |= {"_name_or_path": "elsewhere", "transformers_version": "1"}
    (copy / "config.json").write_text(json.dumps(config))
    assert TransformerEncoder.load(copy).fingerprint == encoder.fingerprint
    modules = save_modules(tiny_model, tmp_path / "modules", unit=True)
    assert TransformerEncoder.load(modules).fingerprint == encoder.fingerprint


@pytest.mark.parametrize("change", ["weights", "vocabulary", "config", "pooling", "dense"])
def test_whatever_changes_the_vectors_changes_the_fingerprint(
    tiny_model, tmp_path, encoder, change
):
    folder = tmp_path / "m"
    if change in ("pooling", "dense"):
        save_modules(tiny_model, folder, dense=change == "dense", pooling="cls")
    else:
        shutil.copytree(tiny_model, folder)
    if change == "weights":
        data = bytearray((folder / "model.safetensors").read_bytes())
        data[-3] ^= 1
        (folder / "model.safetensors").write_bytes(data)
    if change == "vocabulary":
        text = (folder / "tokenizer.json").read_text().replace("银", "\u20000", 1)
        (folder / "tokenizer.json").write_text(text)
    if change == "config":
        text = (folder / "config.json").read_text().replace('"gelu"', '"relu"')
        (folder / "config.json").write_text(text)
    assert TransformerEncoder.load(folder).fingerprint != encoder.fingerprint


def test_a_pickle_is_never_read(tiny_model, tmp_path):
    folder = tmp_path / "m"
    shutil.copytree(tiny_model, folder)
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch hacked'\ntR.")
    with pytest.raises(ModelError, match=r"only pytorch_model\.bin.*safetensors"):
        TransformerEncoder.load(folder)
    modules = save_modules(tiny_model, tmp_path / "d", dense=True)
    place = next(modules.glob("*_Dense"))
    (place / "model.safetensors").rename(place / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"only pytorch_model\.bin"):
        TransformerEncoder.load(modules)


def test_damaged_folders_are_named(tiny_model, tmp_path):
    with pytest.raises(ModelError, match="no model folder at"):
        TransformerEncoder.load(tmp_path / "nothing")
    with pytest.raises(ModelError, match=r"config\.json cannot be read"):
        TransformerEncoder.load(tmp_path)
    folder = tmp_path / "m"
    shutil.copytree(tiny_model, folder)
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ModelError, match="Git LFS"):
        TransformerEncoder.load(folder)
    (folder / "modules.json").write_text('[{"idx": 0, "type": "evil.Code", "path": ""}]')
    with pytest.raises(ModelError, match=r"evil\.Code.*not supported"):
        TransformerEncoder.load(folder)


def test_a_folder_never_touches_the_network(tiny_model, tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("network touched")

    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    TransformerEncoder.load(tiny_model)
    TransformerEncoder.load(save_modules(tiny_model, tmp_path / "m", dense=True))


def test_a_hub_name_that_is_not_cached_gives_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="model nobody/nothing is not cached"):
        TransformerEncoder.load("nobody/nothing")


def test_names_resolve_and_come_back(tiny_model, tmp_path, monkeypatch):
    assert resolve("qmc-domain-distill") == PRESETS["qmc-domain-distill"]
    assert resolve("owner/name") == "owner/name"
    monkeypatch.chdir(tiny_model.parent)
    assert resolve(tiny_model.name) == tiny_model
    assert resolve(name_of(tiny_model)) == tiny_model
    with pytest.raises(ModelError, match="no model folder at"):
        resolve("./missing")
    with pytest.raises(ModelError, match="no model folder at"):
        resolve("missing")

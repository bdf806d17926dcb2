from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from indexer.comparison import compare_models
from indexer.errors import ModelError
from indexer.loading import full_name, load_encoder
from indexer.onnx_encoder import INT8_FILE
from indexer.speed import distinct
from indexer.training.onnx_export import export_onnx

TEXTS = ["银行卡怎样挂失", "怎么退款", "where is my parcel", "密码" * 60, "账单", "怎么退款"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    copy = tmp_path_factory.mktemp("onnx") / "tiny"
    shutil.copytree(tiny_model, copy)
    export_onnx(copy, copy / INT8_FILE, int8=True)
    return copy


def test_the_int8_twin_says_nearly_what_the_float_model_says(folder: Path) -> None:
    float32, int8 = load_encoder(str(folder)), load_encoder(f"{folder}:int8")
    expected, found = float32.encode(TEXTS), int8.encode(TEXTS)
    assert (expected.vectors * found.vectors).sum(1).min() > 0.98
    assert expected.truncated == found.truncated == 1
    assert np.array_equal(found.vectors[1], found.vectors[5])
    assert int8.fingerprint != float32.fingerprint
    assert list(int8.token_counts(TEXTS)) == list(float32.token_counts(TEXTS))


def test_batches_on_several_cores_give_what_one_after_the_other_gives(folder: Path) -> None:
    texts = distinct([text * times for text in TEXTS for times in (1, 2, 9)], 700)
    usual, told = torch.get_num_threads(), list[int]()
    found = []
    try:
        for cores in (1, 3):
            torch.set_num_threads(cores)
            encoder = load_encoder(f"{folder}:int8")
            found.append(encoder.encode(texts, progress=lambda done, of: told.append(done)))
    finally:
        torch.set_num_threads(usual)
    assert np.array_equal(found[0].vectors, found[1].vectors)
    half = len(told) // 2
    assert told[:half] == told[half:] == sorted(told[:half]) and told[-1] == len(texts) and half > 9

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encoder.encode(texts, progress=stop)
    assert np.array_equal(encoder.encode(texts[:5]).vectors, encoder.encode(texts[:5]).vectors)


def test_a_twin_has_one_full_name_that_loads_again(folder: Path) -> None:
    name = full_name(f"{folder}/../{folder.name}:int8")
    assert name == f"{folder}:int8" == load_encoder(name).name


def test_a_float_export_gives_the_same_vectors(folder: Path, tmp_path: Path) -> None:
    import onnxruntime
    from transformers import AutoTokenizer

    path = export_onnx(folder, tmp_path / "float.onnx", int8=False)
    batch = AutoTokenizer.from_pretrained(folder)(TEXTS[:3], padding=True, return_tensors="np")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [wanted.name for wanted in session.get_inputs()]
    (found,) = session.run(None, {name: batch[name] for name in names})
    assert np.allclose(found, load_encoder(str(folder)).encode(TEXTS[:3]).vectors, atol=1e-5)


def test_a_model_without_a_twin_says_how_to_make_one(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="export-onnx --int8"):
        load_encoder(f"{tiny_model}:int8")


@pytest.mark.parametrize("name", [INT8_FILE, "tokenizer.json"])
def test_a_damaged_twin_is_one_clear_line(folder: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "damaged"
    shutil.copytree(folder, copy)
    (copy / name).write_bytes(b"{}")
    with pytest.raises(ModelError, match="copy the model again"):
        load_encoder(f"{copy}:int8")


def test_comparing_two_models_gives_both_tables_and_the_gap(folder: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("".join(f"{a}\t{b}\t{n}\n" for n, (a, b) in enumerate(pairwise(TEXTS))))
    model = load_encoder(str(folder))
    found = compare_models(model, model, {"toy": pairs}, TEXTS, repeats=1, sentences=40)
    document = found.as_document()
    assert document["quality"]["gap"] == 0  # type: ignore[index]
    assert document["student"]["parameters"] == model.parameters  # type: ignore[index]
    assert "| gap | 0.00 | 0.00 |" in found.as_markdown()


def test_numbered_texts_are_all_different() -> None:
    made = distinct(["a", "b", "a"], 7)
    assert made == ["a", "b", "a1", "b1", "a2", "b2", "a3"]

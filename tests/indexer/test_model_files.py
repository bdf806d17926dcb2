"""What tells two models apart: all that changes a vector, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

from indexer.errors import ModelError
from indexer.model_files import read_model_files


def _saved(plain: Path, folder: Path) -> None:
    modules = [Transformer(str(plain)), Pooling(32, "mean")]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder))


def test_settings_that_change_vectors_change_the_fingerprint(
    tmp_path: Path, tiny_model: Path
) -> None:
    prints = []
    for number, settings in enumerate(
        [
            {},
            {"max_seq_length": 20},
            {"do_lower_case": True},
            {"processing_kwargs": {"text": {"padding_side": "left"}}},
        ]
    ):
        _saved(tiny_model, tmp_path / str(number))
        (tmp_path / str(number) / "sentence_bert_config.json").write_text(json.dumps(settings))
        prints.append(read_model_files(tmp_path / str(number)).fingerprint)
    assert len(set(prints)) == len(prints)


def test_an_unused_head_does_not_change_the_fingerprint(tmp_path: Path, tiny_model: Path) -> None:
    shutil.copytree(tiny_model, tmp_path / "headed")
    weights = tmp_path / "headed" / "model.safetensors"
    save_file(load_file(weights) | {"pooler.dense.bias": torch.ones(32)}, weights)
    plain, headed = read_model_files(tiny_model), read_model_files(tmp_path / "headed")
    assert headed.fingerprint == plain.fingerprint
    assert headed.parameters == plain.parameters + 32


def test_a_model_of_another_output_is_refused(tmp_path: Path, tiny_model: Path) -> None:
    _saved(tiny_model, tmp_path / "m")
    settings = tmp_path / "m" / "sentence_bert_config.json"
    changed = json.loads(settings.read_text()) | {"module_output_name": "sentence_embedding"}
    settings.write_text(json.dumps(changed))
    with pytest.raises(ModelError, match="another output than the token vectors"):
        read_model_files(tmp_path / "m")

"""Writing a model as users load it: with sentence-transformers, transformers or Tongwen.

One folder holds float16 weights in safetensors, the tokenizer, the pooling the vectors were
trained with, the int8 ONNX twin and a checksum of every file.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from indexer.errors import TrainingError
from indexer.onnx_encoder import INT8_FILE
from indexer.training.network import bert
from indexer.training.onnx_export import export_onnx
from indexer.training.tokenizer import CLS, MASK, PAD, SEP, UNKNOWN

CHECKSUMS = "SHA256SUMS"


def save_model(model: BertModel, tokenizer: Tokenizer, folder: Path) -> None:
    """Write `model` and `tokenizer` as one folder, the weights in float16."""
    folder.mkdir(parents=True, exist_ok=True)
    limit = int(model.config.max_position_embeddings)
    # AutoModel expects a pooler and warns when it has to invent one; zeros keep it quiet.
    stored: Any = BertModel(model.config)
    nn.init.zeros_(stored.pooler.dense.weight)
    stored.load_state_dict(model.state_dict(), strict=False)
    stored.to(dtype=torch.float16).save_pretrained(folder)
    # Stored in half the bytes, computed in full: loaders go by the config, not by the file.
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    _write(folder / "config.json", {**config, "dtype": "float32"})
    tokenizer.no_padding()
    tokenizer.no_truncation()
    wrapped: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        model_max_length=limit,
        pad_token=PAD,
        unk_token=UNKNOWN,
        cls_token=CLS,
        sep_token=SEP,
        mask_token=MASK,
        model_input_names=["input_ids", "attention_mask"],
    )
    wrapped.save_pretrained(folder)
    width = int(model.config.hidden_size)
    _write(folder / "modules.json", _MODULES)
    _write(folder / "sentence_bert_config.json", {"max_seq_length": limit, "do_lower_case": False})
    _write(
        folder / "config_sentence_transformers.json",
        {"similarity_fn_name": "cosine", "prompts": {}, "default_prompt_name": None},
    )
    (folder / "1_Pooling").mkdir(exist_ok=True)
    _write(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": width, "pooling_mode_mean_tokens": True},
    )


def load_network(folder: Path) -> BertModel:
    """Load a BERT from a model folder in float32, to train it further or to learn from it."""
    for name in ("config.json", "model.safetensors"):
        if not (folder / name).exists():
            raise TrainingError(f"no model in {folder}; give a folder with {name}")
    config = BertConfig.from_pretrained(folder, local_files_only=True)
    if config.model_type != "bert":
        raise TrainingError(f"{folder} is a {config.model_type}; only BERT models can be trained")
    model = bert(config)
    weights = load_file(folder / "model.safetensors")
    names = model.state_dict().keys()
    model.load_state_dict({n: w.float() for n, w in weights.items() if n in names})
    return model


def finish_folder(folder: Path) -> None:
    """Add the int8 ONNX twin and the checksums of every file."""
    export_onnx(folder, folder / INT8_FILE, int8=True)
    write_checksums(folder)


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS, in the form that `sha256sum --check` reads."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != CHECKSUMS
    ]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
]

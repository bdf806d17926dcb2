"""The int8 twin of a model: one ONNX file from token numbers to the mean-pooled vector.

Weights of the linear layers become int8 and their inputs are quantised as they come
(dynamic quantisation); token vectors become int8 with a scale per row, because one scale for
the whole table would be set by its largest entry. What is lost is measured, not assumed.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel, PreTrainedModel

from indexer.errors import ModelError
from store.files.aside import aside

FLOAT_FILE = "onnx/model.onnx"


class Int8Table(nn.Module):
    """An embedding table in int8, each row with the scale that fills its range."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        scale = table.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("rows", (table / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the float32 vectors of the tokens."""
        return self.rows[tokens].to(torch.float32) * self.scale[tokens]  # type: ignore[index]


class MeanPooled(nn.Module):
    """A transformer and the mean over its attention mask, unit length."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return unit vectors [texts, width]."""
        states = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask[:, :, None].to(states.dtype)
        means = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return nn.functional.normalize(means, dim=1)


def export_onnx(folder: Path, out: Path, *, int8: bool) -> Path:
    """Write the ONNX file of the model in `folder` to `out` and return its path.

    Only models that pool by the mean over the attention mask are exported.
    """
    model = AutoModel.from_pretrained(
        folder,
        local_files_only=True,
        use_safetensors=True,
        attn_implementation="eager",
        dtype=torch.float32,
    ).eval()
    if not hasattr(model, "set_input_embeddings"):
        raise ModelError(f"{folder} is not a transformer with an embedding table")
    if int8:
        table = model.get_input_embeddings().weight.detach()
        model.set_input_embeddings(Int8Table(table))
    tokens = torch.ones(2, 8, dtype=torch.long)
    given = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
    write_onnx(MeanPooled(model), given, {"sentence_embedding": 1}, out, int8=int8)
    return out


def write_onnx(
    module: nn.Module,
    given: Mapping[str, Tensor],
    found: Mapping[str, int],
    out: Path,
    *,
    int8: bool,
) -> None:
    """Write the ONNX file of a module to `out`, by what is given to it and what it finds.

    Of what is given the first two dimensions may be any; of what is found, as many as said.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with aside(out) as path, tempfile.TemporaryDirectory() as steps:
        plain = Path(steps) / "plain.onnx" if int8 else path
        _trace(module, given, found, plain)
        if int8:
            _quantise(plain, path)


def _trace(
    module: nn.Module, given: Mapping[str, Tensor], found: Mapping[str, int], path: Path
) -> None:
    axes = {0: "texts", 1: "tokens"}
    free = {name: {at: axes[at] for at in range(many)} for name, many in found.items()}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            tuple(given.values()),
            str(path),
            dynamo=False,
            opset_version=17,
            input_names=list(given),
            output_names=list(found),
            dynamic_axes=dict.fromkeys(given, axes) | free,
        )


def _quantise(plain: Path, out: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    ready = plain.with_name("ready.onnx")
    logging.getLogger().setLevel(logging.ERROR)
    quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
    quantize_dynamic(
        str(ready),
        str(out),
        op_types_to_quantize=["MatMul"],
        weight_type=QuantType.QInt8,
        per_channel=True,
    )

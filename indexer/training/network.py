"""Transformers that begin where the bag of pieces ended, and the steps between depths.

LayerNorm would erase the token weights that the bag learned in its norms. So a few of the
hidden dimensions are ballast: they fill every token's vector up to one common norm and to
mean zero, which LayerNorm leaves as it is, and the last LayerNorm multiplies them by zero.
They also carry where a token stands, so that attention can tell word order from the start.
New layers add nothing at first (their output matrices are zero). A fresh network of any
depth therefore says exactly what the bag said, and training only has to improve on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from indexer.training.tokens import Ragged

_CLS = 2
# A vector may use at most this share of the common norm; the ballast needs the rest.
_FULL = 0.95
# How loud a place is; a token's own numbers are about 1.
_PLACE = 2.0


@dataclass(frozen=True)
class Shape:
    """The size of a network; `ballast` hidden dimensions carry the token weights."""

    layers: int = 4
    width: int = 384
    inner: int = 768
    heads: int = 6
    ballast: int = 24
    positions: int = 256

    @property
    def meaning(self) -> int:
        """Dimensions that are left for meaning; a bag of pieces is this wide."""
        return self.width - self.ballast


def new_network(shape: Shape, pieces: Tensor, seed: int, dropout: float = 0.0) -> BertModel:
    """Return a BERT of `shape` that gives the same sentence vectors as the bag `pieces`.

    `pieces` is [vocabulary, width - ballast].
    """
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        hidden_act="relu",  # as good here as GELU, and cheaper in float32 and in int8
        max_position_embeddings=shape.positions,
        type_vocab_size=1,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
        pad_token_id=0,
    )
    model = bert(config)
    with torch.no_grad():
        embeddings = model.embeddings
        embeddings.word_embeddings.weight.copy_(with_ballast(pieces, shape))
        embeddings.position_embeddings.weight.copy_(places(shape))
        embeddings.token_type_embeddings.weight.zero_()
        for layer in model.encoder.layer:
            silence(layer)
        drop_ballast(model, shape.ballast)
    return model


def bert(config: BertConfig) -> BertModel:
    """Return a fresh BERT; on texts of ten tokens plain attention trains 1.5x faster than fused."""
    model = BertModel(config, add_pooling_layer=False)
    model.set_attn_implementation("eager")
    return model


def with_ballast(pieces: Tensor, shape: Shape) -> Tensor:
    """Return token vectors [vocabulary, width] of norm sqrt(width) and mean zero.

    The first `width - ballast` dimensions are `pieces`, scaled together.
    """
    weights = pieces.clone()
    weights[: _CLS + 1] = 0.0  # padding, unknown and [CLS] say nothing
    norms = weights.norm(dim=1)
    longest = torch.quantile(norms[norms > 0], 0.999)
    weights *= (longest / norms.clamp(min=1e-9)).clamp(max=1.0)[:, None]
    weights *= math.sqrt(_FULL * shape.width) / longest
    mean = -weights.sum(1, keepdim=True) / shape.ballast
    left = shape.width - weights.square().sum(1, keepdim=True) - shape.ballast * mean.square()
    signs = torch.ones(shape.ballast)
    signs[1::2] = -1
    ballast = mean + signs * (left.clamp(min=0.0) / shape.ballast).sqrt()
    return torch.cat([weights, ballast], dim=1)


def places(shape: Shape) -> Tensor:
    """Return position vectors [positions, width]: sines and cosines in the ballast alone.

    Each value v stands as (v, v, -v, -v) against ballast signs (+, -, +, -): the sum stays
    zero and the norm the same everywhere, so no token's weight depends on its place.
    """
    groups = shape.ballast // 8
    steps = torch.arange(shape.positions)[:, None] * 4.0 ** -torch.arange(groups)
    values = torch.cat([steps.sin(), steps.cos()], dim=1) * _PLACE
    pattern = torch.tensor([1.0, 1.0, -1.0, -1.0])
    vectors = torch.zeros(shape.positions, shape.width)
    vectors[:, shape.meaning : shape.meaning + 8 * groups] = torch.kron(values, pattern)
    return vectors


def silence(layer: Any) -> None:
    """Make a layer add nothing to its input, while everything in it can still learn."""
    for dense in (layer.attention.output.dense, layer.output.dense):
        nn.init.zeros_(dense.weight)
        nn.init.zeros_(dense.bias)


def drop_ballast(model: BertModel, ballast: int) -> None:
    """Let the last layer's output say nothing in the ballast dimensions."""
    last: Any = model.encoder.layer[-1]
    norm = last.output.LayerNorm
    norm.weight[-ballast:] = 0.0
    norm.bias[-ballast:] = 0.0


def deepen(model: BertModel, layers: int) -> BertModel:
    """Return a deeper network that says the same: silent layers set between the old ones."""
    old = model.config.num_hidden_layers
    config = BertConfig(**{**model.config.to_dict(), "num_hidden_layers": layers})
    deeper = bert(config)
    deeper.embeddings.load_state_dict(model.embeddings.state_dict())
    with torch.no_grad():
        layer: Any
        for place, layer in enumerate(deeper.encoder.layer):
            source = model.encoder.layer[place * old // layers]
            layer.load_state_dict(source.state_dict())
            if place * old // layers == (place + 1) * old // layers:
                # Not the last of its group: silent, and its norms must keep the ballast alive.
                silence(layer)
                for norm in (layer.attention.output.LayerNorm, layer.output.LayerNorm):
                    nn.init.ones_(norm.weight)
                    nn.init.zeros_(norm.bias)
    return deeper


def drop_layers(model: BertModel, layers: int) -> BertModel:
    """Return a shallower copy: the embeddings and evenly spaced layers, the last one kept.

    Source: V. Sanh et al., "DistilBERT" (2019), which starts a student from every second layer.
    """
    old = model.config.num_hidden_layers
    config = BertConfig(**{**model.config.to_dict(), "num_hidden_layers": layers})
    shallow = bert(config)
    shallow.embeddings.load_state_dict(model.embeddings.state_dict())
    for place, layer in enumerate(shallow.encoder.layer):
        source = model.encoder.layer[(place + 1) * old // layers - 1]
        layer.load_state_dict(source.state_dict())
    return shallow


def sentence_vectors(model: BertModel, texts: Ragged, budget: int | None = None) -> Tensor:
    """Return unit mean-pooled vectors [texts, width], in order, in bfloat16 arithmetic.

    Texts of like length go through together, `budget` tokens at a time, padding included:
    by default as many as the caches of a CPU hold, or as keep a GPU busy.
    """
    device = model.device
    budget = budget or (2048 if device.type == "cpu" else 131_072)
    lengths = texts.lengths
    order = lengths.argsort(kind="stable")
    parts: list[Tensor] = []
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and (end + 1 - start) * lengths[order[end]] <= budget:
            end += 1
        tokens = torch.from_numpy(texts.take(order[start:end]).padded(0)).to(device)
        mask = (tokens != 0).long()
        with torch.autocast(device.type, torch.bfloat16):
            states = model(input_ids=tokens, attention_mask=mask).last_hidden_state
        weights = mask[:, :, None].to(torch.float32)
        means = (states.float() * weights).sum(1) / weights.sum(1)
        parts.append(functional.normalize(means, dim=1))
        start = end
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.from_numpy(order)] = torch.arange(len(order))
    return torch.cat(parts)[back.to(device)]

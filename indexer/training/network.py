"""Transformers on the way from an English encoder to a Chinese student.

A transplant keeps the encoder's layers, which know how words make a sentence, and exchanges
its words for our pieces. A student keeps some of its teacher's layers and the busiest of
their inner units. Both begin close to what they come from; training closes the rest.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, BertModel

from indexer.training.tokens import Ragged


def bert(config: BertConfig) -> BertModel:
    """Return a fresh BERT; on texts of ten tokens plain attention trains 1.2x faster than fused."""
    model = BertModel(config, add_pooling_layer=False)
    model.set_attn_implementation("eager")
    return model


def transplant(encoder: BertModel, pieces: Tensor, positions: int) -> BertModel:
    """Return the encoder's layers on other token vectors, [vocabulary, width].

    Dropout is left out: a student of so few parameters does not overfit to the millions of
    texts it sees.
    """
    config = _like(
        encoder,
        vocab_size=len(pieces),
        max_position_embeddings=positions,
        type_vocab_size=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=0,
    )
    model = bert(config)
    with torch.no_grad():
        old, new = encoder.embeddings, model.embeddings
        new.word_embeddings.weight.copy_(pieces)
        new.position_embeddings.weight.copy_(old.position_embeddings.weight[:positions])
        new.token_type_embeddings.weight.copy_(old.token_type_embeddings.weight[:1])
        new.LayerNorm.load_state_dict(old.LayerNorm.state_dict())
    model.encoder.load_state_dict(encoder.encoder.state_dict())
    return model


def shrink(model: BertModel, layers: int, inner: int = 0) -> BertModel:
    """Return a shallower copy: the embeddings and evenly spaced layers, the last one kept.

    With `inner`, only so many units of each feed-forward layer stay: those whose weights in
    and out are largest. Source: V. Sanh et al., "DistilBERT" (2019), which starts a student
    from every second layer of its teacher.
    """
    old = model.config.num_hidden_layers
    whole = int(model.config.intermediate_size)
    inner = min(inner or whole, whole)
    small = bert(_like(model, num_hidden_layers=layers, intermediate_size=inner))
    small.embeddings.load_state_dict(model.embeddings.state_dict())
    for place, layer in enumerate(small.encoder.layer):
        source: Any = model.encoder.layer[(place + 1) * old // layers - 1]
        layer.load_state_dict(_with_units(source, inner))
    return small


def average_in(model: BertModel, before: BertModel, share: float) -> None:
    """Take back a `share` of the way from the weights `before` training to the model's.

    What the training taught mostly stays, and what it cost elsewhere mostly comes back.
    Source: M. Wortsman et al., "Robust fine-tuning of zero-shot models" (2022).
    """
    with torch.no_grad():
        for after, old in zip(model.parameters(), before.parameters(), strict=True):
            after.lerp_(old.to(after.device), share)


def _with_units(layer: Any, count: int) -> dict[str, Tensor]:
    into, out = layer.intermediate.dense.weight, layer.output.dense.weight
    weight = into.detach().norm(dim=1) * out.detach().norm(dim=0)
    kept = weight.topk(count).indices.sort().values
    state: dict[str, Tensor] = layer.state_dict()
    for name in ("intermediate.dense.weight", "intermediate.dense.bias"):
        state[name] = state[name][kept]
    state["output.dense.weight"] = state["output.dense.weight"][:, kept]
    return state


def _like(model: BertModel, **changes: object) -> BertConfig:
    return BertConfig(**{**model.config.to_dict(), **changes})


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
    # One autocast around all batches: the weights are turned into bfloat16 once.
    with torch.autocast(device.type, torch.bfloat16):
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * lengths[order[end]] <= budget:
                end += 1
            tokens = torch.from_numpy(texts.take(order[start:end]).padded(0)).to(device)
            mask = (tokens != 0).long()
            states = model(input_ids=tokens, attention_mask=mask).last_hidden_state
            weights = mask[:, :, None].to(torch.float32)
            means = (states.float() * weights).sum(1) / weights.sum(1)
            parts.append(functional.normalize(means, dim=1))
            start = end
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.from_numpy(order)] = torch.arange(len(order))
    return torch.cat(parts)[back.to(device)]

"""Training the layers that read for the second reading, together with the network that weighs.

Both texts of a pair are read at once by layers begun from the shipped model's, in bfloat16
arithmetic: each text has its own places, a vector says which of the two a piece is of, and
attention goes over both. Pieces and positions stay as they are: what reads looks the pieces up in
the model itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from indexer.encoder import Vectors
from indexer.guarding.reader import MOST_TOKENS, PIECES, PLACES, SIDES, STATES
from indexer.guarding.second_reading import Network
from indexer.training.onnx_export import write_onnx
from indexer.training.tokens import Ragged, joined, tokenise

# So many batches are drawn together, and each of them is of texts about as long.
_BATCHES_SORTED = 32
_WEIGHT_DECAY, _WARMUP, _LARGEST_GRADIENT = 0.01, 0.08, 1.0
# How far apart the two sides begin; the vectors of pieces are some 1.0 long.
_SIDES = 0.02


@dataclass(frozen=True)
class Tuning:
    """How layers and network are trained on together; rates are peaks, let down linearly.

    An epoch has all contrasts, and so many `others`, drawn anew.
    """

    epochs: int
    others: int
    batch: int
    rate: float
    network_rate: float
    dropout: float


def untrained(width: int, one: int, two: int) -> nn.Sequential:
    """Return a network over `width` numbers with `one` and `two` units in between."""
    return nn.Sequential(
        nn.Dropout(0.1),
        nn.Linear(width, one),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(one, two),
        nn.ReLU(),
        nn.Linear(two, 1),
    )


def weights_of(network: nn.Sequential) -> tuple[tuple[Vectors, Vectors], ...]:
    """Return the weights and biases of a network's layers."""
    return tuple(
        (layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in _linear(network)
    )


def _linear(network: nn.Sequential) -> list[nn.Linear]:
    return [layer for layer in network if isinstance(layer, nn.Linear)]


@dataclass(frozen=True)
class Pairs:
    """Texts in pairs, as tokens, and how much those of a pair ask the same (0 to 1)."""

    first: Ragged
    second: Ragged
    same: Tensor

    @classmethod
    def of(cls, tokenizer: Tokenizer, pairs: Sequence[tuple[str, str, float]]) -> Pairs:
        """Tokenise pairs of texts."""
        first = tokenise(tokenizer, [one for one, _, _ in pairs], MOST_TOKENS)
        second = tokenise(tokenizer, [other for _, other, _ in pairs], MOST_TOKENS)
        return cls(first, second, torch.tensor([same for *_, same in pairs], dtype=torch.float32))

    def __len__(self) -> int:
        return len(self.same)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of both texts of each pair."""
        return self.first.lengths + self.second.lengths

    def some(self, rows: NDArray[np.int64]) -> Pairs:
        """Return the pairs of the rows."""
        same = self.same[torch.from_numpy(rows)]
        return Pairs(self.first.take(rows), self.second.take(rows), same)

    def joined(self, more: Pairs) -> Pairs:
        """Return these pairs and then the others."""
        first, second = joined([self.first, more.first]), joined([self.second, more.second])
        return Pairs(first, second, torch.cat([self.same, more.same]))


class Layers(nn.Module):
    """The layers of a model, from the pieces of two texts to their states, each beside the other.

    What is given is the pieces' vectors [pairs, tokens, width], their places in their text and the
    text that they are of, 0 or 1, [pairs, tokens]; all of them are read where no mask is given.
    """

    def __init__(self, model: BertModel) -> None:
        super().__init__()
        self.model = model
        self.model.embeddings.requires_grad_(False)
        self.sides = nn.Embedding(2, int(model.config.hidden_size))
        nn.init.normal_(self.sides.weight, std=_SIDES)

    def forward(
        self, pieces: Tensor, places: Tensor, sides: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Return the states [pairs, tokens, width]."""
        states: Tensor = self.model(
            inputs_embeds=pieces + self.sides(sides), position_ids=places, attention_mask=mask
        ).last_hidden_state
        return states


class Weighing(nn.Module):
    """Layers and network, from the tokens of two texts to the log-odds that they ask the same."""

    mean: Tensor
    scale: Tensor

    def __init__(self, layers: Layers, network: Network) -> None:
        super().__init__()
        self.layers = layers
        self.register_buffer("mean", torch.from_numpy(network.mean))
        self.register_buffer("scale", torch.from_numpy(network.scale))
        self.network = untrained(len(network.mean), *(len(bias) for _, bias in network.layers[:-1]))
        for layer, (weight, bias) in zip(_linear(self.network), network.layers, strict=True):
            layer.weight.data = torch.from_numpy(weight).clone()
            layer.bias.data = torch.from_numpy(bias).clone()

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Return the log-odds [pairs] of tokens [pairs, longest]."""
        tokens = torch.cat([a, b], 1)
        places = torch.cat([torch.arange(one.shape[1]).expand_as(one) for one in (a, b)], 1)
        sides = torch.cat([torch.zeros_like(a), torch.ones_like(b)], 1)
        pieces = self.layers.model.embeddings.word_embeddings(tokens)
        with torch.autocast(tokens.device.type, torch.bfloat16):
            places, mask = places.to(tokens.device), (tokens != 0).to(torch.long)
            states = self.layers(pieces, places, sides, mask)
        one, other = states.float().split([a.shape[1], b.shape[1]], 1)
        values = (pair_features(a, one, b, other) - self.mean) * self.scale
        found: Tensor = self.network(values)[:, 0]
        return found


def pair_features(a: Tensor, one: Tensor, b: Tensor, other: Tensor) -> Tensor:
    """Return what `second_reading.features` does, for padded tokens and states of many pairs."""
    here, there = a != 0, b != 0
    equal = (a[:, :, None] == b[:, None, :]) & here[:, :, None] & there[:, None, :]
    shared, shared_there = equal.any(2), equal.any(1)
    alone, alone_there = here & ~shared, there & ~shared_there
    again = (a[:, :, None] == a[:, None, :]).tril(-1).any(2)
    left, right = _mean(one, alone), _mean(other, alone_there)
    first = functional.normalize(_mean(one, here), dim=1, eps=1e-9)
    second = functional.normalize(_mean(other, there), dim=1, eps=1e-9)
    alike = functional.cosine_similarity(left, right, dim=1, eps=1e-9)
    count, count_there = alone.sum(1), alone_there.sum(1)
    numbers = (
        (first * second).sum(1),
        alike,
        count + count_there,
        (count - count_there).abs(),
        torch.minimum(count, count_there),
        (shared & ~again).sum(1),
    )
    return torch.cat(
        [
            (left - right).abs(),
            left * right,
            left + right,
            (first - second).abs(),
            first * second,
            first + second,
            torch.stack([number.to(one.dtype) for number in numbers], 1),
        ],
        1,
    )


def _mean(states: Tensor, wanted: Tensor) -> Tensor:
    weights = wanted.to(states.dtype)[:, :, None]
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1)


def tune(
    layers: Layers,
    network: Network,
    contrasts: Pairs,
    others: Pairs,
    plan: Tuning,
    random: np.random.Generator,
    told: Callable[[int], None],
) -> Network:
    """Train layers and network on; return the network, the layers being changed.

    `told` is called with the pairs of each step.
    """
    weighing = Weighing(layers, network).train()
    for name, part in layers.named_modules():
        if isinstance(part, nn.Dropout):
            # To drop what attends costs a third of a step, and nothing was gained by it.
            part.p = 0.0 if name.endswith("self.dropout") else plan.dropout
    weighing.to("cuda" if torch.cuda.is_available() else "cpu")
    groups = (
        {"params": [p for p in layers.parameters() if p.requires_grad], "lr": plan.rate},
        {"params": weighing.network.parameters(), "lr": plan.network_rate},
    )
    optimiser = torch.optim.AdamW(groups, weight_decay=_WEIGHT_DECAY, fused=True)
    steps = plan.epochs * ((len(contrasts) + min(plan.others, len(others))) // plan.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        [plan.rate, plan.network_rate],
        total_steps=steps + 1,
        pct_start=_WARMUP,
        anneal_strategy="linear",
    )
    for batch in _batches(contrasts, others, plan, random):
        texts = [batch.first, batch.second]
        # Neither side is that of what was asked.
        sides = texts if random.random() < 0.5 else texts[::-1]
        a, b = (torch.from_numpy(one.padded(0)).to(weighing.mean.device) for one in sides)
        same = batch.same.to(a.device)
        loss = functional.binary_cross_entropy_with_logits(weighing(a, b), same)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(weighing.parameters(), _LARGEST_GRADIENT)
        optimiser.step()
        schedule.step()
        told(len(batch))
    weighing.to("cpu").eval()
    return replace(network, layers=weights_of(weighing.network))


def _batches(
    contrasts: Pairs, others: Pairs, plan: Tuning, random: np.random.Generator
) -> Iterator[Pairs]:
    for _ in range(plan.epochs):
        drawn = random.permutation(len(others))[: plan.others]
        epoch = contrasts.joined(others.some(drawn))
        order, lengths = random.permutation(len(epoch)), epoch.lengths
        batches: list[NDArray[np.int64]] = []
        for start in range(0, len(order), plan.batch * _BATCHES_SORTED):
            part = order[start : start + plan.batch * _BATCHES_SORTED]
            part = part[np.argsort(lengths[part], kind="stable")]
            batches += [part[at : at + plan.batch] for at in range(0, len(part), plan.batch)]
        whole = [one for one in batches if len(one) == plan.batch]
        for place in random.permutation(len(whole)).tolist():
            yield epoch.some(whole[place])


def export_layers(layers: Layers, out: Path) -> None:
    """Write the layers in int8, as `guarding/reader.py` runs them."""
    numbers = torch.tensor([[0, 1, 2, 3, 0, 1, 2, 3], [0, 0, 0, 0, 1, 1, 1, 1]])
    given = {
        PIECES: torch.zeros(1, 8, int(layers.model.config.hidden_size)),
        PLACES: numbers[:1],
        SIDES: numbers[1:],
    }
    write_onnx(layers.eval(), given, {STATES: 2}, out, int8=True)

"""Training the second reading of the guards: which near-identical pairs ask the same.

The model reads both texts at once, as it is, and a small network learns from what it read; then
the layers that read and the network learn on together (`reader.py`), from the same pairs
(`reading_pairs.py`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from torch import nn

from indexer.encoder import Progress, Vectors
from indexer.guarding.differing import differ_briefly
from indexer.guarding.reader import LAYERS, Reader
from indexer.guarding.second_reading import ALIKE, LIMITS, NETWORK, STEPS, Network, digest, features
from indexer.model_files import read_model_files
from indexer.training.folder import load_network
from indexer.training.reader import (
    Layers,
    Pairs,
    export_layers,
    tune,
    untrained,
    weights_of,
)
from indexer.training.reading_pairs import (
    Plan,
    Sample,
    read_contrasts,
    read_labelled,
    read_others,
)
from store.files.aside import aside

RECIPE = Path(__file__).parent / "recipes" / "second_reading.toml"
# What may be said wrongly of pairs that were held out: of the dev set's same pairs, this share is
# doubted, and this one of those that differ in a few words, where that is enough to keep questions
# of one base apart; of the opposites, this share is taken for the same beyond doubt.
_DOUBTED, _BRIEF, _SURE = 0.01, 0.05, 0.02
# Pairs that are less alike teach nothing; those that are judged begin at ALIKE.
_LEARNED_FROM = 0.45
_AT_ONCE = 2_048


@dataclass(frozen=True)
class Trained:
    """The folder where all lies, and what is made of pairs that were not learned from.

    Of the written contrasts that were held out and are alike: the share of opposites that is
    doubted, and that of the same; `dev_doubted` is that of the dev set's same pairs.
    """

    folder: Path
    samples: int
    opposites_doubted: float
    same_doubted: float
    dev_doubted: float
    doubt: float
    brief: float
    sure: float


def train(
    folder: Path,
    data: Path,
    out: Path,
    *,
    recipe: Path = RECIPE,
    progress: Progress | None = None,
) -> Trained:
    """Train for the model in `folder` on the pairs of a recipe, and write two files to `out`.

    ModelError where the folder is no model, TrainingError where the data is not as it should.
    """
    plan = Plan.read(recipe, data)
    fingerprint = read_model_files(folder).fingerprint
    random = np.random.default_rng(plan.seed)
    torch.manual_seed(plan.seed)
    model = Layers(load_network(folder))
    contrasts, held_out = read_contrasts(Path(plan.contrasts))
    others, dev = read_others(plan, random), read_labelled(Path(plan.dev))
    drawn = plan.tuning.epochs * (len(contrasts) + min(plan.tuning.others, len(others)))
    told = _Told(progress, drawn + sum(map(len, (contrasts, others, held_out, dev))))
    with tempfile.TemporaryDirectory() as made_in:
        layers = Path(made_in) / LAYERS
        export_layers(model, layers)
        reader = Reader.load(folder, layers)
        taught, beside = (_features(reader, part, told) for part in (contrasts, others))
        network = _fitted(plan, taught, beside)
        pieces = Tokenizer.from_file(str(folder / "tokenizer.json"))
        pairs = Pairs.of(pieces, taught.samples), Pairs.of(pieces, beside.samples)
        network = tune(model, network, *pairs, plan.tuning, random, told.more)
        export_layers(model, layers)
        reader = Reader.load(folder, layers)
        held, known = (_features(reader, part, told) for part in (held_out, dev))
        network = _with_limits(network, held, known)
        # What is in use is replaced by both files at the end, or by none.
        _write(out, network, layers, fingerprint)
    return _trained(out, network, len(taught.samples) + len(beside.samples), held, known)


def _with_limits(network: Network, held: _Features, known: _Features) -> Network:
    """Return the network with its limits, by pairs that were held out and those of the dev set."""
    dev_same = _alike_odds(network, known)[known.same == 1]
    brief = [differ_briefly(one.first, one.second) for one in known.samples if one.same == 1]
    return replace(
        network,
        doubt=float(np.nanquantile(dev_same, _DOUBTED)),
        brief=float(np.nanquantile(dev_same[brief], _BRIEF)),
        sure=float(np.nanquantile(_alike_odds(network, held)[held.same == 0], 1 - _SURE)),
    )


def _trained(
    out: Path, network: Network, samples: int, held: _Features, known: _Features
) -> Trained:
    odds, dev = _alike_odds(network, held), _alike_odds(network, known)
    return Trained(
        folder=out,
        samples=samples,
        opposites_doubted=_share_below(odds[held.same == 0], network.doubt),
        same_doubted=_share_below(odds[held.same == 1], network.doubt),
        dev_doubted=_share_below(dev[known.same == 1], network.doubt),
        doubt=network.doubt,
        brief=network.brief,
        sure=network.sure,
    )


class _Told:
    """Says how many pairs of all were read."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def more(self, count: int) -> None:
        self._done += count
        if self._progress:
            self._progress(self._done, self._total)


@dataclass(frozen=True)
class _Features:
    """Samples with their rows [pairs, features] in half precision, their cosines and labels."""

    samples: list[Sample]
    rows: NDArray[np.float16]
    alike: Vectors
    same: Vectors


def _features(reader: Reader, samples: Sequence[Sample], told: _Told) -> _Features:
    rows: list[NDArray[np.float16]] = []
    alike: list[float] = []
    kept: list[Sample] = []
    for start in range(0, len(samples), _AT_ONCE):
        part = samples[start : start + _AT_ONCE]
        read = reader.read([(one.first, one.second) for one in part])
        for sample, both in zip(part, read, strict=True):
            if both is None:
                continue
            cosine = float(both[0].unit @ both[1].unit)
            if cosine >= _LEARNED_FROM:
                rows.append(features(*both).astype(np.float16))
                alike.append(cosine)
                kept.append(sample)
        told.more(len(part))
    return _Features(
        kept,
        np.stack(rows),
        np.array(alike, dtype=np.float32),
        np.array([one.same for one in kept], dtype=np.float32),
    )


def _fitted(plan: Plan, contrasts: _Features, others: _Features) -> Network:
    torch.manual_seed(plan.seed)
    random = np.random.default_rng(plan.seed)
    rows = np.concatenate([contrasts.rows, others.rows])
    same = np.concatenate([contrasts.same, others.same])
    weight = np.ones_like(same)
    weight[: len(contrasts.same)] = plan.contrasts_weight
    sample = rows[random.permutation(len(rows))[:20_000]].astype(np.float32)
    mean, scale = sample.mean(axis=0), 1 / (sample.std(axis=0) + 1e-3)
    model = untrained(rows.shape[1], *plan.units)
    size, epochs = plan.batch, plan.epochs
    steps = epochs * (len(rows) // size)
    optimiser = torch.optim.AdamW(model.parameters(), lr=plan.rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=steps + 1)
    for _ in range(epochs):
        order = random.permutation(len(rows))
        for start in range(0, len(order) - size + 1, size):
            at = order[start : start + size]
            values = torch.from_numpy((rows[at].astype(np.float32) - mean) * scale)
            loss = nn.functional.binary_cross_entropy_with_logits(
                model(values)[:, 0],
                torch.from_numpy(same[at]),
                weight=torch.from_numpy(weight[at]),
            )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return Network(mean, scale, weights_of(model), doubt=0.0, brief=0.0, sure=0.0)


def _alike_odds(network: Network, known: _Features) -> Vectors:
    """Return the log-odds of each pair, not a number where its texts are not alike."""
    odds = network.odds(known.rows.astype(np.float32))
    odds[known.alike < ALIKE] = np.nan
    return odds


def _share_below(odds: Vectors, limit: float) -> float:
    return float((odds[~np.isnan(odds)] < limit).mean())


def _write(out: Path, network: Network, layers: Path, fingerprint: str) -> None:
    parts = {"mean": network.mean.astype(np.float32), "scale": network.scale.astype(np.float32)}
    for name, (weight, bias) in zip(STEPS, network.layers, strict=True):
        parts |= {f"{name}.weight": weight.astype(np.float16), f"{name}.bias": bias}
    about = {
        "model": fingerprint,
        "layers": digest(layers),
        **{name: f"{getattr(network, name):.2f}" for name in LIMITS},
    }
    out.mkdir(parents=True, exist_ok=True)
    with aside(out / LAYERS) as new_layers, aside(out / NETWORK) as new_network:
        shutil.copyfile(layers, new_layers)
        save_file(parts, new_network, metadata=about)

"""Training the second reading of the guards: which near-identical pairs ask the same.

The model reads every text once, as it is, and a small network learns from what it read; then the
layers that read and the network learn on together (`reader.py`). The pairs are written contrasts,
ways to ask and their near misses, judgements, labelled pairs, and texts beside themselves with a
slip or a greeting. An hour on two cores.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from torch import nn

from indexer.encoder import Progress, Vectors
from indexer.errors import TrainingError
from indexer.guarding.differing import differ_briefly
from indexer.guarding.reader import LAYERS, Reader, Readings
from indexer.guarding.second_reading import ALIKE, NETWORK, STEPS, Network, digest, features
from indexer.model_files import read_model_files
from indexer.training.corpora import read_lines, read_pairs
from indexer.training.folder import load_network
from indexer.training.judged import read_judged
from indexer.training.reader import Pairs, Tuning, export_layers, tune, untrained, weights_of
from indexer.training.recipe import made, read_table
from indexer.training.spoken import spoken
from indexer.training.ways import Ways, read_ways
from store.files.aside import aside
from store.text import normalise

T = TypeVar("T")

RECIPE = Path(__file__).parent / "recipes" / "second_reading.toml"
# What may be asked wrongly of pairs that were held out: of the dev set's same pairs, this share is
# doubted, and this one of those that differ in a few words, where that is enough to keep questions
# of one base apart; of the opposites, this share is taken for the same beyond doubt.
_DOUBTED, _DOUBTED_BRIEF, _SURE = 0.01, 0.05, 0.005
# Pairs that are less alike teach nothing; those that are judged begin at ALIKE.
_LEARNED_FROM = 0.45
_MOST_CHARACTERS = 60
_AT_ONCE = 2_048
_HELD_OUT_EVERY = 10


@dataclass(frozen=True)
class Judgements:
    """How many judgements of a kind are drawn, and how much the two texts of one ask the same."""

    most: int
    same: float


@dataclass(frozen=True)
class Plan:
    """What is learned from, and how; `units` are those of the two hidden layers.

    Files are found from the data folder, those whose path begins with "../" from the recipe.
    """

    contrasts: str
    ways: str
    lines: str
    judged: str
    pairs: tuple[str, ...]
    dev: str
    different: Judgements
    near: Judgements
    same: Judgements
    tuning: Tuning
    contrasts_weight: float
    misses_each: int
    ways_share: float
    pairs_each: int
    slips: int
    units: tuple[int, int]
    epochs: int
    batch: int
    rate: float
    seed: int = 1

    @classmethod
    def read(cls, recipe: Path, data: Path) -> Plan:
        """Read a recipe, its paths made whole; TrainingError names what is strange or lacks."""

        def whole(path: str) -> str:
            return str((recipe.parent if path.startswith("../") else data) / path)

        table = read_table(recipe)
        kinds = {
            name: made(Judgements, table.pop(name, {}), name)
            for name in ("different", "near", "same")
        }
        tuning = made(Tuning, table.pop("tuning", {}), "tuning")
        plan = made(cls, {**table, **kinds, "tuning": tuning}, "second reading")
        return replace(
            plan,
            contrasts=whole(plan.contrasts),
            ways=whole(plan.ways),
            lines=whole(plan.lines),
            judged=whole(plan.judged),
            dev=whole(plan.dev),
            pairs=tuple(map(whole, plan.pairs)),
        )


class Sample(NamedTuple):
    """Two texts, how much they ask the same (0 to 1), and how much that counts."""

    first: str
    second: str
    same: float
    weight: float = 1.0


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
    model = load_network(folder)
    contrasts, held_out = map(_short, read_contrasts(Path(plan.contrasts), plan.contrasts_weight))
    others = _short(_others(plan, random))
    dev = _short(Sample(p.first, p.second, float(p.label > 0)) for p in read_pairs(Path(plan.dev)))
    drawn = plan.tuning.epochs * (len(contrasts) + min(plan.tuning.others, len(others)))
    told = _Told(progress, drawn + sum(map(len, (contrasts, others, held_out, dev))))
    with tempfile.TemporaryDirectory() as before:
        untaught = Path(before) / LAYERS
        export_layers(model, untaught)
        learned = _features(Readings(Reader.load(folder, untaught)), [*contrasts, *others], told)
    network = _fitted(plan, learned)
    pieces = Tokenizer.from_file(str(folder / "tokenizer.json"))
    written = set(contrasts)
    first = Pairs.of(pieces, [one[:3] for one in learned.samples if one in written])
    second = Pairs.of(pieces, [one[:3] for one in learned.samples if one not in written])
    network = tune(model, network, first, second, plan.tuning, random, told.more)
    export_layers(model, out / LAYERS)
    readings = Readings(Reader.load(folder, out / LAYERS))
    held, known = (_features(readings, part, told) for part in (held_out, dev))
    odds = _alike_odds(network, held)
    opposites, same = odds[held.same == 0], odds[held.same == 1]
    dev_same = _alike_odds(network, known)[known.same == 1]
    brief = [differ_briefly(one.first, one.second) for one in known.samples if one.same == 1]
    network = replace(
        network,
        doubt=float(np.nanquantile(dev_same, _DOUBTED)),
        brief=float(np.nanquantile(dev_same[brief], _DOUBTED_BRIEF)),
        sure=float(np.nanquantile(opposites, 1 - _SURE)),
    )
    _write(out, network, fingerprint)
    return Trained(
        folder=out,
        samples=len(learned.same),
        opposites_doubted=_share_below(opposites, network.doubt),
        same_doubted=_share_below(same, network.doubt),
        dev_doubted=_share_below(dev_same, network.doubt),
        doubt=network.doubt,
        brief=network.brief,
        sure=network.sure,
    )


def read_contrasts(folder: Path, weight: float = 1.0) -> tuple[list[Sample], list[Sample]]:
    """Read `opposite or same TAB text TAB text` lines of a folder: most of them, and every tenth.

    Raises TrainingError for a line of another form: such files are written for this.
    """
    files = sorted(folder.glob("*.tsv"))
    if not files:
        raise TrainingError(f"no .tsv files of contrasts in {folder}; mend the recipe")
    found = [sample for path in files for sample in _contrasts(path, weight)]
    held = found[::_HELD_OUT_EVERY]
    known = {frozenset((one.first, one.second)) for one in held}
    return [s for s in found if frozenset((s.first, s.second)) not in known], held


def _contrasts(path: Path, weight: float) -> Iterator[Sample]:
    labels = {"opposite": 0.0, "same": 1.0}
    for number, line in enumerate(read_lines(path), 1):
        cells = line.split("\t")
        if len(cells) != 3 or cells[0] not in labels:
            raise TrainingError(
                f"{path}, line {number}: expected opposite or same TAB text TAB text"
            )
        yield Sample(cells[1], cells[2], labels[cells[0]], weight)


def _others(plan: Plan, random: np.random.Generator) -> Iterator[Sample]:
    ways = read_ways(Path(plan.ways))
    yield from _of_ways(ways, plan, random)
    lines = list(read_lines(Path(plan.lines)))
    texts = itertools.chain(lines, (t for way in ways for t in (*way.asked, *way.missed)))
    judged = read_judged(Path(plan.judged), texts)
    for label, kind in enumerate((plan.different, plan.near, plan.same)):
        of_kind = [pair for pair in judged if pair.label == label]
        for pair in _some(of_kind, kind.most, random):
            yield Sample(pair.first, pair.second, kind.same)
    for file in plan.pairs:
        for pair in _some(read_pairs(Path(file)), plan.pairs_each, random):
            yield Sample(pair.first, pair.second, float(pair.label > 0))
    for text in _some(lines, plan.slips, random):
        if len(text) > 4:
            yield Sample(text, _slipped(text, random), 1.0)


def _of_ways(ways: Sequence[Ways], plan: Plan, random: np.random.Generator) -> Iterator[Sample]:
    for way in ways:
        for missed in _some(way.missed, plan.misses_each, random):
            yield Sample(way.asked[int(random.integers(len(way.asked)))], missed, 0.0)
        if random.random() < plan.ways_share:
            first, second = _some(way.asked, 2, random)
            yield Sample(first, second, 1.0)


def _slipped(text: str, random: np.random.Generator) -> str:
    """Return a text as people say it, or with two characters changed over, one lost or doubled."""
    at, kind = int(random.integers(len(text) - 1)), random.random()
    if kind < 0.55:
        return spoken(text, random)
    if kind < 0.75:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + (text[at + 1 :] if kind < 0.9 else text[at] + text[at:])


def _some(from_: Sequence[T], most: int, random: np.random.Generator) -> list[T]:
    places = random.permutation(len(from_))[:most]
    return [from_[int(place)] for place in places]


def _short(samples: Iterable[Sample]) -> list[Sample]:
    """Return the samples in normal form, as the guards read them, without long and equal ones."""
    found = []
    for one in samples:
        first, second = normalise(one.first), normalise(one.second)
        short = max(len(first), len(second)) <= _MOST_CHARACTERS or first.isascii()
        if short and first and second and first != second:
            found.append(Sample(first, second, one.same, one.weight))
    return found


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
    """Samples with their rows [pairs, features] in half precision, cosines, labels, weights."""

    samples: list[Sample]
    rows: NDArray[np.float16]
    alike: Vectors
    same: Vectors
    weight: Vectors


def _features(readings: Readings, samples: Sequence[Sample], told: _Told) -> _Features:
    rows: list[NDArray[np.float16]] = []
    alike: list[float] = []
    kept: list[Sample] = []
    for start in range(0, len(samples), _AT_ONCE):
        part = samples[start : start + _AT_ONCE]
        read = readings.of([text for one in part for text in (one.first, one.second)])
        for sample, one, other in zip(part, read[::2], read[1::2], strict=True):
            found, cosine = features(one, other), float(one.unit @ other.unit)
            if found is not None and cosine >= _LEARNED_FROM:
                rows.append(found.astype(np.float16))
                alike.append(cosine)
                kept.append(sample)
        told.more(len(part))
    return _Features(
        kept,
        np.stack(rows),
        np.array(alike, dtype=np.float32),
        np.array([one.same for one in kept], dtype=np.float32),
        np.array([one.weight for one in kept], dtype=np.float32),
    )


def _fitted(plan: Plan, taught: _Features) -> Network:
    torch.manual_seed(plan.seed)
    random = np.random.default_rng(plan.seed)
    width = taught.rows.shape[1]
    sample = taught.rows[random.permutation(len(taught.rows))[:20_000]].astype(np.float32)
    mean, scale = sample.mean(axis=0), 1 / (sample.std(axis=0) + 1e-3)
    model = untrained(width, *plan.units)
    size, epochs = plan.batch, plan.epochs
    steps = epochs * (len(taught.rows) // size)
    optimiser = torch.optim.AdamW(model.parameters(), lr=plan.rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=steps + 1)
    for _ in range(epochs):
        order = random.permutation(len(taught.rows))
        for start in range(0, len(order) - size + 1, size):
            at = order[start : start + size]
            values = torch.from_numpy((taught.rows[at].astype(np.float32) - mean) * scale)
            loss = nn.functional.binary_cross_entropy_with_logits(
                model(values)[:, 0],
                torch.from_numpy(taught.same[at]),
                weight=torch.from_numpy(taught.weight[at]),
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


def _write(out: Path, network: Network, fingerprint: str) -> None:
    parts = {"mean": network.mean.astype(np.float32), "scale": network.scale.astype(np.float32)}
    for name, (weight, bias) in zip(STEPS, network.layers, strict=True):
        parts |= {f"{name}.weight": weight.astype(np.float16), f"{name}.bias": bias}
    about = {
        "model": fingerprint,
        "layers": digest(out / LAYERS),
        "doubt": f"{network.doubt:.2f}",
        "brief": f"{network.brief:.2f}",
        "sure": f"{network.sure:.2f}",
    }
    with aside(out / NETWORK) as path:
        save_file(parts, path, metadata=about)

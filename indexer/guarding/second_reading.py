"""What a model says against taking one text for the other, where the rules know no word.

Two texts are read once more, together, by the layers of the shipped model trained on to tell what
asks the same from what asks something else (`reader.py`, docs/verdicts.md). The tokens that only
one text has say what they differ in, and a small network weighs it: the states of those tokens
beside the other text, and the mean states of both texts, each pair as its distance, product and
sum (InferSent, Conneau et al. 2017). It serves whatever model a base is searched with.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open

from indexer.encoder import Vectors
from indexer.errors import ModelError
from indexer.guarding.reader import LAYERS, Pair, Read, Reader, unit

FOLDER = "second-reading"
NETWORK = "network.safetensors"
# Texts whose mean states are less alike differ in everything, and were not what it learned from.
ALIKE = 0.6
# Of the last pairs so many are remembered; their rows of features are made in parts.
_PAIRS, _AT_ONCE = 8_192, 1_024
STEPS = ("first", "second", "third")
LIMITS = ("doubt", "brief", "sure")

_log = logging.getLogger(__name__)


class Told(NamedTuple):
    """The log-odds that two texts ask the same, and the cosine of their mean states.

    `reordered`: neither has a token that the other has not.
    """

    odds: float
    alike: float
    reordered: bool


@dataclass(frozen=True)
class Network:
    """Three layers, over inputs less `mean` and times `scale`; its output is a log-odds.

    Below `doubt` two texts are held to ask for different things; above `sure`, for the same. Where
    questions of one base differ in a few words, they are held to do so below `brief`.
    """

    mean: Vectors
    scale: Vectors
    layers: tuple[tuple[Vectors, Vectors], ...]
    doubt: float
    brief: float
    sure: float

    @classmethod
    def load(cls, folder: Path, model: str) -> Network:
        """Read that of a folder, trained for the model with that fingerprint, else ModelError."""
        path = folder / NETWORK
        try:
            with safe_open(path, framework="numpy") as file:
                about = file.metadata() or {}
                parts = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
            layers = tuple((parts[f"{one}.weight"], parts[f"{one}.bias"]) for one in STEPS)
            limits = {name: float(about[name]) for name in LIMITS}
            found = cls(parts["mean"], parts["scale"], layers, **limits)
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise ModelError(f"{path} is damaged; copy the model again") from error
        if about.get("model") != model:
            raise ModelError(
                f"{path} was trained for another model; run `tongwen model train-reading`"
            )
        if about.get("layers") != digest(folder / LAYERS):
            raise ModelError(f"{path} is not of the {LAYERS} beside it; copy both again")
        return found

    def odds(self, rows: Vectors) -> Vectors:
        """Return of each row [pairs, features] the log-odds that its texts ask the same."""
        values = (rows - self.mean) * self.scale
        for number, (weight, bias) in enumerate(self.layers):
            values = values @ weight.T + bias
            if number + 1 < len(self.layers):
                values = np.maximum(values, 0)
        return values[:, 0]


def digest(layers: Path) -> str:
    """Return the SHA-256 of a file with layers; ModelError where there is none."""
    try:
        return hashlib.sha256(layers.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{layers} cannot be read; copy it again") from error


def features(one: Read, other: Read) -> Vectors:
    """Return what the network is told of a pair that was read together."""
    alone, there = one.alone(other), other.alone(one)
    left, right = _mean(one.states, alone), _mean(other.states, there)
    numbers = (
        float(one.unit @ other.unit),
        float(unit(left) @ unit(right)),
        len(alone) + len(there),
        abs(len(alone) - len(there)),
        min(len(alone), len(there)),
        len(one.known & other.known),
    )
    return np.concatenate(
        [
            np.abs(left - right),
            left * right,
            left + right,
            np.abs(one.unit - other.unit),
            one.unit * other.unit,
            one.unit + other.unit,
            np.array(numbers, dtype=np.float32),
        ]
    )


def _mean(states: Vectors, places: list[int]) -> Vectors:
    if not places:
        return np.zeros(states.shape[1], dtype=np.float32)
    mean: Vectors = states[places].mean(axis=0)
    return mean


class SecondReading:
    """Whether two texts ask the same, or for different things; threads may share it."""

    def __init__(self, reader: Reader, network: Network) -> None:
        self.network = network
        self._reader = reader
        self._lock = threading.Lock()
        self._told: OrderedDict[Pair, Told] = OrderedDict()

    @classmethod
    def load(cls, folder: Path, model: Path) -> SecondReading:
        """Load what lies in a folder for a model's; ModelError says what is wrong with it."""
        from indexer.model_files import read_model_files

        network = Network.load(folder, read_model_files(model).fingerprint)
        return cls(Reader.load(model, folder / LAYERS), network)

    def odds(self, pairs: Sequence[Pair]) -> list[float | None]:
        """Return of each pair the log-odds that both ask the same; None where they are not alike.

        Nor does it say anything of texts that have the same words, which it learned little from.
        """
        return [
            None if one is None or one.reordered or one.alike < ALIKE else one.odds
            for one in self.told(pairs)
        ]

    def told(self, pairs: Sequence[Pair]) -> list[Told | None]:
        """Return what is told of each pair, None where a text is too long; together is faster."""
        ordered = [_in_order(*pair) for pair in pairs]
        with self._lock:
            found = {pair: self._told.get(pair) for pair in ordered}
        new = [pair for pair, told in found.items() if told is None]
        for start in range(0, len(new), _AT_ONCE):
            found |= self._weighed(new[start : start + _AT_ONCE])
        return [found[pair] for pair in ordered]

    def _weighed(self, pairs: Sequence[Pair]) -> dict[Pair, Told]:
        both = zip(pairs, self._reader.read(pairs), strict=True)
        read = {pair: texts for pair, texts in both if texts is not None}
        if not read:
            return {}
        odds = self.network.odds(np.stack([features(*texts) for texts in read.values()]))
        told = {
            pair: Told(value, float(one.unit @ other.unit), one.known == other.known)
            for value, (pair, (one, other)) in zip(odds.tolist(), read.items(), strict=True)
        }
        with self._lock:
            self._told.update(told)
            while len(self._told) > _PAIRS:
                self._told.popitem(last=False)
        return told


def _in_order(one: str, other: str) -> Pair:
    return (one, other) if one <= other else (other, one)


def load_shipped() -> SecondReading:
    """Load that of the shipped model; ModelError says what is wrong with it."""
    from indexer import models

    model = models.locate(models.resolve(models.DEFAULT_MODEL), offline=True)
    return SecondReading.load(models.EMBEDDED_MODELS / FOLDER, model)


@cache
def second_reading() -> SecondReading | None:
    """Return that of the shipped model; None, and a word in the log, where it is not there."""
    try:
        return load_shipped()
    except ModelError as error:
        _log.warning("opposites are told by rules alone: %s", error)
        return None

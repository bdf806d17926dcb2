"""What a model says against taking one text for the other, where the rules know no word.

Two texts that are nearly alike are read once more. The tokens that only one of them has say what
they differ in, and a small network, trained on pairs of which that was judged (docs/verdicts.md),
weighs it: the states of those tokens as the model read them in their sentence, and the vectors of
both texts, each pair as its distance, product and sum (InferSent, Conneau et al. 2017). It comes
with the shipped model, whose int8 twin reads for it whatever model a base is searched with.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError, safe_open

from indexer.encoder import Vectors
from indexer.errors import ModelError

if TYPE_CHECKING:
    from indexer.onnx_encoder import OnnxEncoder, Reading

FILE = "onnx/second_reading.safetensors"
# Texts that are less alike differ in everything, and were not what it learned from.
ALIKE = 0.6
# Longer ones are not questions; nor did it learn from any.
_MOST_TOKENS, _MOST_CHARACTERS = 64, 256
# Of the last texts so many tokens are remembered, 100 MB of states, and of the last pairs so many.
_TOKENS, _PAIRS = 65_536, 8_192
LAYERS = ("first", "second", "third")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Network:
    """Three layers, over inputs less `mean` and times `scale`; its output is a log-odds.

    Below `doubt` two texts are held to ask for different things; above `sure`, for the same.
    """

    mean: Vectors
    scale: Vectors
    layers: tuple[tuple[Vectors, Vectors], ...]
    doubt: float
    sure: float

    @classmethod
    def load(cls, path: Path, fingerprint: str) -> Network:
        """Read a file that was trained for the model with that fingerprint, else ModelError."""
        try:
            with safe_open(path, framework="numpy") as file:
                about = file.metadata() or {}
                parts = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
            layers = tuple((parts[f"{one}.weight"], parts[f"{one}.bias"]) for one in LAYERS)
            doubt, sure = float(about["doubt"]), float(about["sure"])
            found = cls(parts["mean"], parts["scale"], layers, doubt, sure)
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise ModelError(f"{path} is damaged; copy the model again") from error
        if about.get("model") != fingerprint:
            raise ModelError(
                f"{path} was trained for another model; run `tongwen model train-reading`"
            )
        return found

    def odds(self, rows: Vectors) -> Vectors:
        """Return of each row [pairs, features] the log-odds that its texts ask the same."""
        values = (rows - self.mean) * self.scale
        for number, (weight, bias) in enumerate(self.layers):
            values = values @ weight.T + bias
            if number + 1 < len(self.layers):
                values = np.maximum(values, 0)
        return values[:, 0]


@dataclass(frozen=True)
class Read:
    """A text as the model reads it: tokens, their states [tokens, width], their unit mean."""

    tokens: tuple[int, ...]
    known: frozenset[int]
    states: Vectors
    unit: Vectors

    @classmethod
    def of(cls, reading: Reading) -> Read:
        """Return a reading with what every comparison needs of it."""
        tokens, states = reading
        return cls(tokens, frozenset(tokens), states, _unit(states.mean(axis=0)))

    def alone(self, other: Read) -> list[int]:
        """Return the places of the tokens that the other text has not."""
        return [place for place, token in enumerate(self.tokens) if token not in other.known]


class Readings:
    """Reads texts with a model's int8 twin and remembers the last; threads may share it."""

    def __init__(self, encoder: OnnxEncoder) -> None:
        self.encoder = encoder
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Read] = OrderedDict()
        self._tokens = 0

    def of(self, texts: Sequence[str]) -> list[Read]:
        """Return what is read of each text, those that are new on as many cores as there are."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = list(dict.fromkeys(text for text in texts if text not in found))
        if new:
            found.update(zip(new, self._read(new), strict=True))
            with self._lock:
                for text in new:
                    self._remember(text, found[text])
        return [found[text] for text in texts]

    def _remember(self, text: str, read: Read) -> None:
        if text in self._known:  # Another thread was here.
            return
        self._known[text] = read
        self._tokens += len(read.tokens)
        while self._tokens > _TOKENS:
            self._tokens -= len(self._known.popitem(last=False)[1].tokens)

    def _read(self, texts: list[str]) -> list[Read]:
        workers = self.encoder.workers
        if workers < 2 or len(texts) < 4 * workers:
            return [Read.of(one) for one in self.encoder.read(texts)]
        shares = [texts[start::workers] for start in range(workers)]
        with ThreadPoolExecutor(workers) as pool:
            read = list(pool.map(self.encoder.read, shares))
        return [Read.of(read[place % workers][place // workers]) for place in range(len(texts))]


def features(one: Read, other: Read) -> Vectors | None:
    """Return what the network is told of a pair, the same whichever text comes first.

    None where neither has a token of its own.
    """
    alone, there = one.alone(other), other.alone(one)
    if not alone and not there:
        return None
    left, right = _mean(one.states, alone), _mean(other.states, there)
    numbers = (
        float(one.unit @ other.unit),
        float(_unit(left) @ _unit(right)),
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


def _unit(vector: Vectors) -> Vectors:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


class SecondReading:
    """Whether two texts that are nearly alike ask for different things; threads may share it."""

    def __init__(self, readings: Readings, network: Network) -> None:
        self.network = network
        self._readings = readings
        self._lock = threading.Lock()
        self._told: OrderedDict[tuple[str, str], float | None] = OrderedDict()

    @classmethod
    def load(cls, folder: Path) -> SecondReading:
        """Load what lies in a model folder; ModelError says what is wrong with it."""
        from indexer.model_files import read_model_files
        from indexer.onnx_encoder import OnnxEncoder

        network = Network.load(folder / FILE, read_model_files(folder).fingerprint)
        return cls(Readings(OnnxEncoder.load(folder)), network)

    def odds(self, one: str, other: str) -> float | None:
        """Return the log-odds that two texts ask the same; None where they are not alike."""
        pair = _in_order(one, other)
        with self._lock:
            if pair in self._told:
                return self._told[pair]
        return self._weighed([pair])[0]

    def read_ahead(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Weigh pairs together that are soon to be asked for, which takes less time."""
        self._weighed(list(dict.fromkeys(_in_order(*pair) for pair in pairs))[:_PAIRS])

    def _weighed(self, pairs: Sequence[tuple[str, str]]) -> list[float | None]:
        told: dict[tuple[str, str], float | None] = dict.fromkeys(pairs)
        short = [pair for pair in pairs if max(map(len, pair)) <= _MOST_CHARACTERS]
        read = self._readings.of([text for pair in short for text in pair])
        rows = {}
        for pair, one, other in zip(short, read[::2], read[1::2], strict=True):
            if _comparable(one, other) and (row := features(one, other)) is not None:
                rows[pair] = row
        if rows:
            odds = self.network.odds(np.stack(list(rows.values())))
            told.update(zip(rows, odds.tolist(), strict=True))
        with self._lock:
            self._told.update(told)
            while len(self._told) > _PAIRS:
                self._told.popitem(last=False)
        return [told[pair] for pair in pairs]


def _in_order(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


def _comparable(one: Read, other: Read) -> bool:
    short = max(len(one.tokens), len(other.tokens)) <= _MOST_TOKENS
    return short and float(one.unit @ other.unit) >= ALIKE


def load_shipped() -> SecondReading:
    """Load that of the shipped model; ModelError says what is wrong with it."""
    from indexer.models import DEFAULT_MODEL, locate, resolve

    return SecondReading.load(locate(resolve(DEFAULT_MODEL), offline=True))


@cache
def second_reading() -> SecondReading | None:
    """Return that of the shipped model; None, and a word in the log, where it is not there."""
    try:
        return load_shipped()
    except ModelError as error:
        _log.warning("opposites are told by rules alone: %s", error)
        return None

"""How fast a model is: the figures of the ancestor's model card, on this machine.

Each figure is a median over repeats of the same texts, so that one busy moment does not
decide it; compare models only within one run.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

import torch

from indexer.encoder import Encoder

LONG_TOKENS = 256
_BATCHES = (1, 4, 16, 64)


@dataclass(frozen=True)
class Speed:
    """What one model costs. `best_batch` is the batch with the most long sentences a second."""

    model: str
    parameters: int
    layers: int
    device: str
    seconds_for_10000: float
    short_per_second: float
    latency_ms: float
    long_per_second: float
    best_batch: int
    best_long_per_second: float


def distinct(texts: Sequence[str], count: int) -> list[str]:
    """Return `count` different texts, numbering the given ones where they do not suffice."""
    unique = list(dict.fromkeys(texts))
    rounds = -(-count // len(unique))
    return [f"{text}{n or ''}" for n in range(rounds) for text in unique][:count]


def measure_all(
    encoders: Sequence[Encoder],
    texts: Sequence[str],
    *,
    repeats: int = 3,
    sentences: int = 10_000,
) -> list[Speed]:
    """Measure encoders in turn, round by round, so that all share the machine's moods.

    Fewer `sentences` than 10,000 are for a quick look; the time is scaled up.
    """
    short = distinct(texts, sentences)
    seconds: list[list[float]] = [[] for _ in encoders]
    latency: list[list[float]] = [[] for _ in encoders]
    batches: list[dict[int, list[float]]] = [{n: [] for n in _BATCHES} for _ in encoders]
    long = [_long_texts(encoder, texts) for encoder in encoders]
    for encoder in encoders:
        encoder.encode(short[:200])
    for _ in range(repeats):
        for place, encoder in enumerate(encoders):
            seconds[place].append(_timed(encoder, short))
            for text in short[:60]:
                latency[place].append(1000 * _timed(encoder, [text]))
            for size, rates in batches[place].items():
                chunk = long[place][:size]
                rates.append(size / _timed(encoder, chunk))
    return [
        _speed(encoder, sentences, seconds[place], latency[place], batches[place])
        for place, encoder in enumerate(encoders)
    ]


def machine() -> dict[str, str]:
    """Return the versions and the hardware that a figure is worth nothing without."""
    return {
        "processor": _processor(),
        "threads": str(torch.get_num_threads()),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in ("torch", "transformers", "onnxruntime")},
    }


def _speed(
    encoder: Encoder,
    sentences: int,
    seconds: list[float],
    latency: list[float],
    batches: dict[int, list[float]],
) -> Speed:
    rates = {size: statistics.median(values) for size, values in batches.items()}
    best = max(rates, key=lambda size: rates[size])
    whole = statistics.median(seconds) * 10_000 / sentences
    return Speed(
        model=encoder.name,
        parameters=encoder.parameters,
        layers=encoder.layers,
        device=encoder.device,
        seconds_for_10000=whole,
        short_per_second=10_000 / whole,
        latency_ms=statistics.median(latency),
        long_per_second=rates[16],
        best_batch=best,
        best_long_per_second=rates[best],
    )


def _long_texts(encoder: Encoder, texts: Sequence[str]) -> list[str]:
    """Return 64 texts of as close to 256 tokens as whole characters allow."""
    source, most = "".join(texts), 8 * LONG_TOKENS
    source *= -(-(max(_BATCHES) * 37 + most) // len(source))
    made = []
    for start in range(max(_BATCHES)):
        piece = source[start * 37 : start * 37 + most]
        low, high = 1, len(piece)
        while low < high:
            middle = (low + high + 1) // 2
            fits = encoder.token_counts([piece[:middle]])[0] <= LONG_TOKENS
            low, high = (middle, high) if fits else (low, middle - 1)
        made.append(piece[:low])
    return made


def _timed(encoder: Encoder, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    encoder.encode(texts)
    return time.perf_counter() - started


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 (not a file)
            names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return f"{names[0]} x{len(names)}" if names else platform.processor() or platform.machine()

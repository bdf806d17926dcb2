"""Fitting the automatic threshold of a model on labelled pairs, each file taken as a base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from indexer.duplicates.edges import objections
from indexer.duplicates.thresholds import (
    OWN_FILE,
    Curve,
    Rule,
    curve_of,
    fit,
    read_rules,
    write_rule,
)
from indexer.encoder import Encoder, Progress
from indexer.errors import IndexerError
from indexer.training.corpora import read_pairs


@dataclass(frozen=True)
class FittedBase:
    """How the automatic threshold does on one base, and how the best one would."""

    name: str
    pairs: int
    contrast: float | None
    best_threshold: float
    best_f1: float
    automatic: float
    f1: float


@dataclass(frozen=True)
class Fitted:
    """A rule, and what it does to the bases that it was fitted on."""

    fingerprint: str
    rule: Rule
    bases: tuple[FittedBase, ...]
    written_to: Path


def fit_rule(
    encoder: Encoder,
    files: Sequence[Path],
    out: Path | None,
    home: Path,
    *,
    limit: int = 10_000,
    progress: Progress | None = None,
) -> Fitted:
    """Fit the model's rule on the files, and write it beside those of other models."""
    place = out or home / OWN_FILE
    read_rules(place)  # what is there and is none is told before the work
    curves, counts = [], []
    for file in files:
        curve, count = read_curve(encoder, file, limit, progress)
        curves.append(curve)
        counts.append(count)
    rule = fit(curves)
    bases = tuple(_base(curve, count, rule) for curve, count in zip(curves, counts, strict=True))
    about: dict[str, object] = {
        "model": encoder.name.rsplit("/", 1)[-1],
        "fitted_on": [asdict(base) for base in bases],
    }
    write_rule(place, encoder.fingerprint, rule, about)
    return Fitted(encoder.fingerprint, rule, bases, place)


def read_curve(
    encoder: Encoder, file: Path, limit: int, progress: Progress | None = None
) -> tuple[Curve, int]:
    """Return the curve of a file's first pairs, and how many pairs those are."""
    pairs = [pair for pair in read_pairs(file) if pair.first.strip() and pair.second.strip()]
    pairs = pairs[:limit]
    if not any(pair.label > 0 for pair in pairs) or all(pair.label > 0 for pair in pairs):
        raise IndexerError(f"{file} has no pairs of both kinds; label some 1 and some 0")
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.first, pair.second)))
    place = {text: number for number, text in enumerate(texts)}
    vectors = encoder.encode(texts, progress=progress).vectors
    first = vectors[[place[pair.first] for pair in pairs]]
    second = vectors[[place[pair.second] for pair in pairs]]
    same = np.array([pair.label > 0 for pair in pairs])
    scores = np.einsum("ij,ij->i", first, second)
    # What the guards object to is no duplicate, however near.
    scores[[bool(objections(pair.first, pair.second)) for pair in pairs]] = -1
    return curve_of(file.name.partition(".tsv")[0], vectors, scores, same), len(pairs)


def _base(curve: Curve, pairs: int, rule: Rule) -> FittedBase:
    best = int(curve.f1.argmax())
    automatic = rule.at(curve.contrast)
    return FittedBase(
        name=curve.name,
        pairs=pairs,
        contrast=None if curve.contrast is None else round(curve.contrast, 4),
        best_threshold=float(curve.thresholds[best]),
        best_f1=round(float(curve.f1[best]), 4),
        automatic=automatic,
        f1=round(curve.f1_at(automatic), 4),
    )

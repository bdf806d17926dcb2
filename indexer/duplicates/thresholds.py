"""From which cosine on two questions count as one, without anybody labelling the base.

How near paraphrases lie differs from base to base. What tells them apart is the contrast: how
much nearer a question's tenth neighbour is than a question taken at random. Where the same is
asked in many ways the contrast is high, and the threshold can be low. Where the nearest neighbour
stands out from the tenth, the two mean different things, and the threshold has to part them; and
in a large base something is near by chance. Both are taken off the contrast. The line from it to
the threshold belongs to a model, and is fitted on labelled pairs by `tongwen duplicates fit`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Vectors
from indexer.errors import IndexerError
from indexer.vector_file import spread_rows
from store.files.aside import aside

SHIPPED = Path(__file__).with_name("thresholds.json")
OWN_FILE = "duplicate-thresholds.json"
LOWEST, HIGHEST = 0.45, 0.8
# A pair of questions that is this near is no chance, among however many.
SURE = 0.9
# How far below an automatic threshold pairs are looked at: two writings of one text count there,
# and a question alone beside one of several whose centroid is nearer than each of them.
_SLACK = 0.12
# Rules that were fitted on another contrast are no use: this names the one in use.
_CONTRAST = "tenth - random - 0.4 lead - 0.04 ln(questions / 5000)"
_NEIGHBOUR = 10
# What a lead of the nearest over the tenth takes off, and each e-fold of questions beyond _LARGE.
# The second is what a random choice of questions gains with its size; the first was chosen with
# the bases that the shipped rules are fitted on.
_LEAD, _SIZE, _LARGE = 0.4, 0.04, 5_000
_SAMPLE = 4_096
_FEWEST = 200
_BLOCK = 8_192
_LOSS_TO_BEAR = 0.012


@dataclass(frozen=True)
class Rule:
    """threshold = middle - slope * (contrast - mean), kept between LOWEST and HIGHEST."""

    middle: float
    slope: float
    mean: float

    def at(self, contrast: float | None) -> float:
        """Return the threshold; the middle one where a base is too small to have a contrast."""
        wanted = self.middle
        if contrast is not None:
            wanted -= self.slope * (contrast - self.mean)
        return round(float(np.clip(wanted, LOWEST, HIGHEST)), 4)


def floor_of(threshold: float, *, automatic: bool) -> float:
    """Return from which cosine on pairs are looked at; a threshold that was given is the least."""
    return threshold - _SLACK if automatic else threshold


# For a model that nobody fitted.
UNFITTED = Rule(middle=0.8, slope=0.0, mean=0.0)


@dataclass(frozen=True)
class Threshold:
    """A threshold and where it comes from; `contrast` is None where it was not looked at."""

    value: float
    automatic: bool
    fitted: bool
    contrast: float | None = None


@dataclass(frozen=True)
class Curve:
    """F1 of "is a duplicate" at each threshold, for one labelled base."""

    name: str
    contrast: float | None
    thresholds: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]

    @property
    def f1(self) -> NDArray[np.float64]:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        f1: NDArray[np.float64] = 2 * self.precision * self.recall / np.where(both > 0, both, 1)
        return f1

    def f1_at(self, threshold: float) -> float:
        """Return F1 at a threshold between the curve's."""
        return float(np.interp(threshold, self.thresholds, self.f1))


def contrast_of(vectors: NDArray[np.floating]) -> float | None:
    """Return how much nearer the tenth neighbour is than a question at random; None: too few.

    Less by part of the lead that the nearest has over the tenth, and by what size alone brings.
    """
    count = len(vectors)
    if count < _FEWEST:
        return None
    rows = spread_rows(count, _SAMPLE)
    asked = vectors[rows].astype(np.float32)
    best = np.full((len(rows), _NEIGHBOUR + 1), -1.0, dtype=np.float32)
    total = 0.0
    for start in range(0, count, _BLOCK):
        scores = asked @ vectors[start : start + _BLOCK].astype(np.float32).T
        total += float(scores.sum(dtype=np.float64))
        near = np.concatenate([best, scores], axis=1)
        best = np.partition(near, -_NEIGHBOUR - 1, axis=1)[:, -_NEIGHBOUR - 1 :]
    # Of eleven, the best is the question itself.
    best.sort(axis=1)
    tenth, nearest = np.median(best[:, [0, -2]], axis=0).tolist()
    chance = _SIZE * max(0.0, math.log(count / _LARGE))
    return float(tenth - total / (len(rows) * count) - _LEAD * (nearest - tenth) - chance)


def curve_of(name: str, vectors: Vectors, scores: Vectors, same: NDArray[np.bool_]) -> Curve:
    """Return the curve of labelled pairs with those cosines, in a base of those vectors."""
    thresholds = np.round(np.arange(0.3, 1.0, 0.005), 3)
    found = scores[None, :] >= thresholds[:, None]
    hits = (found & same[None, :]).sum(axis=1)
    precision = hits / np.maximum(found.sum(axis=1), 1)
    return Curve(name, contrast_of(vectors), thresholds, precision, hits / max(same.sum(), 1))


def fit(curves: Sequence[Curve]) -> Rule:
    """Return the rule whose worst loss of F1 against each base's own best threshold is least.

    Of rules that lose little the one with the least slope is taken: it says the least about
    bases that it has not seen.
    """
    known = [curve.contrast for curve in curves if curve.contrast is not None]
    mean = float(np.mean(known)) if known else 0.0
    slopes = np.arange(0, 8.01, 0.1) if len(known) > 1 else np.zeros(1)
    best: tuple[tuple[float, ...], Rule] | None = None
    for middle in np.arange(LOWEST, HIGHEST, 0.005):
        for slope in slopes:
            rule = Rule(round(float(middle), 4), round(float(slope), 4), round(mean, 4))
            lost = [curve.f1.max() - curve.f1_at(rule.at(curve.contrast)) for curve in curves]
            worst = max(round(float(max(lost)), 4), _LOSS_TO_BEAR)
            standing = (worst, rule.slope, round(float(np.mean(lost)), 5))
            if best is None or standing < best[0]:
                best = standing, rule
    if best is None:
        raise IndexerError("no labelled pairs to fit a threshold on; give a file of pairs")
    return best[1]


def read_rule(fingerprint: str, home: Path | None = None) -> Rule | None:
    """Return the rule of a model: the home's own, else the shipped one, else None."""
    places = [SHIPPED] if home is None else [home / OWN_FILE, SHIPPED]
    for place in places:
        rules = read_rules(place)
        if fingerprint in rules:
            known = rules[fingerprint]
            return Rule(known["middle"], known["slope"], known["mean"])
    return None


def write_rule(place: Path, fingerprint: str, rule: Rule, about: dict[str, object]) -> None:
    """Put a model's rule into a file, beside those of other models."""
    rules = read_rules(place) | {fingerprint: {**asdict(rule), "contrast": _CONTRAST, **about}}
    try:
        text = json.dumps(rules, ensure_ascii=False, indent=1)
        with aside(place) as path:
            path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise IndexerError(f"cannot write {place} ({error.strerror}); choose another") from error


def read_rules(place: Path) -> dict[str, dict[str, Any]]:
    """Return the rules in a file, by model, that were fitted on the contrast in use."""
    if not place.exists():
        return {}
    remedy = "move it away, then `tongwen duplicates fit`"
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexerError(f"{place} holds no thresholds ({error}); {remedy}") from error
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise IndexerError(f"{place} holds other JSON than thresholds; {remedy}")
    return {model: rule for model, rule in found.items() if rule.get("contrast") == _CONTRAST}

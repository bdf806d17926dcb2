"""Fits the thresholds of verdicts to labelled queries.

`suggest` is where "there is an answer" is said rightly most often; `answer` is from where on
the best hit is more often right than wrong. Each is the median of what resampled queries would
choose, so one odd query moves nothing; the middle 90 % of those is the interval. What a fit is
worth on queries it never saw is measured by fitting on random halves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.errors import IndexerError
from indexer.verdicts import Evidence, Thresholds, Verdict, verdict_of

_RESAMPLED, _HALVES, _SEED = 200, 20, 7
_GAPS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.08)
# A gap must be worth so many of a hundred queries before it is asked for.
_WORTH_A_GAP = 0.02
_LEAST = 10
_POINTS = 41

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Observation:
    """A labelled query: what its best hit looked like, and whether it was the right one."""

    evidence: Evidence | None
    answerable: bool
    right: bool


@dataclass(frozen=True)
class Interval:
    """The middle 90 % of what resampled queries gave."""

    low: float
    high: float


@dataclass(frozen=True)
class CalibrationPoint:
    """What a threshold for "there is an answer" gives: shares between 0 and 1.

    `answered`: of all queries; `right`: of those answered, the best hit is the right one.
    """

    threshold: float
    accuracy: float
    answered: float
    right: float


@dataclass(frozen=True)
class Fitted:
    """The chosen thresholds, how sure they are, and what they are worth.

    Accuracy is the share of queries of which it is said rightly whether anything answers them;
    `held_out` is its mean on halves that the thresholds were not fitted on.
    """

    thresholds: Thresholds
    answer_interval: Interval
    suggest_interval: Interval
    accuracy: float
    held_out: float
    answer_precision: float | None
    curve: tuple[CalibrationPoint, ...]


def fit(observations: Sequence[Observation]) -> Fitted:
    """Return the thresholds that serve the labelled queries best."""
    _check(observations)
    random = np.random.default_rng(_SEED)
    chosen = np.array(
        [
            _choose(
                [observations[i] for i in random.integers(0, len(observations), len(observations))]
            )
            for _ in range(_RESAMPLED)
        ]
    )
    suggest, answer = (float(value) for value in np.median(chosen, axis=0))
    thresholds = _with_gap(observations, Thresholds(max(suggest, answer), suggest))
    low, high = np.quantile(chosen, (0.05, 0.95), axis=0)
    said = [verdict_of(one.evidence, thresholds) for one in observations]
    answered = [
        one.right
        for one, verdict in zip(observations, said, strict=True)
        if verdict is Verdict.ANSWER
    ]
    return Fitted(
        thresholds,
        answer_interval=Interval(float(max(low[1], low[0])), float(max(high[1], high[0]))),
        suggest_interval=Interval(float(low[0]), float(high[0])),
        accuracy=accuracy(observations, thresholds),
        held_out=_held_out(observations, random),
        answer_precision=sum(answered) / len(answered) if answered else None,
        curve=curve(observations),
    )


def accuracy(observations: Sequence[Observation], thresholds: Thresholds) -> float:
    """Return the share of queries of which it is said rightly whether anything answers them."""
    agreed = sum(
        (verdict_of(one.evidence, thresholds) is not Verdict.NO_ANSWER) == one.answerable
        for one in observations
    )
    return agreed / len(observations)


def curve(observations: Sequence[Observation]) -> tuple[CalibrationPoint, ...]:
    """Return what each of some thresholds would give, from the lowest number met to 1."""
    numbers, answerable, right = _arrays(observations)
    points = []
    for threshold in np.linspace(min(max(numbers.min(), 0.0), 0.9), 1.0, _POINTS):
        passed = numbers >= threshold
        points.append(
            CalibrationPoint(
                threshold=round(float(threshold), 4),
                accuracy=float((passed == answerable).mean()),
                answered=float(passed.mean()),
                right=float(right[passed].mean()) if passed.any() else 1.0,
            )
        )
    return tuple(points)


def _check(observations: Sequence[Observation]) -> None:
    answerable = sum(one.answerable for one in observations)
    if answerable < _LEAST or len(observations) - answerable < 1:
        raise IndexerError(
            f"{answerable} answerable and {len(observations) - answerable} unanswerable queries;"
            f" give {_LEAST} that the base answers, and some that it can't (an empty expected id)"
        )


def _arrays(observations: Sequence[Observation]) -> tuple[Numbers, Flags, Flags]:
    """Return the number of each query (-1 where nothing can answer), and its two labels."""
    numbers = [
        -1.0 if one.evidence is None or one.evidence.vetoed else one.evidence.number
        for one in observations
    ]
    return (
        np.array(numbers, dtype=np.float64),
        np.array([one.answerable for one in observations], dtype=np.bool_),
        np.array([one.right for one in observations], dtype=np.bool_),
    )


def _choose(observations: Sequence[Observation]) -> tuple[float, float]:
    """Return the two thresholds that serve best: that of suggestions and that of answers."""
    numbers, answerable, right = _arrays(observations)
    suggest = _best_cut(numbers, np.where(answerable, 1.0, -1.0))
    free = np.array([one.evidence is None or not one.evidence.conflicting for one in observations])
    answer = _best_cut(numbers[free], np.where(right[free], 1.0, -1.0))
    return suggest, answer


def _best_cut(numbers: Numbers, worth: Numbers) -> float:
    """Return the number from which on the sum of worth is greatest, between two neighbours."""
    if not len(numbers):
        return 1.0
    order = np.argsort(-numbers)
    numbers, worth = numbers[order], worth[order]
    sums = np.concatenate(([0.0], np.cumsum(worth)))
    # Equal numbers pass or fail together.
    apart = np.concatenate(([True], numbers[:-1] > numbers[1:], [True]))
    sums[~apart] = -np.inf
    taken = int(np.argmax(sums))
    if taken == 0:
        return 1.0
    below = numbers[taken] if taken < len(numbers) else numbers[taken - 1] - 0.02
    return float(np.clip((numbers[taken - 1] + below) / 2, 0.0, 1.0))


def _with_gap(observations: Sequence[Observation], thresholds: Thresholds) -> Thresholds:
    def worth(gap: float) -> int:
        limits = Thresholds(thresholds.answer, thresholds.suggest, gap)
        return sum(
            1 if one.right else -1
            for one in observations
            if verdict_of(one.evidence, limits) is Verdict.ANSWER
        )

    best = max(_GAPS, key=worth)
    if worth(best) - worth(0.0) < _WORTH_A_GAP * len(observations):
        best = 0.0
    return Thresholds(thresholds.answer, thresholds.suggest, best)


def _held_out(observations: Sequence[Observation], random: np.random.Generator) -> float:
    figures = []
    for _ in range(_HALVES):
        order = random.permutation(len(observations))
        half = len(observations) // 2
        fitted_on = [observations[i] for i in order[:half]]
        rest = [observations[i] for i in order[half:]]
        suggest, answer = _choose(fitted_on)
        figures.append(accuracy(rest, Thresholds(max(suggest, answer), suggest)))
    return float(np.mean(figures))

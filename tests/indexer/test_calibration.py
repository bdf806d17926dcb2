"""Calibration: the thresholds separate what can be separated, and say how sure they are."""

from __future__ import annotations

import random

import pytest

from indexer.calibration import Observation, accuracy, curve, fit
from indexer.errors import IndexerError
from indexer.verdicts import Evidence, Thresholds, Verdict, verdict_of


def seen(score, *, answerable, right=None, lead=0.2, **evidence):
    return Observation(
        Evidence(score, score, lead=lead, **evidence),
        answerable,
        answerable if right is None else right,
    )


def noisy(count, seed=0):
    """Answerable ones lie about 0.8, the others about 0.5; half of the low ones are wrong hits."""
    chance = random.Random(seed)
    found = [seen(chance.gauss(0.8, 0.07), answerable=True) for _ in range(count)]
    found += [seen(chance.gauss(0.62, 0.05), answerable=True, right=False) for _ in range(count)]
    return found + [seen(chance.gauss(0.45, 0.05), answerable=False) for _ in range(count)]


def test_what_is_separable_is_separated():
    fitted = fit(
        [seen(0.8 + n / 100, answerable=True) for n in range(10)]
        + [seen(0.4 + n / 100, answerable=False) for n in range(10)]
    )
    assert 0.49 < fitted.thresholds.suggest <= fitted.thresholds.answer <= 0.81
    assert fitted.accuracy == 1
    assert fitted.held_out > 0.9


def test_the_chosen_point_is_within_two_points_of_the_best_there_is():
    observations = noisy(60)
    fitted = fit(observations)
    best = max(accuracy(observations, Thresholds(n / 200, n / 200)) for n in range(201))
    assert fitted.accuracy >= best - 0.02
    assert fitted.suggest_interval.low <= fitted.thresholds.suggest <= fitted.suggest_interval.high


def test_answers_begin_where_hits_are_rather_right_than_wrong():
    fitted = fit(noisy(60))
    assert fitted.thresholds.suggest < 0.6 < fitted.thresholds.answer < 0.78
    assert fitted.answer_precision > 0.9


def test_the_same_queries_give_the_same_thresholds():
    assert fit(noisy(30)) == fit(noisy(30))


def test_more_queries_make_the_interval_narrower():
    def width(count):
        interval = fit(noisy(count)).suggest_interval
        return interval.high - interval.low

    assert width(200) < width(12)


def test_a_gap_is_asked_for_only_where_it_is_worth_it():
    clear = [seen(0.9, answerable=True, lead=0.3) for _ in range(30)]
    doubtful = [seen(0.9, answerable=True, right=False, lead=0.005) for _ in range(20)]
    none = [seen(0.2, answerable=False) for _ in range(10)]
    limits = fit(clear + doubtful + none).thresholds
    assert limits.gap > 0
    assert verdict_of(doubtful[0].evidence, limits) is Verdict.DID_YOU_MEAN
    assert fit(clear + none).thresholds.gap == 0


def test_the_curve_is_what_counting_gives():
    observations = noisy(20)
    for point in curve(observations):
        passed = [one for one in observations if one.evidence.number >= point.threshold]
        assert point.answered == pytest.approx(len(passed) / len(observations))
        agreed = sum(
            (one.evidence.number >= point.threshold) == one.answerable for one in observations
        )
        assert point.accuracy == pytest.approx(agreed / len(observations))


@pytest.mark.parametrize(
    "few",
    [
        [seen(0.9, answerable=True)] * 9 + [seen(0.1, answerable=False)] * 9,
        [seen(0.9, answerable=True)] * 50,
    ],
)
def test_too_few_labels_of_either_sort_are_refused_with_what_is_needed(few):
    with pytest.raises(IndexerError, match="give 10"):
        fit(few)


def test_a_query_without_a_hit_counts_as_refused():
    observations = [*noisy(20), Observation(None, False, False)]
    assert accuracy([observations[-1]], fit(observations).thresholds) == 1

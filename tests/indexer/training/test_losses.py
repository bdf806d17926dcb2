from __future__ import annotations

import math

import torch
from torch.nn.functional import normalize

from indexer.training.losses import (
    contrast,
    cosent,
    imitate,
    imitate_cosines,
    imitate_ranking,
)


def unit(*rows: list[float]) -> torch.Tensor:
    return normalize(torch.tensor(rows, dtype=torch.float32), dim=1)


def test_cosent_equals_the_sum_over_wrongly_ordered_pairs() -> None:
    first = unit([1, 0], [1, 0], [1, 0])
    second = unit([1, 0], [1, 1], [0, 1])
    labels = torch.tensor([0.0, 1.0, 0.0])
    cosines = [1.0, math.sqrt(0.5), 0.0]
    expected = math.log(
        1 + math.exp(20 * (cosines[0] - cosines[1])) + math.exp(20 * (cosines[2] - cosines[1]))
    )
    assert math.isclose(float(cosent(first, second, labels)), expected, rel_tol=1e-5)


def test_contrast_ignores_pairs_that_are_marked_as_the_same() -> None:
    first = unit([1, 0], [1, 0.1], [0, 1])
    same = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    assert contrast(first, first, same=same) < contrast(first, first)


def test_imitation_costs_nothing_when_student_and_teacher_agree() -> None:
    rows = unit([1, 2], [3, -1])
    assert abs(float(imitate(rows, rows))) < 1e-6
    assert float(imitate_cosines(rows, -rows)) < 1e-12
    assert float(imitate(rows, -rows)) > 1.9


def test_contrast_with_texts_that_belong_to_none_equals_the_softmax_by_hand() -> None:
    first, second = unit([1, 0], [0, 1]), unit([1, 0.2], [0.1, 1], [1, 1])
    scores = [[20 * float(a @ b) for b in second] for a in first]
    there = [math.log(sum(map(math.exp, row))) - row[i] for i, row in enumerate(scores)]
    columns = [[row[i] for row in scores] for i in range(2)]
    back = [math.log(sum(map(math.exp, column))) - column[i] for i, column in enumerate(columns)]
    expected = (sum(there) + sum(back)) / 4
    assert math.isclose(float(contrast(first, second)), expected, rel_tol=1e-4)


def test_a_ranking_is_compared_by_the_divergence_over_the_others() -> None:
    asked, found = unit([1, 0], [0, 1], [1, 1]), unit([1, 0.1], [0.3, 1], [1, 0.8])
    likeness = torch.tensor([[1.0, 0.2, 0.7], [0.1, 1.0, 0.6], [0.5, 0.4, 1.0]])
    expected = 0.0
    for row in range(3):
        others = [i for i in range(3) if i != row]
        scores = [5 * float(asked[row] @ found[i]) for i in others]
        wanted = [5 * float(likeness[row, i]) for i in others]
        shares = [math.exp(s) / sum(map(math.exp, scores)) for s in scores]
        targets = [math.exp(w) / sum(map(math.exp, wanted)) for w in wanted]
        expected += sum(t * math.log(t / s) for t, s in zip(targets, shares, strict=True))
    found_loss = float(imitate_ranking(asked, found, likeness, 5.0))
    assert math.isclose(found_loss, expected / 3, rel_tol=1e-4)
    assert float(imitate_ranking(asked, asked, asked @ asked.T)) < 1e-6

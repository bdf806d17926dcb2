"""What training pulls on: rank of labelled pairs, one right partner among many, a teacher.

All take unit vectors, so every product below is a cosine.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def cosent(first: Tensor, second: Tensor, labels: Tensor, scale: float = 20.0) -> Tensor:
    """Return the CoSENT loss: a pair with the larger label should have the larger cosine.

    Source: J. Su, "CoSENT", https://kexue.fm/archives/8847; log(1 + sum exp(scale * gap)).
    """
    cosines = (first * second).sum(1) * scale
    gaps = cosines[:, None] - cosines[None, :]
    wrong_way = labels[:, None] < labels[None, :]
    gaps = gaps.masked_fill(~wrong_way, float("-inf")).flatten()
    return torch.logsumexp(torch.cat([gaps.new_zeros(1), gaps]), dim=0)


def contrast(
    first: Tensor, second: Tensor, scale: float = 20.0, same: Tensor | None = None
) -> Tensor:
    """Return the in-batch softmax loss, both ways: row i of one belongs to row i of the other.

    `second` may have more rows: texts that belong to none. `same` [firsts, seconds] marks other
    pairs that are alike as well and must not be pushed apart.
    """
    scores = first @ second.T * scale
    if same is not None:
        own = torch.eye(*scores.shape, dtype=torch.bool, device=scores.device)
        scores = scores.masked_fill(same & ~own, float("-inf"))
    target = torch.arange(len(scores), device=scores.device)
    back = scores[:, : len(scores)].T
    return (functional.cross_entropy(scores, target) + functional.cross_entropy(back, target)) / 2


def contrast_ways(
    first: Tensor,
    second: Tensor,
    missed: Tensor,
    group: Tensor,
    missed_group: Tensor,
    scale: float = 20.0,
) -> Tensor:
    """Tell row i of `second` from the other rows, for row i of `first`, and from `missed` i.

    `group` [firsts] says what a row asks for, and `missed_group` what its near miss does. A near
    miss of one row may well be what another asks for, so only its own is told from it.
    """
    other = ~torch.eye(len(first), dtype=torch.bool, device=first.device)
    other = other | (group == missed_group)[:, None]
    same = torch.cat([group[:, None] == group[None, :], other], dim=1)
    return contrast(first, torch.cat([second, missed]), scale, same)


def imitate(student: Tensor, teacher: Tensor) -> Tensor:
    """Return one minus the mean cosine between a student's rows and its teacher's."""
    return 1 - (student * teacher).sum(1).mean()


def imitate_cosines(student: Tensor, teacher: Tensor) -> Tensor:
    """Return the mean squared difference of all cosines within the batch."""
    return functional.mse_loss(student @ student.T, teacher @ teacher.T)


def imitate_ranking(asked: Tensor, found: Tensor, likeness: Tensor, scale: float = 20.0) -> Tensor:
    """Return the divergence between two rankings of the other `found` for each row of `asked`.

    Row i of `asked` belongs to row i of `found`, which would take all the weight and is left
    out. `likeness` [asked, found] is the teacher's; both become shares by a softmax at `scale`
    (ListNet: Z. Cao et al., "Learning to Rank", 2007).
    """
    own = torch.eye(len(asked), dtype=torch.bool, device=asked.device)
    shares = (asked @ found.T * scale).masked_fill(own, -1e4).log_softmax(dim=1)
    wanted = (likeness * scale).masked_fill(own, -1e4).log_softmax(dim=1)
    return functional.kl_div(shares, wanted, reduction="batchmean", log_target=True)

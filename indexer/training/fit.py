"""One training loop for the transplant, the teacher and the student.

A step draws from the mixture, encodes each different text once, and adds up the losses that
have weight. Weights are averaged over steps (EMA); the average is what is evaluated and kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from indexer.encoder import Progress
from indexer.training.curve import add_point, cut_after
from indexer.training.losses import (
    contrast,
    contrast_ways,
    cosent,
    imitate,
    imitate_cosines,
    imitate_ranking,
)
from indexer.training.mixture import Corner, Draw, Mixture, Sizes
from indexer.training.network import sentence_vectors
from indexer.training.tokens import Ragged, joined

Encode = Callable[[Ragged], Tensor]
Evaluate = Callable[[Encode], dict[str, float]]


@dataclass(frozen=True)
class Schedule:
    """How long and how hard to train; rates are peaks: warmed up, held,
    and let down linearly over the last `cooldown` share of the steps.

    The teacher's weight falls linearly to nothing over the first `teacher_share` of them. With
    `all_negatives` a text is told from every text of the step, not from the positives alone.
    """

    steps: int
    learning_rate: float
    piece_learning_rate: float
    warmup: float = 0.05
    cooldown: float = 0.3
    sizes: Sizes = field(default_factory=Sizes)
    weight_decay: float = 0.01
    average: float = 0.998
    evaluate_every: int = 100
    pair_weight: float = 1.0
    contrast_weight: float = 0.5
    translation_weight: float = 1.0
    view_weight: float = 0.3
    neighbour_weight: float = 1.0
    way_weight: float = 1.0
    reference_weight: float = 1.0
    teacher_weight: float = 5.0
    teacher_share: float = 1.0
    all_negatives: bool = False
    scale: float = 20.0
    seed: int = 1


class Trainer:
    """Trains `model` on the mixture, and keeps its averaged twin.

    `targets` are the English encoder's vectors of the translations; the `teacher` is asked about
    all other texts.
    """

    def __init__(
        self,
        model: BertModel,
        mixture: Mixture,
        targets: NDArray[np.float16],
        schedule: Schedule,
        run: Path,
        teacher: BertModel | None = None,
    ) -> None:
        self.module, self.mixture = model, mixture
        self._device = model.device
        self._teacher = teacher.train(False) if teacher else None
        self.targets, self.schedule, self.run = targets, schedule, run
        pieces = [p for n, p in model.named_parameters() if "word_embeddings" in n]
        known = {id(p) for p in pieces}
        rest = [p for p in model.parameters() if id(p) not in known]
        groups = [
            {"params": pieces, "peak": schedule.piece_learning_rate, "weight_decay": 0.0},
            {"params": rest, "peak": schedule.learning_rate},
        ]
        self.optimizer = torch.optim.AdamW(
            [group for group in groups if group["params"]],
            lr=schedule.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=schedule.weight_decay,
            fused=True,
        )
        self.average = {n: p.detach().clone() for n, p in model.named_parameters()}
        self.step = 0
        run.mkdir(parents=True, exist_ok=True)

    def train(
        self, evaluate: Evaluate, *, stop_after: int | None = None, progress: Progress | None = None
    ) -> None:
        """Train to the end of the schedule, from the last checkpoint if there is one.

        `stop_after` ends the run at that step, its learning rates still those of the whole.
        """
        self._resume()
        started, first = time.monotonic(), self.step
        last = min(self.schedule.steps, stop_after or self.schedule.steps)
        losses: list[float] = []
        while self.step < last:
            self._set_rates()
            loss = self._loss(self._draw())
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
            self.optimizer.step()
            self.step += 1
            self._average()
            losses.append(float(loss.detach()))
            if progress:
                progress(self.step, last)
            if self.step % self.schedule.evaluate_every == 0 or self.step == last:
                scores = self.evaluate(evaluate)
                rate = (self.step - first) / (time.monotonic() - started)
                add_point(
                    self.run,
                    {
                        "step": self.step,
                        "loss": float(np.mean(losses)),
                        "steps_per_second": rate,
                        **scores,
                    },
                )
                losses.clear()
                self._save()

    def _draw(self) -> Draw:
        plan = self.schedule
        sizes = plan.sizes if self._teacher_weight() else replace(plan.sizes, lines=0)
        return self.mixture.draw(plan.seed, self.step, sizes)

    def _teacher_weight(self) -> float:
        plan = self.schedule
        fading = max(1.0, plan.teacher_share * plan.steps)
        return plan.teacher_weight * max(0.0, 1 - self.step / fading) if self._teacher else 0.0

    def evaluate(self, evaluate: Evaluate) -> dict[str, float]:
        """Evaluate the averaged weights."""
        self.module.train(False)
        try:
            with self.averaged(), torch.inference_mode():
                return evaluate(lambda texts: sentence_vectors(self.module, texts))
        finally:
            self.module.train()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the averaged weights in place of the live ones for a while."""
        live = {n: p.detach().clone() for n, p in self.module.named_parameters()}
        self._put(self.average)
        try:
            yield
        finally:
            self._put(live)

    def finish(self) -> None:
        """Leave the averaged weights in the module, for good."""
        self._put(self.average)

    def _put_array(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array).to(self._device)

    def _put(self, weights: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self.module.named_parameters():
                parameter.copy_(weights[name])

    def _average(self) -> None:
        # Early averages lean on the newest weights: a fixed decay would keep the start.
        decay = min(self.schedule.average, (self.step + 1) / (self.step + 10))
        live = [p.detach() for p in self.module.parameters()]
        kept = [self.average[n] for n, _ in self.module.named_parameters()]
        torch._foreach_lerp_(kept, live, 1 - decay)

    def _set_rates(self) -> None:
        done = self.step / self.schedule.steps
        warm = min(1.0, (done + 1e-4) / self.schedule.warmup) if self.schedule.warmup else 1.0
        factor = warm * min(1.0, max(0.02, (1 - done) / self.schedule.cooldown))
        for group in self.optimizer.param_groups:
            group["lr"] = factor * group.get("peak", self.schedule.learning_rate)

    def _loss(self, draw: Draw) -> Tensor:
        """Encode each different text of the draw once, and add up the losses."""
        mixture, plan, labelled = self.mixture, self.schedule, 2 * len(draw.pairs)
        wanted = [side[rows] for s, rows in draw.pairs for side in (s.first, s.second)]
        wanted += [draw.asked, draw.meant, draw.lines]
        wanted += [mixture.chinese[draw.translations], mixture.english[draw.translations]]
        wanted += [corner.lines.numbers[corner.places] for corner in draw.corners]
        if draw.ways:
            wanted += [draw.ways.first, draw.ways.second, draw.ways.missed]
        numbers, places = np.unique(np.concatenate(wanted), return_inverse=True)
        parts = [*draw.views, *(corner.worn for corner in draw.corners)]
        texts = joined([mixture.texts.take(numbers), *parts])
        vectors = sentence_vectors(self.module, texts)
        vectors, *views = torch.split(vectors, [len(numbers), *map(len, parts)])
        sides = torch.split(self._put_array(places), [len(w) for w in wanted])
        total = self._pair_loss(draw, numbers, vectors, sides)
        if len(draw.translations) and plan.translation_weight:
            chinese, english = (vectors[side] for side in sides[labelled + 3 : labelled + 5])
            total = total + plan.translation_weight * self._translation_loss(chinese, english, draw)
        if len(views[0]) and plan.view_weight:
            total = total + plan.view_weight * contrast(views[0], views[1], plan.scale)
        corners = sides[labelled + 5 : labelled + 5 + len(draw.corners)]
        for corner, side, worn in zip(draw.corners, corners, views[2:], strict=True):
            total = total + self._corner_loss(corner, worn, vectors[side])
        if draw.ways:
            first, second, missed = (vectors[side] for side in sides[-3:])
            group, other = (mixture.group[w] for w in (draw.ways.first, draw.ways.missed))
            groups = self._put_array(group), self._put_array(other)
            told = contrast_ways(first, second, missed, *groups, plan.scale)
            total = total + plan.way_weight * told
        if self._teacher and self._teacher_weight():
            # Taught texts have the smallest numbers, and `numbers` is sorted.
            known = numbers[: np.searchsorted(numbers, mixture.taught)]
            with torch.no_grad():
                taught = sentence_vectors(self._teacher, mixture.texts.take(known))
            total = total + self._teacher_weight() * self._imitation(vectors[: len(known)], taught)
        return total

    def _pair_loss(
        self, draw: Draw, numbers: NDArray[np.int64], vectors: Tensor, sides: Sequence[Tensor]
    ) -> Tensor:
        """Rank the pairs of each set, and tell each text's partner from all other texts."""
        plan, group = self.schedule, self.mixture.group[numbers]
        total = vectors.new_zeros(())
        firsts, seconds = [], []
        for place, (pairs, rows) in enumerate(draw.pairs):
            first, second = sides[2 * place : 2 * place + 2]
            share = pairs.weight / sum(s.weight for s, _ in draw.pairs)
            labels = self._put_array(pairs.labels[rows])
            ranked = cosent(vectors[first], vectors[second], labels, plan.scale)
            total = total + plan.pair_weight * share * ranked
            alike = self._put_array(pairs.positive[rows])
            firsts.append(first[alike])
            seconds.append(second[alike])
        start = 2 * len(draw.pairs)
        first = torch.cat([*firsts, sides[start]])
        second = torch.cat([*seconds, sides[start + 1]])
        if plan.all_negatives:
            others = torch.unique(torch.cat(list(sides[: start + 2])))
            others = others[~torch.isin(others, second)]
            second = torch.cat([second, others])
        if len(first) and plan.contrast_weight:
            groups = self._put_array(group)
            same = groups[first][:, None] == groups[second][None, :]
            total = total + plan.contrast_weight * contrast(
                vectors[first], vectors[second], plan.scale, same
            )
        return total

    def _corner_loss(self, corner: Corner, worn: Tensor, whole: Tensor) -> Tensor:
        """Find each line by its worn-down twin, and its neighbours in the right order."""
        plan, lines = self.schedule, corner.lines
        likeness = self._put_array(lines.likeness(corner.places))
        ranked = imitate_ranking(worn, whole, likeness, plan.scale)
        ranked = ranked + imitate_ranking(whole, whole, likeness, plan.scale)
        total = plan.neighbour_weight * ranked + plan.view_weight * contrast(
            worn, whole, plan.scale
        )
        reference = self._put_array(lines.reference[corner.places].astype(np.float32))
        # With words or an adviser, whose vectors are wider, ours are to move away from it.
        if not lines.lexical_share and reference.shape[1] == whole.shape[1]:
            drawn = imitate(worn, reference) + imitate(whole, reference)
            total = total + plan.reference_weight * drawn
        return total

    def _imitation(self, vectors: Tensor, taught: Tensor) -> Tensor:
        # All cosines of a thousand texts are enough; taken evenly, because a set's texts
        # stand together.
        some = slice(None, None, max(1, len(taught) // 1024))
        return imitate(vectors, taught) + 4 * imitate_cosines(vectors[some], taught[some])

    def _translation_loss(self, chinese: Tensor, english: Tensor, draw: Draw) -> Tensor:
        numbers = self.mixture.targets[draw.translations]
        target = self._put_array(self.targets[numbers].astype(np.float32))
        target = functional.normalize(target, dim=1)
        same = self._put_array(numbers[:, None] == numbers[None, :])
        loss = target.new_zeros(())
        for side in (chinese, english):
            loss = loss + self._imitation(side, target)
            loss = loss + 0.5 * contrast(side, target, self.schedule.scale, same)
        return loss / 2

    def _save(self) -> None:
        state = {
            "step": self.step,
            "schedule": asdict(self.schedule),
            "module": self.module.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
        }
        aside = self.run / "checkpoint.tmp"
        torch.save(state, aside)
        aside.replace(self.run / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.run / "checkpoint.pt"
        if not path.exists():
            cut_after(self.run, 0)
            return
        state = torch.load(path, weights_only=True, map_location=self._device)
        self.step = state["step"]
        self.module.load_state_dict(state["module"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        cut_after(self.run, self.step)

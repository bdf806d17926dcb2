"""A teacher and its student side by side: the two tables of the ancestor's model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from indexer.encoder import Encoder
from indexer.evaluation import PairScores, evaluate_pairs
from indexer.speed import Speed, machine, measure_all


@dataclass(frozen=True)
class Comparison:
    """Quality and cost of two models, measured in one run."""

    teacher: Speed
    student: Speed
    teacher_scores: PairScores | None
    student_scores: PairScores | None

    def as_document(self) -> dict[str, object]:
        """Return everything as plain values, with the gaps."""
        document: dict[str, object] = {
            "teacher": asdict(self.teacher),
            "student": asdict(self.student),
            "speedup": self.student.long_per_second / self.teacher.long_per_second,
            "machine": machine(),
        }
        if self.teacher_scores and self.student_scores:
            document["quality"] = {
                "teacher": {**self.teacher_scores.sets, "mean": self.teacher_scores.mean},
                "student": {**self.student_scores.sets, "mean": self.student_scores.mean},
                "gap": self.student_scores.mean - self.teacher_scores.mean,
            }
        return document

    def as_markdown(self) -> str:
        """Return the two tables."""
        parts = []
        if self.teacher_scores and self.student_scores:
            parts.append(_quality_table(self.teacher_scores, self.student_scores))
        parts.append(_cost_table(self.teacher, self.student))
        parts.append(", ".join(f"{name} {value}" for name, value in machine().items()))
        return "\n\n".join(parts)


def compare_models(
    teacher: Encoder,
    student: Encoder,
    pairs: Mapping[str, Path],
    texts: Sequence[str],
    *,
    repeats: int = 3,
    sentences: int = 10_000,
) -> Comparison:
    """Measure both models on the pair files, if any, and on the clock."""
    scores = [evaluate_pairs(model, pairs) if pairs else None for model in (teacher, student)]
    speeds = measure_all([teacher, student], texts, repeats=repeats, sentences=sentences)
    return Comparison(speeds[0], speeds[1], scores[0], scores[1])


def _quality_table(teacher: PairScores, student: PairScores) -> str:
    names = [*teacher.sets, "mean"]
    rows = {
        "teacher": [*teacher.sets.values(), teacher.mean],
        "student": [*student.sets.values(), student.mean],
    }
    rows["gap"] = [s - t for t, s in zip(rows["teacher"], rows["student"], strict=True)]
    lines = [f"| Spearman x100 | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    lines += [f"| {name} | {' | '.join(f'{v:.2f}' for v in row)} |" for name, row in rows.items()]
    return "\n".join(lines)


def _cost_table(teacher: Speed, student: Speed) -> str:
    head = (
        "| | layers | parameters | 10,000 sentences, s | latency, ms | sentences/s"
        " (batch 16, 256 tokens) | best batch, sentences/s |"
    )
    lines = [head, "|---" * 7 + "|"]
    for name, speed in (("teacher", teacher), ("student", student)):
        lines.append(
            f"| {name} | {speed.layers} | {speed.parameters / 1e6:.1f}M"
            f" | {speed.seconds_for_10000:.2f} | {speed.latency_ms:.2f}"
            f" | {speed.long_per_second:.1f} | {speed.best_long_per_second:.1f} |"
        )
    lines.append(
        f"| gap | | {student.parameters / teacher.parameters:.2f}x"
        f" | {student.seconds_for_10000 / teacher.seconds_for_10000:.2f}x"
        f" | {student.latency_ms / teacher.latency_ms:.2f}x"
        f" | {student.long_per_second / teacher.long_per_second:.2f}x"
        f" | {student.best_long_per_second / teacher.best_long_per_second:.2f}x |"
    )
    return "\n".join(lines)

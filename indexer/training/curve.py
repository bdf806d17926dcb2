"""The log of a run, one line of figures per evaluation, and its picture.

The log never runs ahead of the checkpoint that a broken run goes on from: what was logged
after it is taken back, so no step stands there twice.
"""

from __future__ import annotations

import json
from pathlib import Path

LOG, PICTURE = "curve.jsonl", "curve.png"


def read_points(folder: Path) -> list[dict[str, float]]:
    """Return the logged figures of a run folder, oldest first."""
    log = folder / LOG
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def last_step(folder: Path) -> int:
    """Return the last step that was logged, 0 where none was."""
    points = read_points(folder)
    return int(points[-1]["step"]) if points else 0


def add_point(folder: Path, point: dict[str, float]) -> None:
    """Log the figures of one evaluation."""
    with (folder / LOG).open("a", encoding="utf-8") as out:
        out.write(_line(point))


def cut_after(folder: Path, step: int) -> None:
    """Take back what was logged after a step."""
    points = read_points(folder)
    kept = [point for point in points if point["step"] <= step]
    if len(kept) < len(points):
        (folder / LOG).write_text("".join(map(_line, kept)), encoding="utf-8")


def _line(point: dict[str, float]) -> str:
    return json.dumps({name: round(value, 4) for name, value in point.items()}) + "\n"


def draw_curve(folder: Path) -> Path | None:
    """Draw the log of a run folder into `curve.png`; None if nothing was logged."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    points = read_points(folder)
    if not points:
        return None
    steps = [point["step"] for point in points]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4), layout="constrained")
    left.plot(steps, [point["loss"] for point in points], color="black")
    left.set(title="loss", xlabel="steps")
    for name in points[0]:
        if name not in ("step", "loss", "steps_per_second"):
            right.plot(steps, [point[name] for point in points], label=name)
    right.set(title="Spearman x100 on dev sets", xlabel="steps")
    right.legend(fontsize="small", ncols=2)
    figure.savefig(folder / PICTURE, dpi=90)
    pyplot.close(figure)
    return folder / PICTURE

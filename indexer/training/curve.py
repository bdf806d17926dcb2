"""The picture of a run: every logged figure over the steps, as one PNG in the run folder."""

from __future__ import annotations

import json
from pathlib import Path


def draw_curve(folder: Path) -> Path | None:
    """Draw `curve.jsonl` of a run folder into `curve.png`; None if nothing was logged."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    log = folder / "curve.jsonl"
    points = (
        [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []
    )
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
    figure.savefig(folder / "curve.png", dpi=90)
    pyplot.close(figure)
    return folder / "curve.png"

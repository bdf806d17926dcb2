"""The charts: each is drawn from a few dozen numbers, however many queries they tell of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from app.ui.language import t
from indexer.hit_figures import CurvePoint, QueryOutcome
from store.insights import Counts

_RIGHT, _WRONG, _THIRD = "#2f6f5e", "#d1803c", "#5b7fb5"
_QUIET = "#8a8f98"
_BINS = 30


def threshold_chart(points: Sequence[CurvePoint], thresholds: Mapping[str, float]) -> Any:
    """Return what would be answered, and how much of it rightly, from each confidence on.

    The thresholds that the search went by are marked.
    """
    series = {
        t("curve_right"): [point.right for point in points],
        t("curve_covered"): [point.covered for point in points],
        t("curve_refused"): [point.refused for point in points],
    }
    table = pd.DataFrame(
        [
            {"threshold": point.threshold, "share": value, "group": name}
            for name, values in series.items()
            for point, value in zip(points, values, strict=True)
            if value is not None
        ],
        columns=["threshold", "share", "group"],
    )
    lines = (
        alt.Chart(table)
        .mark_line()
        .encode(
            x=alt.X("threshold:Q", title=t("curve_threshold"), scale=alt.Scale(zero=False)),
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%"), scale=_unit()),
            color=_color(list(series), [_RIGHT, _THIRD, _WRONG]),
            tooltip=[
                alt.Tooltip("group:N", title=" "),
                alt.Tooltip("threshold:Q", title=t("curve_threshold"), format=".3f"),
                alt.Tooltip("share:Q", title=t("curve_share"), format=".1%"),
            ],
        )
    )
    # The lower one is named to its left and the higher one to its right: they may be near.
    words = {"suggest": ("right", "verdict_did_you_mean"), "answer": ("left", "verdict_answer")}
    marks = [
        _mark(thresholds[name], f"{t(word)} {thresholds[name]:.3f}", side)
        for name, (side, word) in words.items()
        if name in thresholds
    ]
    return alt.layer(lines, *marks)


def _mark(threshold: float, said: str, side: str) -> Any:
    """Return a dashed line at a threshold, with what it is; the text begins or ends there."""
    table = pd.DataFrame([{"threshold": threshold, "mark": said}])
    rule = alt.Chart(table).encode(x="threshold:Q", tooltip=[alt.Tooltip("mark:N", title=" ")])
    place: dict[str, Any] = {"align": side, "dx": 4 if side == "left" else -4, "dy": -4}
    return alt.layer(
        rule.mark_rule(strokeDash=[4, 4], color=_QUIET),
        rule.mark_text(color=_QUIET, baseline="bottom", **place).encode(
            text="mark:N", y=alt.value(0)
        ),
    )


def score_chart(tested: Sequence[QueryOutcome]) -> Any:
    """Return how often each confidence came with a right best hit, and with a wrong one."""
    scored = [one for one in tested if one.number is not None]
    groups = {
        t("scores_right"): [one.number for one in scored if one.rank == 1],
        t("scores_wrong"): [one.number for one in scored if one.answerable and one.rank != 1],
        t("scores_none"): [one.number for one in scored if not one.answerable],
    }
    every = [one.number for one in scored if one.number is not None]
    low, high = (min(every), max(every)) if every else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
    rows = []
    for name, scores in groups.items():
        counts, _ = np.histogram(np.array(scores, dtype=float), bins=edges)
        rows += [
            {"from": start, "to": end, "count": int(count), "group": name}
            for start, end, count in zip(edges[:-1], edges[1:], counts, strict=True)
        ]
    return _bars(pd.DataFrame(rows), t("curve_threshold"), list(groups), [_RIGHT, _WRONG, _THIRD])


def latency_chart(tested: Sequence[QueryOutcome]) -> Any:
    """Return how many of the timed queries took how long."""
    took = np.array([one.took_ms for one in tested if one.took_ms is not None], dtype=float)
    # A single straggler would squeeze all others into one bar.
    high = float(np.quantile(took, 0.99)) * 1.1 if took.size else 1.0
    counts, edges = np.histogram(np.minimum(took, high), bins=_BINS, range=(0.0, max(high, 1e-3)))
    name = t("latency_queries")
    rows = [
        {"from": start, "to": end, "count": int(count), "group": name}
        for start, end, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    return _bars(pd.DataFrame(rows), t("latency_ms"), [name], [_THIRD])


def day_chart(days: Mapping[dt.date, Counts]) -> Any:
    """Return how many queries each day had, by what came of them."""
    groups = {
        t("insights_answered"): [counts.answered for counts in days.values()],
        t("insights_suggested"): [counts.suggested for counts in days.values()],
        t("insights_unanswered"): [counts.unanswered for counts in days.values()],
    }
    # Without a time of day the browser would take it for midnight in UTC, and show the day before.
    rows = [
        {"day": f"{day.isoformat()}T00:00", "count": count, "group": name}
        for name, counts in groups.items()
        for day, count in zip(days, counts, strict=True)
    ]
    # A day alone is a bar, not a wall.
    width: Any = 28 if len(days) < 20 else alt.Undefined
    days_below = alt.Axis(format="%m-%d", labelAngle=0, labelOverlap=True)
    return (
        alt.Chart(pd.DataFrame(rows, columns=["day", "count", "group"]))
        .mark_bar(size=width)
        .encode(
            x=alt.X("yearmonthdate(day):O", title=None, axis=days_below),
            y=alt.Y("count:Q", title=t("chart_count"), axis=alt.Axis(tickMinStep=1)),
            color=_color(list(groups), [_RIGHT, _THIRD, _WRONG]),
            tooltip=[
                alt.Tooltip("yearmonthdate(day):T", title=t("insights_day"), format="%Y-%m-%d"),
                alt.Tooltip("group:N", title=" "),
                alt.Tooltip("count:Q", title=t("chart_count")),
            ],
        )
    )


def _bars(table: pd.DataFrame, title: str, names: list[str], colors: list[str]) -> Any:
    return (
        alt.Chart(table)
        .mark_bar(binSpacing=0)
        .encode(
            x=alt.X("from:Q", title=title, bin="binned", axis=alt.Axis(tickCount=8)),
            x2="to:Q",
            y=alt.Y("count:Q", title=t("chart_count"), axis=alt.Axis(tickMinStep=1)),
            color=_color(names, colors),
            tooltip=[
                alt.Tooltip("group:N", title=" "),
                alt.Tooltip("from:Q", title=title, format=".3f"),
                alt.Tooltip("count:Q", title=t("chart_count")),
            ],
        )
    )


def _color(names: list[str], colors: list[str]) -> Any:
    return alt.Color(
        "group:N",
        title=None,
        scale=alt.Scale(domain=names, range=colors),
        legend=alt.Legend(orient="top", direction="vertical", title=None, labelLimit=400),
    )


def _unit() -> Any:
    return alt.Scale(domain=[0, 1])

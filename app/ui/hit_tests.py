"""A hit test as the Quality page shows it: figures, charts, the queries that went wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from app import state
from app.hit_testing import write_results
from app.ui.charts import latency_chart, score_chart, threshold_chart
from app.ui.drawing import as_label, span
from app.ui.language import t
from app.words import PHRASES
from indexer.hit_figures import Change, Difference, QueryOutcome, threshold_curve
from store.hit_tests import HitTestRecord

SHARES = {
    "recall@1": "quality_first",
    "recall@3": "quality_three",
    "recall@5": "quality_five",
    "mrr": "quality_mrr",
    "verdict_accuracy": "quality_verdicts",
    "no_answer_precision": "quality_refused_right",
    "no_answer_recall": "quality_refused_found",
}
LATENCIES = {"p50_ms": "quality_median", "p99_ms": "quality_slowest"}
_MOST_ROWS = 2000
CHART_HEIGHT = 340


def run_label(record: HitTestRecord) -> str:
    """Return a run in one line, for a choice that is half a page wide, in no language."""
    first = record.figures.get("recall@1")
    share = "–" if first is None else _percent(first)
    return f"#{record.id} {share} · {record.name} · {record.created_at.astimezone():%Y-%m-%d %H:%M}"


def draw_run(
    record: HitTestRecord, tested: Sequence[QueryOutcome], before: HitTestRecord | None = None
) -> None:
    """Draw a run; with an earlier one, each figure says how far it moved."""
    _draw_figures(record.figures, before.figures if before else {})
    st.html(span("meta", _about(record)))
    _draw_notes(record, tested)
    curve, scores, latency = st.tabs(
        [t("quality_curve"), t("quality_scores"), t("quality_latency")]
    )
    with curve:
        marks = record.settings.get("thresholds", {})
        chart = threshold_chart(threshold_curve(tested), marks)
        st.altair_chart(chart, width="stretch", height=CHART_HEIGHT)
        st.caption(t("quality_curve_help"))
    with scores:
        st.altair_chart(score_chart(tested), width="stretch", height=CHART_HEIGHT)
        st.caption(t("quality_scores_help"))
    with latency:
        st.altair_chart(latency_chart(tested), width="stretch", height=CHART_HEIGHT)
        st.caption(t("quality_latency_help"))
    _draw_wrong(tested)
    _draw_download(record, tested)


def _draw_figures(figures: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    names = [*SHARES, *LATENCIES]
    for part in (names[:4], names[4:]):
        for column, name in zip(st.columns(5), part, strict=False):
            value, old = figures.get(name), before.get(name)
            share = name in SHARES
            moved = None if value is None or old is None else value - old
            column.metric(
                t(SHARES[name] if share else LATENCIES[name]),
                "–" if value is None else _percent(value) if share else _milliseconds(value),
                None if moved is None else f"{100 * moved:+.1f}" if share else f"{moved:+.1f} ms",
                delta_color="normal" if share else "inverse",
            )


def _percent(share: float) -> str:
    # A page's width has room for four characters and the sign.
    return f"{share:.1%}".replace("100.0", "100")


def _milliseconds(value: float) -> str:
    # Four characters and the unit are what a column has room for.
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def _about(record: HitTestRecord) -> str:
    figures, settings = record.figures, record.settings
    parts = [
        t(
            "quality_counts",
            queries=figures.get("queries", 0),
            answerable=figures.get("answerable", 0),
            unanswerable=figures.get("unanswerable", 0),
        ),
        ", ".join(settings.get("collections", ())) or t("all"),
        mode_word(str(settings.get("mode", ""))),
        t("quality_build", build=record.build_id, model=Path(record.model).name),
    ]
    return " · ".join(part for part in parts if part)


def mode_word(mode: str) -> str:
    """Return a search mode in words."""
    key = f"mode_{mode}"
    return t(key) if key in PHRASES else mode


def _draw_notes(record: HitTestRecord, tested: Sequence[QueryOutcome]) -> None:
    missing = sorted({name for one in tested for name in one.missing})
    if missing:
        shown = "、".join(missing[:10]) + ("…" if len(missing) > 10 else "")
        st.warning(as_label(t("quality_missing", count=len(missing), names=shown)))
    if unread := record.figures.get("unread"):
        st.warning(t("quality_unread", count=unread))


def _draw_wrong(tested: Sequence[QueryOutcome]) -> None:
    wrong = [one for one in tested if not one.right]
    st.subheader(t("quality_wrong", count=len(wrong)), anchor=False)
    if not wrong:
        st.success(t("quality_all_right"), icon=":material/check:")
        return
    table = pd.DataFrame(
        {
            t("quality_query"): [one.query for one in wrong[:_MOST_ROWS]],
            t("quality_expected"): [expected_word(one) for one in wrong[:_MOST_ROWS]],
            t("quality_rank"): [rank_word(one) for one in wrong[:_MOST_ROWS]],
            t("quality_best"): [one.question for one in wrong[:_MOST_ROWS]],
            t("quality_score"): [one.score for one in wrong[:_MOST_ROWS]],
            t("quality_verdict"): [verdict_word(one.verdict) for one in wrong[:_MOST_ROWS]],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        column_config={t("quality_score"): st.column_config.NumberColumn(format="%.3f")},
    )


def expected_word(one: QueryOutcome) -> str:
    """Return what a query expected, in words."""
    return ", ".join(one.expected) if one.answerable else t("quality_nothing")


def rank_word(one: QueryOutcome) -> str:
    """Return at which place the right entry was, in words."""
    if not one.answerable:
        return "–"
    return str(one.rank) if one.rank else t("quality_not_found")


def verdict_word(verdict: str | None) -> str:
    """Return a verdict in words."""
    key = f"verdict_{verdict}"
    return t(key) if key in PHRASES else verdict or ""


def _draw_download(record: HitTestRecord, tested: Sequence[QueryOutcome]) -> None:
    def workbook() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.xlsx"
            write_results(path, record, tested)
            return path.read_bytes()

    st.download_button(
        t("quality_download"),
        workbook,
        file_name=f"hittest-{record.id}.xlsx",
        icon=":material/download:",
        on_click="ignore",
        key=state.QUALITY_DOWNLOAD,
    )


def draw_difference(difference: Difference) -> None:
    """Draw which queries a run answered better or worse than the one before."""
    st.subheader(t("quality_difference"), anchor=False)
    st.write(
        t(
            "quality_difference_counts",
            better=len(difference.better),
            worse=len(difference.worse),
            same=difference.same,
        )
    )
    if difference.only_before or difference.only_after:
        st.caption(t("quality_only", before=difference.only_before, after=difference.only_after))
    for title, changes in (
        (t("quality_worse"), difference.worse),
        (t("quality_better"), difference.better),
    ):
        if changes:
            st.caption(f"{title} ({len(changes):,})")
            st.dataframe(_changes(changes), hide_index=True, width="stretch")


def _changes(changes: Sequence[Change]) -> pd.DataFrame:
    shown = changes[:_MOST_ROWS]
    return pd.DataFrame(
        {
            t("quality_query"): [change.query for change in shown],
            t("quality_expected"): [expected_word(change.after) for change in shown],
            t("quality_before"): [_outcome(change.before) for change in shown],
            t("quality_after"): [_outcome(change.after) for change in shown],
            t("quality_best"): [change.after.question for change in shown],
        }
    )


def _outcome(one: QueryOutcome) -> str:
    return " · ".join(part for part in (rank_word(one), verdict_word(one.verdict)) if part)

"""Insights: what is asked, how much of it is answered, and what of the base is of use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app import editing, state
from app.insights import Insights, gather, share
from app.ui import resources
from app.ui.charts import day_chart
from app.ui.drawing import plain_errors
from app.ui.hit_tests import CHART_HEIGHT, verdict_word
from app.ui.language import address, choose, t
from app.words import phrase
from store.insights import CollectionUse, EntryLine, TopQuestion
from store.unanswered import PoorQuery

DAYS = (7, 30, 90, 365)
LISTED = 50


def _page() -> None:
    home = resources.home()
    st.header(t("nav_insights"), anchor=False)
    st.caption(t("insights_help"))
    days = choose(
        t("unanswered_days"),
        DAYS,
        lambda days, spoken: phrase(spoken, "unanswered_last_days", days=days),
        first=DAYS[1],
        key=state.INSIGHTS_DAYS,
        persist_state="session",
        width=200,
    )
    found = gather(home, days, limit=LISTED)
    _draw_totals(found)
    if found.total.asked:
        st.subheader(t("insights_days"), anchor=False)
        st.altair_chart(day_chart(found.days), width="stretch", height=CHART_HEIGHT)
    else:
        st.info(t("insights_none"), icon=":material/query_stats:")
    _draw_lists(found)


def _draw_totals(found: Insights) -> None:
    total = found.total
    said = total.helpful + total.unhelpful
    asked, answered, helpful, never = st.columns(4)
    asked.metric(t("insights_asked"), f"{total.asked:,}")
    answered.metric(t("insights_answered"), _percent(share(total.answered, total.asked)))
    helpful.metric(t("insights_helpful"), _percent(share(total.helpful, said)))
    if said:
        helpful.caption(t("insights_helpful_of", count=said))
    never.metric(t("insights_never"), f"{found.never_hit.count:,}")


def _draw_lists(found: Insights) -> None:
    top, poor, never, expiring, collections = st.tabs(
        [
            t("insights_top"),
            t("insights_poor"),
            t("insights_never_list"),
            t("insights_expiring"),
            t("insights_collections"),
        ]
    )
    with top:
        verdicts = [verdict_word(one.verdict) for one in found.top]
        _draw_table(_queries(found.top) | {t("quality_verdict"): verdicts})
    with poor:
        _draw_table(_queries(found.poor))
        if found.poor:
            st.page_link(
                "views/unanswered.py",
                label=t("insights_open"),
                icon=":material/help:",
                query_params=address(),
            )
    with never:
        _draw_entries(found.never_hit.entries)
        if found.never_hit.count > len(found.never_hit.entries):
            st.caption(t("insights_first", count=len(found.never_hit.entries)))
    with expiring:
        _draw_entries(found.expiring.entries)
    with collections:
        _draw_table(_uses(found.collections))


def _queries(asked: Sequence[TopQuestion | PoorQuery]) -> dict[str, list[Any]]:
    return {
        t("quality_query"): [one.query for one in asked],
        t("insights_visits"): [one.askers for one in asked],
        t("insights_asked"): [one.asked for one in asked],
    }


def _uses(uses: Sequence[CollectionUse]) -> dict[str, list[Any]]:
    counts = [one.counts for one in uses]
    helpful = [share(one.helpful, one.helpful + one.unhelpful) for one in counts]
    return {
        t("collection"): [one.name for one in uses],
        t("insights_entries"): [one.entries for one in uses],
        t("insights_asked"): [one.asked for one in counts],
        t("insights_share"): [_percent(share(one.answered, one.asked)) for one in counts],
        t("insights_helpful"): [_percent(value) for value in helpful],
    }


def _draw_entries(entries: Sequence[EntryLine]) -> None:
    _draw_table(
        {
            "#": [one.id for one in entries],
            t("standard"): [one.question for one in entries],
            t("collection"): [one.collection for one in entries],
            t("valid_until"): [str(editing.last_day(one.valid_until) or "") for one in entries],
        }
    )


def _draw_table(columns: dict[str, list[Any]]) -> None:
    table = pd.DataFrame(columns)
    if table.empty:
        st.caption(t("insights_nothing"))
    else:
        st.dataframe(table, hide_index=True, width="stretch")


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


with plain_errors():
    _page()

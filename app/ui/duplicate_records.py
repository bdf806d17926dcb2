"""What was merged and decided, each with a button that takes it back; and the map of the base."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from app import state
from app.duplicates import undo
from app.home import Home
from app.ui import resources
from app.ui.clusters import LEAF
from app.ui.drawing import as_label, plain_errors, span
from app.ui.language import address, t
from indexer.duplicates.mapping import MapPoint, map_of
from indexer.errors import ModelError
from indexer.loading import describe
from store.builds import live_build
from store.changes import last_change
from store.duplicate_runs import OPEN, ClusterFilter, last_run, page_of_clusters
from store.entry_merges import list_merges
from store.pair_decisions import forget, list_decisions

SHOWN = 50
_LINKED = 500
_GREY = "#8a8f98"
# More colours than these nobody tells apart; the smaller categories share the grey.
_PALETTE = (
    *("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#76b7b2", "#edc948", "#ff9da7"),
    *("#9c755f", "#2f6f5e", "#a0cbe8", "#d4a6c8"),
)
_COLORS = len(_PALETTE)
_LEGEND_ROW = 20  # pixels


def draw_merges(home: Home, by: str) -> None:
    """Draw the newest merges."""
    with home.database.reading() as session:
        found = list_merges(session, limit=SHOWN)
    if not found:
        st.info(t("dup_no_merges"), icon=":material/inventory_2:")
    for one in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            about = f"{one.by} · {one.merged_at.astimezone():%Y-%m-%d %H:%M}"
            if one.undone_at:
                about = " · ".join((about, t("dup_was_undone"), one.undone_by or ""))
            said = [*one.questions[:LEAF]]
            if more := len(one.questions) - len(said):
                said.append(t("dup_members_more", count=more))
            st.html(span("question", " ← ".join(said)) + span("meta", about), width="stretch")
            if one.undone_at is None:
                st.button(
                    t("dup_undo"),
                    key=f"undo_{one.id}",
                    icon=":material/undo:",
                    type="tertiary",
                    on_click=_undo,
                    args=(home, one.id, by),
                )


def _undo(home: Home, merge_id: int, by: str) -> None:
    with plain_errors():
        undo(home, merge_id, by=by)
        st.session_state[state.NOTICE] = t("dup_undone")


def draw_decisions(home: Home, by: str) -> None:
    """Draw the newest decisions."""
    with home.database.reading() as session:
        found = list_decisions(session, limit=SHOWN)
    if not found:
        st.info(t("dup_no_decisions"), icon=":material/inventory_2:")
    for place, one in enumerate(found):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            badge = span("badge", t(f"dup_decision_{one.decision}"), tag="span")
            about = f"{one.by} · {one.decided_at.astimezone():%Y-%m-%d %H:%M}"
            pair = span("question", f"{one.first} ↔ {one.second}")
            st.html(
                f'<div class="tw-head">{pair}{badge}</div>{span("meta", about)}', width="stretch"
            )
            st.button(
                t("dup_forget"),
                key=f"forget_{place}",
                icon=":material/undo:",
                type="tertiary",
                on_click=_forget,
                args=(home, one.key, by),
            )


def _forget(home: Home, key: tuple[bytes, bytes], by: str) -> None:
    with plain_errors():
        with home.database.writing(by=by) as session:
            forget(session, [key])
        st.session_state[state.NOTICE] = t("dup_forgotten")


def draw_map(home: Home) -> None:
    """Draw the entries as points; a click opens one."""
    st.caption(t("dup_map_help"))
    with home.database.reading() as session:
        change = last_change(session)
        live = live_build(session)
        run = last_run(session)
        wanted = ClusterFilter(states=(OPEN,), kinds=("conflicting_answers", "same_answer"))
        clusters = page_of_clusters(session, run.id, wanted, limit=_LINKED) if run else []
    groups = [one.entries for one in clusters]
    if live is not None:
        fingerprint = live.model.fingerprint
    else:
        fingerprint = ""
        with contextlib.suppress(ModelError):  # What it was made with may be gone.
            fingerprint = describe(run.model).fingerprint if run else ""
    points = _points(str(home.folder), change, fingerprint, tuple(e for g in groups for e in g))
    if not points:
        st.info(t("dup_map_none"), icon=":material/database_off:")
        return
    chosen: Any = st.altair_chart(_chart(points, groups), on_select="rerun", key="duplicate_map")
    # Without a choice this is an empty dictionary, else a list.
    for picked in list(chosen["selection"]["entry"] if chosen else ())[:1]:
        st.page_link(
            "views/library.py",
            label=t("dup_open", question=as_label(str(picked["question"]))),
            icon=":material/open_in_new:",
            query_params=address(entry=picked["entry"]),
        )


@st.cache_resource(show_spinner=False, max_entries=4)
def _points(folder: str, change: int, fingerprint: str, always: tuple[int, ...]) -> list[MapPoint]:
    """Return the points of the base as it is at that change number."""
    return map_of(resources.home().database, fingerprint, always=always) if fingerprint else []


def _chart(points: Sequence[MapPoint], groups: Sequence[Sequence[int]]) -> Any:
    """Return the map: a dot for each entry, and lines between those of a cluster."""
    places = {p.entry_id: (p.x, p.y) for p in points}
    links = [
        {"link": number, "x": places[entry][0], "y": places[entry][1]}
        for number, group in enumerate(groups)
        for entry in group
        if entry in places
    ]
    dots, colors = _dots(points)
    height = 520 + _LEGEND_ROW * ((colors + 1) // 2)
    if not links:
        return dots.properties(height=height)
    lines = (
        alt.Chart(pd.DataFrame(links))
        .mark_line(color=_GREY, strokeWidth=1.2)
        .encode(x="x:Q", y="y:Q", detail="link:N")
    )
    return (lines + dots).properties(height=height)


def _dots(points: Sequence[MapPoint]) -> tuple[Any, int]:
    """Return the dots, by the colour of their category, and how many colours there are."""
    categories = [p.category or "—" for p in points]
    counted = Counter(categories)
    colored = sorted(name for name, _ in counted.most_common(_COLORS))
    others = t("dup_map_others", count=len(counted) - len(colored))
    names = colored if len(counted) == len(colored) else [*colored, others]
    table = pd.DataFrame(
        [
            {
                "entry": p.entry_id,
                "question": p.question[:120],
                "category": category,
                "color": category if category in colored else others,
                "collection": p.collection,
                "x": p.x,
                "y": p.y,
            }
            for p, category in zip(points, categories, strict=True)
        ]
    )
    pick = alt.selection_point(name="entry", fields=["entry", "question"])
    bare = alt.Axis(labels=False, ticks=False, title=None, grid=False)
    dots = (
        alt.Chart(table)
        .mark_circle(size=38, opacity=0.7)
        .encode(
            x=alt.X("x:Q", axis=bare),
            y=alt.Y("y:Q", axis=bare),
            color=alt.Color(
                "color:N",
                scale=alt.Scale(domain=names, range=[*_PALETTE[: len(colored)], _GREY]),
                # Below: in a narrow window, a legend beside the map would leave it no room.
                legend=alt.Legend(
                    title=t("category"), orient="bottom", columns=2, labelLimit=150, symbolLimit=0
                ),
            ),
            tooltip=[
                alt.Tooltip("question:N", title=" "),
                alt.Tooltip("category:N", title=t("category")),
                alt.Tooltip("collection:N", title=t("collection")),
            ],
        )
        .add_params(pick)
    )
    return dots, len(names)

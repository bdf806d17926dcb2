"""What the buttons of clusters do: one at a time, or all that are selected."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.duplicates import decide_clusters, merge_cluster, take_back
from app.errors import AppError
from app.home import Home
from app.person import person
from app.ui import resources
from app.ui.clusters import OPPOSITE, chosen_key, kept_key, members_key
from app.ui.drawing import plain_errors, said
from app.ui.language import t
from indexer.errors import IndexerError
from store.duplicate_runs import ClusterRow
from store.entries import read_entries
from store.entry_merges import MergeRecord
from store.errors import StoreError
from store.models import Judgement


def by() -> str:
    """Return who works in this session."""
    return str(st.session_state.get(state.PERSON) or "").strip() or person()


def draw_bulk(shown: Sequence[ClusterRow]) -> None:
    """Draw what can be done with all the clusters that are selected."""
    chosen = [one for one in shown if st.session_state.get(chosen_key(one))]
    if not chosen:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        title = t("dup_bulk")
        st.markdown(f"**{title}** ({len(chosen)})", width="stretch")
        st.button(
            t("dup_merge"), key="bulk_merge", type="primary", on_click=_merge_all, args=(chosen,)
        )
        for name, what in (("different", Judgement.DIFFERENT), ("later", Judgement.LATER)):
            st.button(
                t("dup_different") if name == "different" else t("dup_later"),
                key=f"bulk_{name}",
                on_click=_decide_all,
                args=(chosen, what),
            )


def decide_one(cluster: ClusterRow, what: Judgement) -> None:
    """Decide about every two entries of a cluster."""
    _decide_all([cluster], what)


def _decide_all(clusters: Sequence[ClusterRow], what: Judgement) -> None:
    with plain_errors():
        pairs = decide_clusters(resources.home(), clusters, what, by=by())
        st.session_state[state.NOTICE] = t("dup_decided", count=pairs)


def take_back_one(cluster: ClusterRow) -> None:
    """Take back what was decided about every two entries of a cluster."""
    with plain_errors():
        take_back(resources.home(), cluster, by=by())
        st.session_state[state.NOTICE] = t("dup_reopened")


def merge_one(cluster: ClusterRow) -> None:
    """Merge the entries that are chosen in the cluster's card."""
    with plain_errors():
        done = _merge(resources.home(), cluster)
        st.session_state[state.NOTICE] = t(
            "dup_merged", count=len(done.absorbed), question=done.questions[0]
        )


def _merge(home: Home, cluster: ClusterRow) -> MergeRecord:
    with home.database.reading() as session:
        stored = read_entries(session, cluster.entries)
    there = [number for number in cluster.entries if number in stored]
    if len(there) < 2:
        raise AppError(t("dup_gone"))
    # A card of two entries has no choice of them. Where some went since a larger one was drawn,
    # nothing is chosen: what would be merged is not what was shown.
    unchosen = there if len(there) == 2 else ()
    picked = st.session_state.get(members_key(cluster, len(there)), unchosen)
    chosen = [number for number in there if number in picked]
    if len(chosen) < 2:
        raise AppError(t("dup_too_few"))
    kept = st.session_state.get(kept_key(cluster))
    done = merge_cluster(home, cluster, kept if kept in chosen else chosen[0], chosen, by=by())
    # What is left of the cluster is not what was chosen.
    st.session_state[chosen_key(cluster)] = False
    return done


def _merge_all(clusters: Sequence[ClusterRow]) -> None:
    """Merge each cluster as its card says; what contradicts is left and said."""
    home, merged, faults = resources.home(), 0, []
    for one in clusters:
        if one.kind == OPPOSITE:
            continue
        try:
            merged += len(_merge(home, one).absorbed)
        except (StoreError, IndexerError, AppError) as error:
            faults.append(said(error))
    notice = t("dup_merged", count=merged, question="…")
    if faults:
        notice += " " + t("dup_skipped", count=len(faults), reason=faults[0])
    st.session_state[state.NOTICE] = notice

"""A cluster as a card: its entries under each other, what differs marked, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from app import state
from app.ui import paging
from app.ui.differences import marked
from app.ui.drawing import long_text, span
from app.ui.language import address, t
from indexer.guards import conflicts
from store.duplicate_runs import DIFFERENT, LATER, MERGED, OPEN, ClusterRow
from store.entries import EntryRecord
from store.models import Judgement, Status
from store.text import normalise

OPPOSITE = "opposite"
LEAF = 12  # entries of a cluster that are shown at once

Decide = Callable[[ClusterRow, Judgement], None]
Act = Callable[[ClusterRow], None]


def chosen_key(cluster: ClusterRow) -> str:
    """Return the key of a cluster's checkbox."""
    return f"{state.DUPLICATE_CHOSEN}_{cluster.run_id}_{cluster.number}"


def kept_key(cluster: ClusterRow) -> str:
    """Return the key of the choice of the entry that stays."""
    return f"kept_{cluster.run_id}_{cluster.number}"


def members_key(cluster: ClusterRow, there: int) -> str:
    """Return the key of the choice of entries to merge.

    It is another one on another leaf, and once some are merged.
    """
    return f"members_{cluster.run_id}_{cluster.number}_{there}_{leaf_start(cluster, there)}"


def leaf_start(cluster: ClusterRow, there: int) -> int:
    """Return behind how many entries of a cluster the leaf begins that is turned to.

    A leaf that was emptied by merging is turned back.
    """
    leaves: list[int] = st.session_state.setdefault(_leaf_key(cluster), [0])
    while len(leaves) > 1 and leaves[-1] >= there:
        leaves.pop()
    return leaves[-1]


def _leaf_key(cluster: ClusterRow) -> str:
    return f"leaf_{cluster.run_id}_{cluster.number}"


def draw_cluster(
    cluster: ClusterRow,
    entries: Mapping[int, EntryRecord],
    texts: Mapping[int, str],
    *,
    decide: Decide,
    merge: Act,
    take_back: Act,
) -> None:
    """Draw a cluster of a run, with the `texts` of its questions by number.

    What is gone meanwhile is left out. A large cluster is shown leaf by leaf.
    """
    there = [entries[number] for number in cluster.entries if number in entries]
    with st.container(border=True, key=f"cluster_{cluster.run_id}_{cluster.number}"):
        _head(cluster, len(there))
        if len(there) < 2 and cluster.state == OPEN:
            st.caption(t("dup_gone"))
        alike = _alike(cluster, texts)
        if cluster.kind == OPPOSITE and len(there) == 2:
            _conflict(there, alike.get(there[1].id))
        start = leaf_start(cluster, len(there))
        for place, one in enumerate(there[start : start + LEAF], start + 1):
            beside = there[0] if one is not there[0] else there[-1]
            html = member_html(one, beside, place)
            if one.id in alike and beside.id == cluster.entries[0]:
                html += alike_html(one, beside, *alike[one.id])
            st.html(html)
        if len(there) > LEAF:
            _pager(cluster, start, len(there))
        if len(there) > 1 and cluster.state != MERGED:
            _actions(cluster, there, decide, merge, take_back)


def _pager(cluster: ClusterRow, start: int, there: int) -> None:
    end = min(start + LEAF, there)
    st.caption(t("dup_members_shown", first=start + 1, last=end, count=there))
    key = _leaf_key(cluster)
    paging.draw_pager(key, len(st.session_state[key]), end if end < there else None)


def _head(cluster: ClusterRow, size: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if cluster.state == OPEN and size > 1:
            st.checkbox(t("dup_choose"), key=chosen_key(cluster), label_visibility="collapsed")
        title = f"{cluster.number} · {t(f'dup_kind_{cluster.kind}')}"
        score = span("score", f"{cluster.score:.3f}", tag="span") if cluster.score else ""
        badge = ""
        if cluster.state != OPEN:
            badge = span("badge", t(f"dup_state_{cluster.state}"), tag="span")
        head = span("question", title) + badge + score
        st.html(f'<div class="tw-head">{head}</div>', width="stretch")


def _alike(cluster: ClusterRow, texts: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    """Return, by entry, its question and that of the first entry which are alike and still there.

    A run of an earlier version says nothing of them.
    """
    pairs = zip(cluster.entries, cluster.questions, strict=False)
    return {
        entry: (texts[pair[0]], texts[pair[1]])
        for entry, pair in pairs
        if pair and pair[0] in texts and pair[1] in texts
    }


def _conflict(there: Sequence[EntryRecord], alike: tuple[str, str] | None) -> None:
    """Say what keeps two entries apart: their standard questions, else those that are alike."""
    found = conflicts(there[0].draft.standard, there[1].draft.standard)
    if not found and alike:
        found = conflicts(alike[1], alike[0])
    for one in found:
        st.html(span("meta", t("dup_conflict", first=one.asked, second=one.found)))


def member_html(one: EntryRecord, beside: EntryRecord, place: int) -> str:
    """Return the entry at a place as HTML, with what differs from the one beside it marked."""
    draft = one.draft
    about = [one.collection, draft.category, draft.external_id or f"#{one.id}"]
    if draft.similar:
        about.append(t("library_similar", count=len(draft.similar)))
    if draft.status is not Status.ACTIVE:
        about.append(t(draft.status))
    question = marked(draft.standard, beside.draft.standard)
    if not draft.answer:
        answer = span("none", t("no_answer"))
    elif len(draft.answer) > 300:
        folded = long_text(draft.answer, more=t("more"), less=t("less"))
        answer = f'<div class="tw-answer">{folded}</div>'
    else:
        answer = f'<div class="tw-answer">{marked(draft.answer, beside.draft.answer)}</div>'
    meta = span("meta", " · ".join(part for part in about if part))
    head = f'{span("rank", str(place), tag="span")}<div class="tw-question">{question}</div>'
    return f'<div class="tw-member"><div class="tw-head">{head}</div>{answer}{meta}</div>'


def alike_html(one: EntryRecord, first: EntryRecord, own: str, theirs: str) -> str:
    """Return which questions are alike as HTML; nothing where they are the standard ones."""
    if (own, theirs) == (one.draft.standard, first.draft.standard):
        return ""
    if normalise(own) == normalise(theirs):
        return span("meta", t("dup_alike_same", text=own))
    return span("meta", t("dup_alike", own=own, theirs=theirs))


def _actions(
    cluster: ClusterRow,
    there: Sequence[EntryRecord],
    decide: Decide,
    merge: Act,
    take_back: Act,
) -> None:
    # A choice's options are shown as they are, not read as Markdown. The place comes first: entries
    # that ask the same differ in their ends, which a narrow choice cuts off.
    names = {one.id: f"{place} · {one.draft.standard[:40]}" for place, one in enumerate(there, 1)}
    if cluster.kind != OPPOSITE:
        _choices(cluster, names)
    with st.container(horizontal=True, vertical_alignment="center"):
        if cluster.kind != OPPOSITE:
            _button("merge", t("dup_merge"), ":material/merge:", cluster, merge, (), primary=True)
        different, later = t("dup_different"), t("dup_later")
        if len(there) > LEAF:  # What is not shown is meant, too.
            different = t("dup_different_all", count=len(there))
            later = t("dup_later_all", count=len(there))
        for name, label, icon, what in (
            ("different", different, ":material/call_split:", Judgement.DIFFERENT),
            ("later", later, ":material/schedule:", Judgement.LATER),
        ):
            _button(name, label, icon, cluster, decide, (what,))
        if cluster.state in (DIFFERENT, LATER):
            _button("take_back", t("dup_forget"), ":material/undo:", cluster, take_back, ())
        st.page_link(
            "views/library.py",
            label=t("edit"),
            icon=":material/edit:",
            query_params=address(entry=there[0].id),
        )


def _choices(cluster: ClusterRow, names: Mapping[int, str]) -> None:
    """Let entries to merge be chosen where there are more than two, and one of them be kept.

    Those that are shown are chosen at first, lest somebody merge what nobody has looked at.
    """
    left, right = st.columns(2)
    chosen = list(names)
    if len(names) > 2:
        start = leaf_start(cluster, len(names))
        said = right.multiselect(
            t("dup_members"),
            chosen,
            chosen[start : start + LEAF],
            format_func=names.__getitem__,
            key=members_key(cluster, len(names)),
        )
        chosen = [number for number in names if number in said]
    if chosen:
        left.selectbox(t("dup_keep"), chosen, format_func=names.__getitem__, key=kept_key(cluster))


def _button(
    name: str,
    label: str,
    icon: str,
    cluster: ClusterRow,
    act: Callable[..., None],
    arguments: tuple[object, ...],
    *,
    primary: bool = False,
) -> None:
    st.button(
        label,
        key=f"{name}_{cluster.run_id}_{cluster.number}",
        type="primary" if primary else "secondary",
        icon=icon,
        on_click=act,
        args=(cluster, *arguments),
    )

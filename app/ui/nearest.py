"""What is there already that asks the same: under a question that is typed, before an import.

Nothing is decided here: the person adds the question to an entry, changes that entry, or goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from app import editing, state
from app.explaining import shown_score
from app.home import Home
from app.person import person
from app.screening import known_entries
from app.ui import resources
from app.ui.differences import marked
from app.ui.drawing import plain_errors, span
from app.ui.indexing import embed_saved, has_index
from app.ui.language import address, t
from indexer.duplicates.screening import Known
from indexer.guards import conflicts
from indexer.search import Filters, Hit
from store.changes import last_change
from store.drafts import EntryDraft
from store.entries import read_entries
from store.models import Status

LOWEST_SCORE = 0.7
_SHOWN = 3
_NO_ARCHIVE = Filters(statuses=(Status.ACTIVE, Status.DRAFT), any_validity=True)


def draw_nearest(home: Home, text: str) -> None:
    """Draw the entries nearest to a question that is about to become a new one."""
    if not text.strip() or not has_index(home):
        return
    found = resources.searcher().search(text, k=_SHOWN, filters=_NO_ARCHIVE, mode="dense")
    near = [hit for hit in found.hits if (hit.score or 0.0) >= LOWEST_SCORE]
    if not near:
        st.caption(t("near_none"))
        return
    st.caption(t("near_title"))
    for hit in near:
        _draw(home, hit, text)


def _draw(home: Home, hit: Hit, text: str) -> None:
    with st.container(border=True, key=f"near_{hit.entry_id}"):
        score = span("score", shown_score(hit.score), tag="span")
        question = marked(hit.matched_question, text)
        st.html(
            f'<div class="tw-member"><div class="tw-head"><div class="tw-question">{question}</div>'
            f"{score}</div>{span('answer', hit.answer[:160])}</div>"
        )
        for one in conflicts(text, hit.matched_question):
            st.html(span("meta", t("dup_conflict", first=one.asked, second=one.found)))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                t("near_similar"),
                key=f"near_similar_{hit.entry_id}",
                icon=":material/add_link:",
                on_click=_add_similar,
                args=(home, hit.entry_id, text),
            )
            st.page_link(
                "views/library.py",
                label=t("near_replace"),
                icon=":material/edit:",
                query_params=address(entry=hit.entry_id),
            )


def _add_similar(home: Home, entry_id: int, text: str) -> None:
    with plain_errors():
        with home.database.reading() as session:
            record = read_entries(session, [entry_id])[entry_id]
        draft = replace(record.draft, similar=(*record.draft.similar, " ".join(text.split())))
        editing.save_entry(
            home.database,
            draft,
            collection=record.collection,
            entry_id=entry_id,
            revision=record.revision,
            by=person(),
        )
        embed_saved(home)
        st.session_state[state.NOTICE] = t("near_added", question=record.draft.standard)
        st.query_params.pop(state.ENTRY, None)


def draw_resemblances(home: Home, collection: str, rows: Sequence[EntryDraft]) -> None:
    """Draw the first rows of a file beside the entries that they resemble."""
    known = known_here(home, collection)
    table = [
        {
            t("field_standard"): draft.standard,
            t("near_entry"): near[0].question if near else "",
            t("near_score"): round(near[0].score, 3) if near else None,
        }
        for draft, near in zip(rows, known.nearest(rows), strict=True)
    ]
    st.caption(t("near_import", threshold=known.threshold))
    st.dataframe(table, hide_index=True, height=min(38 + 35 * len(table), 300))


def known_here(home: Home, collection: str) -> Known:
    """Return what the collection holds now; read once for each state of the base."""
    with home.database.reading() as session:
        change = last_change(session)
    return _known(str(home.folder), collection, change)


@st.cache_resource(show_spinner=False, max_entries=2)
def _known(folder: str, collection: str, change: int) -> Known:
    return known_entries(resources.home(), collection)

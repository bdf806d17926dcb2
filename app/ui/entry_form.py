"""The form for one entry, new or old; saving makes it searchable by the next query."""

from __future__ import annotations

import dataclasses
import datetime as dt

import streamlit as st

from app import editing, state
from app.errors import AppError
from app.home import Home
from app.person import person
from app.ui.drawing import plain_errors
from app.ui.history import draw_history
from app.ui.indexing import embed_saved
from app.ui.language import labels, t
from app.ui.nearest import draw_nearest
from indexer.errors import IndexerError
from store.collections import summaries
from store.entries import EntryDraft, EntryRecord, read_entries
from store.models import Status

STATUSES = (Status.ACTIVE, Status.DRAFT, Status.ARCHIVED)
DAY_FORMAT = "YYYY-MM-DD"
_FIRST_DAY, _LAST_DAY = dt.date(1990, 1, 1), dt.date(2199, 12, 31)


def draw_form(home: Home, entry_id: int | None) -> None:
    """Draw the form, empty for None, and save what it says."""
    record = None
    if entry_id is not None:
        with home.database.reading() as session:
            record = read_entries(session, [entry_id]).get(entry_id)
        if record is None:
            st.warning(t("edit_missing"))
            return
    st.header(t("edit_title") if record else t("library_new"), anchor=False)
    typed = None
    if record is None:
        # Outside of the form, so that what is there already is seen before anything is saved.
        typed = st.text_area(t("standard"), key=state.NEW_QUESTION, height=68)
        with plain_errors():
            draw_nearest(home, typed)
    with st.form(f"{state.FORM}_{entry_id}", border=False):
        collection = record.collection if record else _choose_collection(home)
        draft = _fields(record, typed)
        pressed = st.form_submit_button(t("save"), type="primary", icon=":material/save:")
    if pressed:
        with plain_errors():
            _save(home, collection, draft, record)
    if entry_id is not None:
        draw_history(home, entry_id)


def _choose_collection(home: Home) -> str:
    with home.database.reading() as session:
        names = [c.name for c in summaries(session)]
    chosen = st.selectbox(
        t("collection"),
        names,
        index=0 if names else None,
        accept_new_options=True,
        placeholder=t("import_into_help"),
        help=t("import_into_help"),
    )
    return chosen or ""


def _fields(record: EntryRecord | None, typed: str | None) -> EntryDraft:
    old = record.draft if record else EntryDraft(standard="")
    standard = typed
    if standard is None:
        standard = st.text_area(t("standard"), old.standard, height=68)
    similar = st.text_area(t("similar"), "\n".join(old.similar), height="content")
    answer = st.text_area(t("answer"), old.answer, height=200)
    left, right = st.columns(2)
    category = left.text_input(t("category"), old.category)
    tags = right.text_input(t("tags"), "，".join(old.tags), help=t("tags_help"))
    left, right = st.columns(2)
    start = left.date_input(
        t("valid_from"), editing.first_day(old.valid_from), _FIRST_DAY, _LAST_DAY, format=DAY_FORMAT
    )
    end = right.date_input(
        t("valid_until"),
        editing.last_day(old.valid_until),
        _FIRST_DAY,
        _LAST_DAY,
        format=DAY_FORMAT,
    )
    left, right = st.columns(2)
    status = left.selectbox(
        t("status"), STATUSES, STATUSES.index(old.status), format_func=labels(STATUSES)
    )
    external = right.text_input(t("external_id"), old.external_id or "", help=t("external_id_help"))
    negative = st.text_area(
        t("negative"), "\n".join(old.negative), height="content", help=t("negative_help")
    )
    return dataclasses.replace(
        old,
        standard=" ".join(standard.split("\n")).strip(),
        similar=editing.split_lines(similar),
        negative=editing.split_lines(negative),
        answer=answer.strip(),
        category=category.strip(),
        tags=editing.split_tags(tags),
        status=status,
        valid_from=editing.start_of(start, old.valid_from),
        valid_until=editing.end_of(end, old.valid_until),
        external_id=external.strip() or None,
    )


def _save(home: Home, collection: str, draft: EntryDraft, record: EntryRecord | None) -> None:
    saved = editing.save_entry(
        home.database,
        draft,
        collection=collection,
        entry_id=record.id if record else None,
        revision=record.revision if record else None,
        by=person(),
    )
    notice = t("saved") if saved.changed else t("unchanged")
    if saved.changed:
        try:
            embed_saved(home)
        except (IndexerError, AppError) as error:
            notice = t("saved_unfound", reason=str(error))
    st.session_state[state.NOTICE] = notice
    st.session_state.pop(state.NEW_QUESTION, None)
    st.query_params.pop(state.ENTRY, None)
    st.rerun()

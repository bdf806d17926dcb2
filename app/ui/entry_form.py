"""The form for one entry, new or old; saving makes it searchable by the next query.

What is typed is kept under the entry's number, not under the labels, so that it outlives a change
of the language; Streamlit forgets it once the form is no longer drawn.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import editing, state
from app.errors import AppError
from app.home import Home
from app.person import person
from app.ui.drawing import plain_errors
from app.ui.history import draw_history
from app.ui.indexing import embed_saved, has_index
from app.ui.language import choose, t, words
from app.ui.nearest import draw_nearest
from indexer.errors import IndexerError
from store.collections import summaries
from store.drafts import answers
from store.entries import EntryDraft, EntryRecord, read_entries
from store.models import Status, utc_now

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
    opened = _opened_at(record) if record else None
    with st.form(f"{state.FORM}_{entry_id}", border=False):
        collection = record.collection if record else _choose_collection(home)
        draft = _fields(record, typed)
        pressed = st.form_submit_button(t("save"), type="primary", icon=":material/save:")
    if pressed:
        with plain_errors():
            _save(home, collection, draft, entry_id, opened)
    if entry_id is not None:
        draw_history(home, entry_id)


def _key(entry_id: int | None, field: str) -> str:
    return f"{state.FORM}_{entry_id}_{field}"


def _opened_at(record: EntryRecord) -> int:
    """Return the revision that filled the fields, which may be changed by others since."""
    key = _key(record.id, "revision")
    if _key(record.id, "answer") not in st.session_state:
        st.session_state[key] = record.revision
    return int(st.session_state[key])


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
        key=_key(None, "collection"),
    )
    return chosen or ""


def _fields(record: EntryRecord | None, typed: str | None) -> EntryDraft:
    old = record.draft if record else EntryDraft(standard="")
    key = partial(_key, record.id if record else None)
    standard = typed
    if standard is None:
        standard = st.text_area(t("standard"), old.standard, height=68, key=key("standard"))
    similar = _lines("similar", old.similar, key("similar"))
    answer = st.text_area(t("answer"), old.answer, height=200, key=key("answer"))
    left, right = st.columns(2)
    category = left.text_input(t("category"), old.category, key=key("category"))
    tags = right.text_input(t("tags"), "，".join(old.tags), help=t("tags_help"), key=key("tags"))
    left, right = st.columns(2)
    start = _day(left, "valid_from", editing.first_day(old.valid_from), key("valid_from"))
    end = _day(right, "valid_until", editing.last_day(old.valid_until), key("valid_until"))
    left, right = st.columns(2)
    with left:
        status = choose(
            t("status"), STATUSES, words(), key=key("status"), first=old.status, in_form=True
        )
    external = right.text_input(
        t("external_id"),
        old.external_id or "",
        help=t("external_id_help"),
        key=key("external_id"),
    )
    negative = _lines("negative", old.negative, key("negative"), help_=t("negative_help"))
    return dataclasses.replace(
        old,
        standard=" ".join(standard.split("\n")).strip(),
        similar=similar,
        negative=negative,
        answer=answer.strip(),
        category=category.strip(),
        tags=editing.split_tags(tags),
        status=status,
        valid_from=editing.start_of(start, old.valid_from),
        valid_until=editing.end_of(end, old.valid_until),
        external_id=external.strip() or None,
    )


def _lines(
    name: str, stored: tuple[str, ...], key: str, *, help_: str | None = None
) -> tuple[str, ...]:
    text = st.text_area(t(name), "\n".join(stored), height="content", help=help_, key=key)
    return editing.split_lines(text)


def _day(place: DeltaGenerator, name: str, stored: dt.date | None, key: str) -> dt.date | None:
    """Draw the choice of a day; a stored one may lie beyond what can be chosen else."""
    low, high = min(_FIRST_DAY, stored or _FIRST_DAY), max(_LAST_DAY, stored or _LAST_DAY)
    return place.date_input(t(name), stored, low, high, format=DAY_FORMAT, key=key)


def _save(
    home: Home, collection: str, draft: EntryDraft, entry_id: int | None, opened: int | None
) -> None:
    if not draft.standard or not collection.strip():
        st.warning(t("collection_missing" if draft.standard else "question_missing"))
        return
    saved = editing.save_entry(
        home.database,
        draft,
        collection=collection,
        entry_id=entry_id,
        revision=opened,
        by=person(),
    )
    st.session_state[state.NOTICE] = _embed(home, draft) if saved.changed else t("unchanged")
    st.session_state.pop(state.NEW_QUESTION, None)
    st.query_params.pop(state.ENTRY, None)
    st.rerun()


def _embed(home: Home, draft: EntryDraft) -> str:
    """Make what was saved searchable, and return what to say about that."""
    try:
        embed_saved(home)
    except (IndexerError, AppError) as error:
        return t("saved_unfound", reason=str(error))
    if not answers(draft, utc_now()):
        return t("saved_silent")
    return t("saved" if has_index(home) else "saved_no_index")

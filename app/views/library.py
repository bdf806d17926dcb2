"""Library: browse the entries, and add, edit, archive or restore one.

`?entry=12` in the address opens an entry, `?entry=new` an empty form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from app import editing, state
from app.home import Home
from app.person import person
from app.ui import paging, resources
from app.ui.beginning import NEW, draw_nothing_yet
from app.ui.drawing import as_label, plain_errors, span
from app.ui.entry_form import STATUSES, draw_form
from app.ui.indexing import has_index
from app.ui.language import choose, own_name, t, words
from store.collections import categories, summaries
from store.drafts import answers
from store.entries import EntryRecord, browse, count_entries
from store.models import Status, utc_now

PAGE_SIZE = 20


def _page() -> None:
    home = resources.home()
    chosen = st.query_params.get(state.ENTRY, "")
    if chosen == NEW or chosen.isdecimal():
        st.button(t("back"), icon=":material/arrow_back:", on_click=_open, args=(None,))
        draw_form(home, None if chosen == NEW else int(chosen))
        return
    st.header(t("nav_library"), anchor=False)
    if notice := st.session_state.pop(state.NOTICE, None):
        st.success(as_label(notice), icon=":material/check:")
    with home.database.reading() as session:
        collections = [c.name for c in summaries(session)]
    if not collections:
        draw_nothing_yet()
        return
    st.button(t("library_new"), icon=":material/add:", on_click=_open, args=(NEW,))
    _browse(home, collections)


def _open(entry: int | str | None) -> None:
    if entry is None:
        st.query_params.pop(state.ENTRY, None)
    else:
        st.query_params[state.ENTRY] = str(entry)


@dataclass(frozen=True)
class Wanted:
    """Which entries are looked at."""

    collection: str | None
    contains: str
    category: str | None
    status: Status | None


def _browse(home: Home, collections: list[str]) -> None:
    wanted = _filters(home, collections)
    pages = st.session_state.setdefault(state.LIBRARY_PAGES, [0])
    with home.database.reading() as session:
        total = count_entries(session, **vars(wanted))
        entries = browse(session, **vars(wanted), after_id=pages[-1], limit=PAGE_SIZE + 1)
    st.caption(t("library_count", count=total))
    if not entries:
        st.info(t("library_none"), icon=":material/search_off:")
    for entry in entries[:PAGE_SIZE]:
        _draw_entry(home, entry)
    last = entries[PAGE_SIZE - 1].id if len(entries) > PAGE_SIZE else None
    paging.draw_pager(state.LIBRARY_PAGES, len(pages), last)


def _filters(home: Home, collections: list[str]) -> Wanted:
    with st.container(horizontal=True):
        contains = st.text_input(
            t("library_contains"),
            key=state.LIBRARY_TEXT,
            help=t("library_contains_help"),
            on_change=_first_page,
            persist_state="session",
            width=180,
        )
        collection = _choose(t("collection"), collections, own_name, state.LIBRARY_COLLECTION)
        with home.database.reading() as session:
            known = categories(session, collection)
        category = _choose(t("category"), known, own_name, state.LIBRARY_CATEGORY)
        status = _choose(t("status"), STATUSES, words(), state.LIBRARY_STATUS, width=110)
    return Wanted(collection, contains, category, Status(status) if status else None)


def _choose(
    label: str,
    options: Sequence[str],
    called: Callable[[str, str], str],
    key: str,
    width: int = 160,
) -> str | None:
    """Draw a filter; None means all."""
    chosen = choose(
        label,
        ["", *options],
        called,
        key=key,
        on_change=_first_page,
        persist_state="session",
        width=width,
    )
    return chosen or None


def _draw_entry(home: Home, entry: EntryRecord) -> None:
    draft = entry.draft
    badge = "" if draft.status is Status.ACTIVE else span("badge", t(draft.status), tag="span")
    about = [
        entry.collection,
        draft.category,
        *(f"#{tag}" for tag in draft.tags),
        draft.external_id,
        t("library_similar", count=len(draft.similar)) if draft.similar else "",
    ]
    answer = draft.answer if len(draft.answer) <= 120 else draft.answer[:110].rstrip() + "…"
    with st.container(border=True, key=f"entry_{entry.id}"):
        st.html(
            f'<div class="tw-head">{span("question", draft.standard)}{badge}</div>'
            + (span("answer", answer) if answer else span("none", t("no_answer")))
        )
        archived = draft.status is Status.ARCHIVED
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(span("meta", " · ".join(part for part in about if part)), width="stretch")
            with st.container(horizontal=True, width="content"):
                st.button(
                    t("edit"),
                    key=f"edit_{entry.id}",
                    type="tertiary",
                    icon=":material/edit:",
                    on_click=_open,
                    args=(entry.id,),
                )
                st.button(
                    t("restore") if archived else t("archive"),
                    key=f"archive_{entry.id}",
                    type="tertiary",
                    icon=":material/unarchive:" if archived else ":material/archive:",
                    on_click=_unarchive if archived else _archive,
                    args=(home, entry.id),
                )


def _archive(home: Home, entry_id: int) -> None:
    with plain_errors():
        editing.archive_entry(home.database, entry_id, by=person())
        st.session_state[state.NOTICE] = t("archived_now")


def _unarchive(home: Home, entry_id: int) -> None:
    with plain_errors():
        draft = editing.unarchive_entry(home.database, entry_id, by=person())
        answering = has_index(home) and answers(draft, utc_now())
        st.session_state[state.NOTICE] = t("restored_now" if answering else "history_restored")


def _first_page() -> None:
    paging.to_first(state.LIBRARY_PAGES)


with plain_errors():
    _page()

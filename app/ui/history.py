"""The changes of an entry, the newest first, each with a button that brings its state back."""

from __future__ import annotations

import streamlit as st

from app import state
from app.home import Home
from app.person import person
from app.ui.differences import marked
from app.ui.drawing import plain_errors, span
from app.ui.language import t
from store import cells
from store.drafts import EntryDraft
from store.history import RevisionRecord, count_history, history
from store.restoring import FIRST, restore_entry

SHOWN = 30


def draw_history(home: Home, entry_id: int) -> None:
    """Draw what was changed, folded."""
    with home.database.reading() as session:
        found = history(session, entry_id, limit=SHOWN)
        count = count_history(session, entry_id)
    with st.expander(t("history_title", count=count), icon=":material/history:"):
        if not found:
            st.caption(t("history_none"))
        for place, revision in enumerate(found):
            _draw(home, entry_id, revision, newest=place == 0)
        if count > len(found):
            st.caption(t("history_newest", count=len(found)))
        # What was imported has no change of its own that could be brought back.
        if found and found[-1].before is not None:
            _offer(home, entry_id, FIRST, t("history_first"))


def _draw(home: Home, entry_id: int, revision: RevisionRecord, *, newest: bool) -> None:
    when = f"{revision.changed_at.astimezone():%Y-%m-%d %H:%M}"
    what = t(f"action_{revision.action}")
    with st.container(border=True, key=f"revision_{revision.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            said = " · ".join(part for part in (what, revision.by, when) if part)
            st.html(span("meta", said), width="stretch")
            if not newest and revision.after is not None:
                _offer(home, entry_id, revision.id, t("history_restore"))
        before, after = _said(revision.before), _said(revision.after)
        for name in after or before:
            old, new = before.get(name, ""), after.get(name, "")
            if old != new:
                shown = f"{marked(old, new) or '—'} → {marked(new, old) or '—'}"
                st.html(f"{span('meta', t(f'field_{name}'))}<div class='tw-answer'>{shown}</div>")


def _said(draft: EntryDraft | None) -> dict[str, str]:
    """Return what is shown of each field, in the language of the page."""
    if draft is None:
        return {}
    return {
        "standard": draft.standard,
        "similar": " | ".join(draft.similar),
        "negative": " | ".join(draft.negative),
        "answer": draft.answer,
        "category": draft.category,
        "tags": " | ".join(draft.tags),
        "status": t(draft.status),
        "valid_from": cells.show_moment(draft.valid_from, end=False),
        "valid_until": cells.show_moment(draft.valid_until, end=True),
        "external_id": draft.external_id or "",
    }


def _offer(home: Home, entry_id: int, revision_id: int, label: str) -> None:
    st.button(
        label,
        key=f"restore_{revision_id}",
        type="tertiary",
        icon=":material/restore:",
        on_click=_restore,
        args=(home, entry_id, revision_id),
    )


def _restore(home: Home, entry_id: int, revision_id: int) -> None:
    with plain_errors():
        with home.database.writing(by=person()) as session:
            changed = restore_entry(session, entry_id, revision_id)
        st.session_state[state.NOTICE] = t("history_restored" if changed else "unchanged")
        st.query_params.pop(state.ENTRY, None)

"""The changes of an entry, the newest first, each with a button that brings its state back."""

from __future__ import annotations

import streamlit as st

from app import state
from app.home import Home
from app.person import person
from app.ui.differences import marked
from app.ui.drawing import plain_errors, span
from app.ui.language import t
from store.history import RevisionRecord, history
from store.restoring import restore_entry
from store.snapshots import draft_to_json

SHOWN = 30
_FIELDS = ("standard", "similar", "negative", "answer", "category", "tags", "status")


def draw_history(home: Home, entry_id: int) -> None:
    """Draw what was changed, folded."""
    with home.database.reading() as session:
        found = history(session, entry_id, limit=SHOWN)
    with st.expander(t("history_title", count=len(found)), icon=":material/history:"):
        if not found:
            st.caption(t("history_none"))
        for place, revision in enumerate(found):
            _draw(home, entry_id, revision, newest=place == 0)


def _draw(home: Home, entry_id: int, revision: RevisionRecord, *, newest: bool) -> None:
    when = f"{revision.changed_at.astimezone():%Y-%m-%d %H:%M}"
    what = t(f"action_{revision.action}")
    with st.container(border=True, key=f"revision_{revision.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            said = " · ".join(part for part in (what, revision.by, when) if part)
            st.html(span("meta", said), width="stretch")
            if not newest and revision.after is not None:
                st.button(
                    t("history_restore"),
                    key=f"restore_{revision.id}",
                    type="tertiary",
                    icon=":material/restore:",
                    on_click=_restore,
                    args=(home, entry_id, revision.id),
                )
        before, after = _said(revision, before=True), _said(revision, before=False)
        for name in _FIELDS:
            old, new = before.get(name, ""), after.get(name, "")
            if old != new:
                shown = f"{marked(old, new) or '—'} → {marked(new, old) or '—'}"
                st.html(f"{span('meta', t(f'field_{name}'))}<div class='tw-answer'>{shown}</div>")


def _said(revision: RevisionRecord, *, before: bool) -> dict[str, str]:
    draft = revision.before if before else revision.after
    if draft is None:
        return {}
    said = draft_to_json(draft)
    return {
        name: " | ".join(value) if isinstance(value := said[name], list) else str(value)
        for name in _FIELDS
    }


def _restore(home: Home, entry_id: int, revision_id: int) -> None:
    with plain_errors():
        with home.database.writing(by=person()) as session:
            restore_entry(session, entry_id, revision_id)
        st.session_state[state.NOTICE] = t("history_restored")
        st.query_params.pop(state.ENTRY, None)

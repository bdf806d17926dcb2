"""Import: a file is uploaded, its columns are recognised, tried, and then imported.

Nothing is written before the second button; both buttons run the same code, so the dry run
says what the import will do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import streamlit as st

from app import state
from app.home import Home
from app.person import person
from app.serving import MAX_UPLOAD_MEGABYTES
from app.ui import resources
from app.ui.drawing import as_label, plain_errors
from app.ui.indexing import draw_state
from app.ui.language import choose, t, words
from app.ui.mapping import choose_mapping, draw_rows, has_question
from app.ui.nearest import draw_resemblances, known_here
from app.uploads import keep_upload
from store.collections import summaries
from store.importing import (
    ImportOptions,
    ImportReport,
    Progress,
    import_files,
    preview_file,
)
from store.screening import Fate

TYPES = ["csv", "tsv", "txt", "xlsx", "json", "jsonl", "gz"]
FATES = ("add", "skip", "similar")
MODES: tuple[Literal["append", "replace"], ...] = ("append", "replace")


@dataclass(frozen=True)
class Upload:
    """An uploaded file, by the id that the browser gave it and where it lies now."""

    file_id: str
    path: Path


@dataclass(frozen=True)
class Outcome:
    """What the last run of an upload said, and where its rejected rows lie."""

    file_id: str
    options: ImportOptions
    report: ImportReport
    rejects: Path


def _page() -> None:
    home = resources.home()
    st.header(t("nav_import"), anchor=False)
    upload = _upload(home)
    if upload is None:
        _finished(home, None)
        return
    # Before the box is drawn: of a file that can't be read only the error is shown.
    preview = preview_file(upload.path, {})
    with st.container(border=True):
        found = t("import_found", format=preview.format, encoding=preview.encoding)
        st.caption(as_label(f"{upload.path.name} · {found}"))
        mapping = choose_mapping(preview, upload.file_id)
        mapped = preview_file(upload.path, mapping)
        draw_rows(mapped)
    with home.database.reading() as session:
        names = [c.name for c in summaries(session)]
    left, right = st.columns(2)
    collection = left.selectbox(
        t("import_into"),
        names,
        index=None,
        accept_new_options=True,
        placeholder=t("import_into_help"),
        key=f"into_{upload.file_id}",
    )
    with right:
        mode = choose(t("import_mode"), MODES, words("import_"), key=f"mode_{upload.file_id}")
    fate = choose(t("on_duplicate"), FATES, words("on_duplicate_"), key="on_duplicate")
    if collection and fate != "add":
        draw_resemblances(home, collection, mapped.rows)
    with st.container(horizontal=True):
        ready = bool(collection) and has_question(mapped)
        dry = st.button(t("import_dry"), icon=":material/science:", disabled=not ready)
        commit = st.button(
            t("import_commit"), icon=":material/upload:", type="primary", disabled=not ready
        )
    if collection and (dry or commit):
        options = ImportOptions(
            collection=collection, mode=mode, mapping=mapping, dry_run=dry, by=person()
        )
        _run(home, upload, options, fate)
    _finished(home, upload)


def _upload(home: Home) -> Upload | None:
    given = st.file_uploader(
        t("import_file"),
        type=TYPES,
        max_upload_size=MAX_UPLOAD_MEGABYTES,
        key=state.IMPORT_UPLOAD,
    )
    if given is None:
        st.caption(t("import_help", megabytes=MAX_UPLOAD_MEGABYTES))
        return None
    upload: Upload | None = st.session_state.get(state.UPLOAD)
    if upload is None or upload.file_id != given.file_id or not upload.path.exists():
        upload = Upload(given.file_id, keep_upload(home.folder, given.name, given.getbuffer()))
        st.session_state[state.UPLOAD] = upload
    return upload


def _run(home: Home, upload: Upload, options: ImportOptions, fate: str) -> None:
    screen = None
    if fate != "add":
        options = replace(options, on_duplicate=fate)
        screen = known_here(home, options.collection).screen(lambda draft, like: Fate(fate))
    rejects = upload.path.with_name("rejects.jsonl")
    bar = st.progress(0.0)

    def report(at: Progress) -> None:
        share = min(at.done / at.total, 1.0) if at.total else 0.0
        bar.progress(share, t("import_running", done=at.done))

    done = import_files(
        home.database,
        [upload.path],
        options,
        rejects=rejects,
        progress=report,
        screen=screen,
    )
    bar.empty()
    st.session_state[state.UPLOAD_REPORT] = Outcome(upload.file_id, options, done, rejects)


def _finished(home: Home, upload: Upload | None) -> None:
    outcome: Outcome | None = st.session_state.get(state.UPLOAD_REPORT)
    if outcome is None or upload is None or outcome.file_id != upload.file_id:
        return
    report, dry = outcome.report, outcome.options.dry_run
    st.subheader(t("import_dry_done") if dry else t("import_done"), anchor=False)
    with st.container(horizontal=True):
        for name in ("read", "added", "updated", "unchanged", "rejected"):
            st.metric(t(f"import_{name}"), f"{getattr(report, name):,}", width=110)
    for note in report.notes:
        st.warning(as_label(note))
    if report.removed:
        st.write(t("import_removed", count=report.removed))
    if report.rejected and outcome.rejects.exists():
        st.download_button(
            t("import_rejects"),
            outcome.rejects.read_bytes(),
            file_name=f"{upload.path.stem}-rejects.jsonl",
            icon=":material/download:",
            on_click="ignore",
        )
    if not dry and (report.added or report.updated or report.removed):
        draw_state(home)


with plain_errors():
    _page()

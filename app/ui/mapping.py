"""Which column of an uploaded file means what, and what its first rows become."""

from __future__ import annotations

import streamlit as st

from app.ui.drawing import as_label, span
from app.ui.language import t
from store.importing import Preview

FIELDS = (
    "standard",
    "similar",
    "answer",
    "category",
    "tags",
    "external_id",
    "negative",
    "status",
    "valid_from",
    "valid_until",
)


def choose_mapping(preview: Preview, file_id: str) -> dict[str, str]:
    """Draw one choice of a column for each field; return field -> header where it was changed.

    What is recognised is not repeated to the import: it also knows how such a column writes
    its cells, and that several columns can fill one field.
    """
    st.markdown(f"**{t('import_mapping')}**")
    guessed = {field: header for header, field in reversed(list(preview.mapping.items()))}
    changed: dict[str, str] = {}
    # A row that wraps, not columns: in a narrow window the order is kept.
    with st.container(horizontal=True):
        for field in FIELDS:
            guess = guessed.get(field)
            headers = list(preview.headers)
            chosen = st.selectbox(
                t(f"field_{field}"),
                headers,
                headers.index(guess) if guess in headers else None,
                placeholder=t("import_no_column"),
                key=f"column_{file_id}_{field}",
                width=155,
            )
            if chosen and chosen != guess:
                changed[field] = chosen
    return changed


def has_question(preview: Preview) -> bool:
    """Return whether some column holds the question, without which nothing can be imported."""
    return "standard" in preview.mapping.values()


def draw_rows(preview: Preview) -> None:
    """Draw the first rows as the entries they would become."""
    if preview.rows:
        st.markdown(f"**{t('import_rows')}**")
        rows = [
            {
                t("field_standard"): row.standard,
                t("field_similar"): " | ".join(row.similar),
                t("field_answer"): row.answer,
                t("field_category"): row.category,
                t("field_tags"): "，".join(row.tags),
            }
            for row in preview.rows
        ]
        st.dataframe(rows, hide_index=True, height=min(38 + 35 * len(rows), 300))
    unused = [header for header in preview.headers if header not in preview.mapping]
    if unused:
        st.html(span("meta", t("import_unused", headers="，".join(unused))))
    problems = preview.problems if has_question(preview) else [t("import_standard_missing")]
    for problem in problems or ([] if preview.rows else [t("import_no_rows")]):
        st.warning(as_label(problem))

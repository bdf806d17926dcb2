"""The pages in the browser: what they are, and what stands around each of them.

Streamlit runs this file from top to bottom for every interaction of every visitor.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.ui.drawing import STYLE
from app.ui.language import choose_language, t

# A file of ours: an icon by name would be fetched from a font server.
ICON = Path(__file__).parent / "ui" / "icon.png"

st.set_page_config(page_title="同问 Tongwen", page_icon=ICON, layout="centered")
st.logo(ICON, size="large")
with st.sidebar:
    # Before the pages: their titles are in the language that is chosen here.
    choose_language()
page = st.navigation(
    [
        st.Page("views/ask.py", title=t("nav_ask"), icon=":material/search:", default=True),
        st.Page("views/library.py", title=t("nav_library"), icon=":material/library_books:"),
        st.Page(
            "views/import_.py",
            title=t("nav_import"),
            icon=":material/upload_file:",
            url_path="import",
        ),
        st.Page("views/unanswered.py", title=t("nav_unanswered"), icon=":material/help:"),
        st.Page("views/insights.py", title=t("nav_insights"), icon=":material/insights:"),
        st.Page(
            "views/duplicates.py",
            title=t("nav_duplicates"),
            icon=":material/content_copy:",
            url_path="duplicates",
        ),
        st.Page("views/quality.py", title=t("nav_quality"), icon=":material/fact_check:"),
        st.Page("views/jobs.py", title=t("nav_jobs"), icon=":material/work_history:"),
    ]
)
st.html(STYLE)
page.run()

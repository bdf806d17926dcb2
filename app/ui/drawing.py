"""Drawing stored text as text: what somebody typed is never read as Markdown or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st

from app.errors import AppError, OvertakenError
from app.ui.language import t
from indexer.errors import IndexerError
from store.errors import StoreError

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>&^=])")

STYLE = """
<style>
[data-testid="stMain"] h2 { font-size: 1.6rem; }
[data-testid="stMain"] h3 { font-size: 1.2rem; }
[data-testid="stMainBlockContainer"] { padding-top: 4.5rem; }
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
[data-testid="stMain"] a:focus-visible { outline: 2px solid #2f6f5e; }
.tw-head { display: flex; gap: .6rem; align-items: baseline; }
.tw-rank { font-variant-numeric: tabular-nums; opacity: .55; flex: none; }
.tw-question { font-weight: 600; flex: 1; min-width: 0; }
.tw-best .tw-question { font-size: 1.2rem; }
.tw-score { font-variant-numeric: tabular-nums; flex: none; opacity: .75; font-size: .9rem;
  border: 1px solid rgba(128, 128, 128, .4); border-radius: 1rem; padding: 0 .55rem; }
.tw-best .tw-score { background: rgba(47, 111, 94, .14); opacity: 1; }
.tw-question, .tw-answer, .tw-match, .tw-meta { overflow-wrap: anywhere; white-space: pre-wrap; }
.tw-match { font-size: .9rem; opacity: .75; margin-top: .2rem; }
.tw-answer { margin-top: .5rem; line-height: 1.65; }
.tw-answer summary { cursor: pointer; }
.tw-answer details[open] :is(.tw-start, .tw-more),
.tw-answer details:not([open]) .tw-less { display: none; }
.tw-none { opacity: .55; font-style: italic; }
.tw-meta { font-size: .82rem; opacity: .65; }
.tw-verdict { font-size: .85rem; font-weight: 600; color: #2f6f5e; }
.tw-reason { line-height: 1.6; overflow-wrap: anywhere; }
.tw-pair, .tw-shares { overflow-wrap: anywhere; white-space: pre-wrap; margin: .4rem 0; }
.tw-pair mark { background: rgba(47, 111, 94, .22); color: inherit; border-radius: .2rem; }
.tw-label { display: inline-block; min-width: 4.5rem; opacity: .6; font-size: .85rem; }
.tw-shares span { border-radius: .2rem; padding: .1rem .12rem; }
button.tw-copy { border: 1px solid rgba(128, 128, 128, .45); border-radius: .5rem;
  padding: .2rem .7rem; background: transparent; color: inherit; font: inherit;
  font-size: .88rem; cursor: pointer; }
button.tw-copy:hover, button.tw-copy:focus-visible { border-color: #2f6f5e; color: #2f6f5e; }
.tw-badge { border: 1px solid currentColor; border-radius: .4rem; padding: 0 .35rem;
  font-size: .78rem; opacity: .8; margin-left: .4rem; font-weight: 400; }
.tw-member { padding: .35rem 0; border-top: 1px solid rgba(128, 128, 128, .2); }
.tw-member mark { background: rgba(209, 128, 60, .35); color: inherit; border-radius: .2rem; }
.tw-answer mark { background: rgba(209, 128, 60, .35); color: inherit; border-radius: .2rem; }
</style>
"""


def as_label(text: str) -> str:
    """Return text escaped for a widget's label, which Streamlit reads as Markdown."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def span(kind: str, text: str, *, tag: str = "div") -> str:
    """Return an HTML element of one of the classes above around text, escaped."""
    return f'<{tag} class="tw-{kind}">{escape(text)}</{tag}>'


def long_text(text: str, *, limit: int = 160, more: str, less: str) -> str:
    """Return text, escaped; beyond `limit` characters it folds behind its first ones."""
    if len(text) <= limit:
        return escape(text)
    start = escape(text[: limit - 20].rstrip())
    return (
        f'<details><summary><span class="tw-start">{start}… </span>'
        f'<u class="tw-more">{escape(more)}</u><u class="tw-less">{escape(less)}</u></summary>'
        f"{escape(text)}</details>"
    )


def said(error: Exception) -> str:
    """Return an error of ours as the page says it."""
    return t("overtaken") if isinstance(error, OvertakenError) else str(error)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Show an error of ours as one line in the page, and go on below it."""
    try:
        yield
    except (StoreError, IndexerError, AppError) as error:
        st.error(as_label(said(error)), icon=":material/error:")

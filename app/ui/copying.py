"""A button that copies an answer; the text goes to the browser escaped, and is never run."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.ui.language import t

# Outside of https and localhost browsers offer no clipboard but that of a selection.
_SCRIPT = """
<script>
document.querySelectorAll("button.tw-copy:not([data-ready])").forEach((button) => {
  button.dataset.ready = "1";
  button.addEventListener("click", async () => {
    const text = button.dataset.text;
    try { await navigator.clipboard.writeText(text); }
    catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.appendChild(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const label = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 1500);
  });
});
</script>
"""


def draw_copy(text: str) -> None:
    """Draw the button that copies a text."""
    button = (
        f'<button class="tw-copy" type="button" data-text="{escape(text)}"'
        f' data-done="{escape(t("copied"))}">{escape(t("copy"))}</button>'
    )
    st.html(button + _SCRIPT, unsafe_allow_javascript=True, width="content")

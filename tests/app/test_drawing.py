from __future__ import annotations

from app.ui.drawing import as_label, long_text, span


def test_a_label_shows_markdown_as_typed():
    assert as_label("**y** $z$ :smile: [a](b)") == r"\*\*y\*\* \$z\$ \:smile\: \[a\]\(b\)"


def test_html_in_stored_text_is_escaped():
    assert span("answer", "<b>x</b>") == '<div class="tw-answer">&lt;b&gt;x&lt;/b&gt;</div>'


def test_a_long_text_folds_and_keeps_every_character():
    text = "<长>" * 100
    folded = long_text(text, more="more", less="less")
    assert folded.startswith("<details>")
    assert text.replace("<", "&lt;").replace(">", "&gt;") in folded
    assert [folded.count(f'<u class="tw-{word}">{word}</u>') for word in ("more", "less")] == [1, 1]
    assert long_text("短", more="more", less="less") == "短"

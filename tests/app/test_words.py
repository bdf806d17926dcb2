from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from app.words import LANGUAGES, PHRASES, phrase
from store.models import JobState, Status

APP = Path(__file__).resolve().parents[2] / "app"


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", PHRASES)
def test_a_phrase_is_written_in_both_languages_with_the_same_gaps(key):
    chinese, english = PHRASES[key]
    assert chinese.strip() and english.strip()
    assert _names(chinese) == _names(english)
    assert not re.search(r"[\u4e00-\u9fff]", english)


def test_a_phrase_is_given_in_the_language_asked_for():
    assert set(LANGUAGES) == {"zh", "en"}
    assert phrase("zh", "library_count", count=1200) == "共 1,200 条"
    assert phrase("en", "library_count", count=1200) == "1,200 entries"


def test_one_is_not_several():
    said = [phrase("en", "library_count", count=count) for count in (0, 1, 2)]
    assert said == ["0 entries", "1 entry", "2 entries"]
    assert phrase("zh", "library_count", count=1) == "共 1 条"


def test_the_pages_use_every_phrase_and_only_phrases_that_exist():
    source = "\n".join(path.read_text(encoding="utf-8") for path in APP.rglob("*.py"))
    used = set(re.findall(r"""\bt\(\s*"([a-z_]+)\"""", source))
    assert used <= set(PHRASES)
    quoted = set(re.findall(r'"([a-z_]+)"', source.replace((APP / "words.py").read_text(), "")))
    prefixes = (
        "field_",
        "import_",
        "job_kind_",
        "job_phase_",
        "mode_",
        "verdict_",
        "trend_",
        "decided_",
        "label_",
        "conflict_",
        "dup_kind_",
        "on_duplicate_",
        "dup_state_",
        "dup_view_",
        "dup_decision_",
        "action_",
    )
    built = {key for key in PHRASES if key.startswith(prefixes)}
    built |= {*Status, *(f"job_{state}" for state in JobState)}
    assert set(PHRASES) - quoted - built == set()

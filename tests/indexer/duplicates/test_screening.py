from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer import guards
from indexer.duplicates.screening import Known
from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry
from store.importing import ImportOptions, import_files
from store.screening import Fate

ROOT = Path(__file__).resolve().parents[3]
WRITER = """
import sys
from pathlib import Path
from store.collections import ensure_collection
from store.database import Database

with Database.at(Path(sys.argv[1])).writing(patience_ms=1000) as session:
    ensure_collection(session, "others")
"""
SIMILAR = tuple(f"怎么办理第{number}种业务" for number in range(19))


@pytest.fixture
def known(database, home, encoder):
    with database.writing() as session:
        shop = ensure_collection(session, "shop")
        add_entry(session, shop, EntryDraft("怎么退款", "点退款"))
        add_entry(session, shop, EntryDraft("怎么办理业务", "去柜台", similar=SIMILAR))
    return Known.read(database, home, encoder, "shop")


def _near(known, draft, threshold):
    (found,) = replace(known, threshold=threshold).nearest([draft])
    return {one.question: one.score for one in found}


@pytest.fixture
def by_rules(monkeypatch):
    """Texts that ask for different things, which the second reading would keep apart, are near."""
    monkeypatch.setattr(guards, "second_reading", lambda: None)


@pytest.mark.usefixtures("by_rules")
def test_an_automatic_threshold_rises_with_the_questions_that_are_compared(known, encoder):
    asked, *many = encoder.encode(["在哪里开发票", "怎么办理业务", *SIMILAR]).vectors
    best = max(float(asked @ other) for other in many)
    several = EntryDraft("在哪里开发票", similar=("在哪里开发票？",))
    assert "怎么办理业务" not in _near(known, several, best - 0.02)
    assert "怎么办理业务" in _near(known, several, best - 0.15)
    given = replace(known, automatic=False)
    assert "怎么办理业务" in _near(given, several, best - 0.02)


@pytest.mark.usefixtures("by_rules")
def test_a_question_alone_is_like_the_best_of_the_entries_with_several_only(
    known, database, home, encoder
):
    others = tuple(text.replace("办理", "查询") for text in SIMILAR)
    with database.writing() as session:
        shop = ensure_collection(session, "shop")
        add_entry(session, shop, EntryDraft("怎么查询业务", "看网页", similar=others))
    known = Known.read(database, home, encoder, "shop")
    asked = EntryDraft("怎么弄第3种业务")
    (vector,) = encoder.encode([asked.standard]).vectors
    standing = {}
    for texts in (("怎么办理业务", *SIMILAR), ("怎么查询业务", *others)):
        rows = encoder.encode(texts).vectors
        centroid = np.exp(3 * (rows @ vector)) @ rows
        standing[texts[0]] = float(vector @ centroid) / float(np.linalg.norm(centroid))
    best = max(standing, key=standing.get)
    assert set(_near(known, asked, 0.3)) & set(standing) == {best}
    assert set(_near(replace(known, automatic=False), asked, 0.3)) >= set(standing)


def test_an_opposite_is_not_the_best_of_the_entries_for_a_question_alone(
    known, database, home, encoder
):
    opposite = EntryDraft("不能开发票吗", similar=("发票不能开吗",))
    with database.writing() as session:
        shop = ensure_collection(session, "shop")
        add_entry(session, shop, opposite)
        add_entry(session, shop, EntryDraft("怎么开票", similar=("在哪里开票", "怎么取票")))
    known = Known.read(database, home, encoder, "shop")
    asked = EntryDraft("能开发票吗")
    assert set(_near(known, asked, 0.3)) >= {"怎么开票"}
    assert opposite.standard not in _near(known, asked, 0.3)


def test_an_entry_that_says_its_one_question_twice_has_no_other(known, database, home, encoder):
    with database.writing() as session:
        shop = ensure_collection(session, "shop")
        add_entry(session, shop, EntryDraft("在哪里开发票", similar=("在哪里开发票？",)))
    known = Known.read(database, home, encoder, "shop")
    assert "在哪里开发票" in _near(known, EntryDraft("在哪开票"), 0.3)


def test_an_opposite_standard_question_is_not_the_same_whatever_else_is_near(known, database):
    near = EntryDraft("怎么退款", similar=("退款",))
    assert "怎么退款" in _near(known, near, 0.3)
    opposite = EntryDraft("不能退款吗", similar=("怎么退款呢",))
    assert "怎么退款" not in _near(known, opposite, 0.3)


def test_what_is_almost_the_same_text_is_found_whatever_is_compared(known):
    assert "怎么办理业务" in _near(known, EntryDraft("怎么办理第7种业务！"), 0.89)


@pytest.mark.parametrize("dry_run", [True, False])
def test_others_write_while_the_rows_of_an_import_are_encoded(known, database, tmp_path, dry_run):
    ask = known.screen(lambda draft, like: Fate.SKIP)
    waited = []

    def screen(drafts):
        with subprocess.Popen([sys.executable, "-c", WRITER, database.path], cwd=ROOT) as writer:
            said = ask(drafts)
        waited.append(writer.returncode)
        return said

    # Two batches: of the second one, too, nothing is locked.
    file = tmp_path / "new.jsonl"
    rows = [{"question": f"怎么退第{number}笔款"} for number in range(5_001)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = ImportOptions("shop", dry_run=dry_run, on_duplicate="skip")
    report = import_files(database, [file], options, screen=screen)
    assert waited == [0, 0]
    assert report.read == 5_001

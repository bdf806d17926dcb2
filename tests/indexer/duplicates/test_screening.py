from __future__ import annotations

from dataclasses import replace

import pytest

from indexer.duplicates.screening import Known
from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry

SIMILAR = tuple(f"怎么办理第{number}种业务" for number in range(19))


@pytest.fixture
def known(database, home, encoder):
    with database.writing() as session:
        shop = ensure_collection(session, "shop")
        add_entry(session, shop, EntryDraft("怎么退款", "点退款"))
        add_entry(session, shop, EntryDraft("怎么办理业务", "去柜台", similar=SIMILAR))
    return Known.read(database, home, encoder, "shop")


def _near(known, text, threshold):
    (found,) = replace(known, threshold=threshold).nearest([EntryDraft(text)])
    return {one.question: one.score for one in found}


def test_an_automatic_threshold_rises_with_the_questions_of_an_entry(known, encoder):
    asked, one, *many = encoder.encode(
        ["在哪里开发票", "怎么退款", "怎么办理业务", *SIMILAR]
    ).vectors
    alone, best = float(asked @ one), max(float(asked @ other) for other in many)
    assert _near(known, "在哪里开发票", min(alone, 0.9) - 0.01).get("怎么退款") is not None
    assert "怎么办理业务" not in _near(known, "在哪里开发票", best - 0.02)
    assert "怎么办理业务" in _near(known, "在哪里开发票", best - 0.1)
    given = replace(known, chance=0.0)
    assert "怎么办理业务" in _near(given, "在哪里开发票", best - 0.02)


def test_what_is_almost_the_same_text_is_found_whatever_is_compared(known):
    assert "怎么办理业务" in _near(known, "怎么办理第7种业务！", 0.89)

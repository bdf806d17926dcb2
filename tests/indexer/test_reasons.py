"""Reasons: shares that sum to the score, words and spans of the texts as they were written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.builds import reindex
from indexer.models import DEFAULT_MODEL
from indexer.reasons import common_words, reasons_for
from indexer.search import Searcher
from indexer.token_states import shares
from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry
from store.offsets import normalised

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=40
).filter(str.strip)


@pytest.fixture(scope="module")
def shipped():
    """The model that ships."""
    from indexer.transformer_encoder import TransformerEncoder

    return TransformerEncoder.load(DEFAULT_MODEL)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    asked=TEXTS,
    found=TEXTS | st.sampled_from(["銀行卡丟了怎麼辦", " ｉＰｈｏｎｅ　１５ ", "x" * 900]),
)
def test_the_shares_of_the_tokens_sum_to_the_score(shipped, asked, found):
    one, other = shipped.encode([asked, found]).vectors
    score = float(one @ other)
    for text, vector in ((found, one), (asked, other)):
        (states,) = shipped.token_states([text])
        parts = shares(states, vector)
        assert sum(part.share for part in parts) == pytest.approx(score, abs=1e-4)
        assert all(part.text == text[part.start : part.end] for part in parts)


def test_every_written_character_belongs_to_a_token(shipped):
    text = "银行卡丢了 how do I block it？"
    covered = {i for start, end in shipped.token_states([text])[0].spans for i in range(start, end)}
    assert {i for i, char in enumerate(text) if not char.isspace()} <= covered


def test_a_text_is_explained_best_by_itself(shipped):
    vector = shipped.encode(["退款多久到账"]).vectors[0]
    parts = shares(shipped.token_states(["退款多久到账"])[0], vector)
    assert sum(part.share for part in parts) == pytest.approx(1, abs=1e-4)


def test_texts_that_are_read_together_have_the_shares_they_have_alone(shipped):
    texts = ["退款", "退款多久到账 how long does it take", "  卡 "]
    vector = shipped.encode(["什么时候退款"]).vectors[0]
    for text, together in zip(texts, shipped.token_states(texts), strict=True):
        (alone,) = shipped.token_states([text])
        assert together.spans == alone.spans
        assert [s.share for s in shares(together, vector)] == pytest.approx(
            [s.share for s in shares(alone, vector)], abs=1e-5
        )


def test_vectors_that_are_no_means_have_no_shares(shipped):
    (states,) = shipped.token_states(["退款"])
    assert not states.mean_is(np.roll(shipped.encode(["退款"]).vectors[0], 1))


@pytest.mark.parametrize(
    ("one", "other", "words", "there"),
    [
        ("銀行卡怎麼掛失", "银行卡丢了如何挂失", ("银行卡", "挂失"), ["银行卡", "挂失"]),
        ("ＩＰＨＯＮＥ15 怎么截屏", "iPhone15截屏", ("iphone15", "截屏"), ["iPhone15", "截屏"]),
        ("怎么办", "今天天气", (), []),
        ("卡", "卡丢了", (), []),
        ("卡", "卡", ("卡",), ["卡"]),
    ],
)
def test_common_words_are_shown_in_the_text_as_it_was_written(one, other, words, there):
    common = common_words(normalised(one), normalised(other))
    assert common.words == words
    assert [other[start:end] for start, end in common.found] == there


def test_common_words_of_the_question_are_in_its_own_letters():
    asked = "我的銀行卡要掛失"
    common = common_words(normalised(asked), normalised("银行卡挂失"))
    assert [asked[start:end] for start, end in common.asked] == ["銀行卡", "掛失"]


def test_a_hit_of_a_search_is_explained(database, home, encoder):
    with database.writing() as session:
        bank = ensure_collection(session, "bank")
        draft = EntryDraft("银行卡能挂失吗", similar=("丢卡",), negative=("公交卡能挂失吗",))
        add_entry(session, bank, draft)
    reindex(database, home, encoder)
    result = Searcher(database, home, lambda name: encoder).search("銀行卡不能掛失嗎")
    (why,) = reasons_for(result, lambda name: encoder)
    assert why.matched_question == "银行卡能挂失吗"
    assert not why.exact
    assert [str(one.kind) for one in why.conflicts] == ["negation"]
    assert why.common.words == ("银行卡", "能挂失吗")
    assert why.shares.cosine == pytest.approx(result.hits[0].score, abs=1e-4)
    for side in (why.shares.asked, why.shares.found):
        assert sum(part.share for part in side) == pytest.approx(result.hits[0].score, abs=1e-4)

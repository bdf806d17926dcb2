"""Verdicts: monotone in the thresholds, and never better for what stands against a hit."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.encoder import Encoded, Vectors
from indexer.errors import IndexerError
from indexer.evidence import centroid_cosine
from indexer.search import Filters, Searcher
from indexer.verdicts import (
    NUMBER,
    Evidence,
    Thresholds,
    Verdict,
    shipped_thresholds,
    verdict_of,
)
from indexer.word_scores import Statistics, WordScores
from store.calibrations import CalibrationRecord, save_calibration
from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry
from store.models import utc_now
from store.text import says_something, speak_differently
from store.tokens import tokens

WORTH = {Verdict.NO_ANSWER: 0, Verdict.DID_YOU_MEAN: 1, Verdict.ANSWER: 2}
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
SHARES = st.floats(0, 1)
EVIDENCE = st.builds(
    Evidence,
    centroid=st.floats(-1, 1),
    covered=SHARES,
    questions=st.integers(1, 10_000),
    tokens=st.integers(0, 10_000),
    exact=st.booleans(),
    lead=st.none() | st.floats(-1, 2),
    conflicting=st.booleans(),
    topic=st.booleans(),
    vetoed=st.booleans(),
    wordless=st.booleans(),
    foreign=st.booleans(),
)


@given(EVIDENCE, st.lists(SHARES, min_size=4, max_size=4), SHARES, SHARES)
def test_higher_thresholds_never_make_a_verdict_better(evidence, four, gap, more):
    low, mid, high, top = sorted(four)
    easy = verdict_of(evidence, Thresholds(mid, low, min(gap, more)))
    hard = verdict_of(evidence, Thresholds(top, high, max(gap, more)))
    assert WORTH[hard] <= WORTH[easy]


@given(st.floats(-1, 1), SHARES, st.booleans())
def test_at_0_every_hit_answers_and_at_1_only_the_same_text(score, covered, exact):
    one = Evidence(score, covered, exact)
    assert verdict_of(one, Thresholds(0, 0)) is Verdict.ANSWER
    assert (verdict_of(one, Thresholds(1, 1)) is Verdict.ANSWER) == exact


@given(EVIDENCE, SHARES, SHARES)
def test_a_conflict_lowers_an_answer_to_a_suggestion_and_no_further(evidence, one, other):
    limits = Thresholds(max(one, other), min(one, other))
    without = verdict_of(replace(evidence, conflicting=False), limits)
    against = verdict_of(replace(evidence, conflicting=True), limits)
    assert against is (Verdict.DID_YOU_MEAN if without is Verdict.ANSWER else without)


def test_a_rival_as_near_makes_an_answer_a_suggestion():
    limits = Thresholds(0.8, 0.5, gap=0.05)
    assert verdict_of(Evidence(0.9, 0.9, lead=0.04), limits) is Verdict.DID_YOU_MEAN
    assert verdict_of(Evidence(0.9, 0.9, lead=0.06), limits) is Verdict.ANSWER
    assert verdict_of(Evidence(0.9, 0.9, lead=None), limits) is Verdict.ANSWER
    assert verdict_of(Evidence(0.9, 0.9, exact=True, lead=0), limits) is Verdict.ANSWER


@pytest.mark.parametrize("asked", ["？！。", "...", " - ", "，"])
def test_punctuation_alone_is_answered_by_nothing_but_itself(asked):
    assert not says_something(asked)
    limits = Thresholds(0.1, 0.1)
    assert verdict_of(Evidence(0.99, 0.0, wordless=True), limits) is Verdict.NO_ANSWER
    assert verdict_of(Evidence(0.99, 0.0, True, wordless=True), limits) is Verdict.ANSWER
    assert all(map(says_something, ["卡", "a", "7", "😀", "¿que?"]))


def test_no_hit_is_no_answer():
    assert verdict_of(None, Thresholds(0, 0)) is Verdict.NO_ANSWER


@pytest.mark.parametrize("wrong", [(0.5, 0.6, 0), (1.1, 0.5, 0), (0.5, -0.1, 0), (0.5, 0.4, 2)])
def test_thresholds_that_make_no_sense_are_refused(wrong):
    with pytest.raises(IndexerError, match="make no sense"):
        Thresholds(*wrong)


def test_a_model_that_nobody_calibrated_has_careful_thresholds():
    limits = shipped_thresholds("no such model")
    assert 0.3 < limits.suggest < limits.answer < 1


class WordEncoder:
    """Texts of the same letters are near: a count of each of a few characters, as a unit vector."""

    name, fingerprint, layers, parameters = "words", "words", 0, 0
    letters = "退货款国内外怎么可以吗运费谁付修改密码"
    dimension = len(letters)

    def encode(self, texts, *, progress=None):
        rows = [[text.count(letter) + 0.01 for letter in self.letters] for text in texts]
        vectors: Vectors = np.array(rows, dtype=np.float32)
        return Encoded(vectors / (vectors**2).sum(1, keepdims=True) ** 0.5, 0)


@pytest.fixture
def base(database, home):
    """A searcher over three entries, one of which must not answer for abroad."""
    with database.writing() as session:
        shop = ensure_collection(session, "shop")
        for draft in (
            EntryDraft("国内退货运费谁付", answer="我们付", negative=("国外退货运费谁付",)),
            EntryDraft("国外退货怎么退", answer="不能退"),
            EntryDraft(
                "怎么修改密码",
                answer="在设置里",
                valid_until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
            ),
        ):
            add_entry(session, shop, draft)
    return Searcher(database, home, lambda name: WordEncoder())


def calibrate(database, collection, answer, suggest, number=NUMBER):
    fitted = CalibrationRecord(
        "words", collection, "words", answer, suggest, 0.0, 0, {"number": number}, utc_now()
    )
    with database.writing() as session:
        save_calibration(session, fitted)


def test_an_entry_whose_negative_question_is_nearer_answers_nothing(base, database):
    calibrate(database, "", 0.5, 0.3)
    result = base.search("国外退货运费谁付")
    assert [hit.question for hit in result.hits[:2]] == ["国外退货怎么退", "国内退货运费谁付"]
    assert result.hits[1].vetoed_by == "国外退货运费谁付"
    assert [hit.rank for hit in result.hits] == [1, 2]
    # Its own question is nearer than the negative one: nothing is vetoed.
    own = base.search("国内退货运费谁付")
    assert own.hits[0].question == "国内退货运费谁付"
    assert own.hits[0].vetoed_by is None
    assert own.verdict is Verdict.ANSWER


def test_the_verdict_is_the_same_however_few_entries_are_asked_for(base, database):
    calibrate(database, "", 0.1, 0.1)
    found = [base.search("国外退货运费谁付", k=k) for k in (1, 2, 5)]
    said = {(one.verdict, one.confidence, one.hits[0].entry_id) for one in found}
    assert len(said) == 1
    assert [len(one.hits) for one in found[:2]] == [1, 2]
    assert found[0].hits[0].vetoed_by is None


def test_the_same_text_answers_at_any_threshold(base, database):
    calibrate(database, "", 1.0, 1.0)
    assert base.search("國外退貨怎麼退？").verdict is Verdict.ANSWER
    assert base.search("国外退货怎么可以退").verdict is Verdict.NO_ANSWER


def test_a_conflict_is_shown_and_the_hit_stays(base, database):
    calibrate(database, "", 0.5, 0.3)
    result = base.search("国外退货不能退吗")
    assert result.hits[0].question == "国外退货怎么退"
    assert result.verdict is Verdict.DID_YOU_MEAN
    assert [str(one.kind) for one in result.conflicts] == ["negation"]


def test_a_topic_of_several_entries_is_not_answered_by_one_of_them(base, database):
    calibrate(database, "", 0.0, 0.0)
    for asked in ("退货", "您好，请问退货？"):
        result = base.search(asked)
        assert result.topic and result.verdict is Verdict.DID_YOU_MEAN
        assert base.search(asked, k=1).verdict is Verdict.DID_YOU_MEAN
    for asked in ("国内退货谁付运费", "国外退货怎么退", "货退"):
        result = base.search(asked)
        assert not result.topic and result.verdict is Verdict.ANSWER
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "shop"), EntryDraft("退货", answer="这样退"))
    assert base.search("退货").verdict is Verdict.ANSWER


def test_a_question_that_is_asked_without_its_particle_is_no_topic(base, database):
    calibrate(database, "", 0.0, 0.0)
    with database.writing() as session:
        shop = ensure_collection(session, "shop")
        for question in ("国外可以吗", "国外可以吗改运费"):
            add_entry(session, shop, EntryDraft(question, answer=question))
    for asked in ("国外可以", "国外可以呢", "国外可以吗"):
        result = base.search(asked)
        assert result.hits[0].question == "国外可以吗"
        assert not result.topic and result.verdict is Verdict.ANSWER
    assert base.search("国外").topic


def test_a_latin_word_inside_another_is_no_topic(base, database):
    calibrate(database, "", 0.0, 0.0)
    with database.writing() as session:
        shop = ensure_collection(session, "shop")
        add_entry(session, shop, EntryDraft("discard 退", answer="a"))
        add_entry(session, shop, EntryDraft("card 退", answer="b"))
    assert not base.search("card").topic


def test_a_topic_in_chinese_has_letters_beside_it(base, database):
    with database.writing() as session:
        shop = ensure_collection(session, "shop")
        for question in ("app退", "退vip"):
            add_entry(session, shop, EntryDraft(question, answer=question))
    assert base.search("退").topic


def test_thresholds_of_the_collection_searched_come_before_those_of_all(base, database):
    asked, shop = "国外退货怎么可以退", Filters(collections=("shop",))
    calibrate(database, "", 1.0, 1.0)
    assert base.search(asked, filters=shop).verdict is Verdict.NO_ANSWER
    calibrate(database, "shop", 0.2, 0.1)
    assert base.search(asked, filters=shop).verdict is Verdict.ANSWER
    assert base.search(asked).verdict is Verdict.NO_ANSWER


def test_what_has_expired_never_answers_even_its_own_question(base, database):
    calibrate(database, "", 0.0, 0.0)
    assert "怎么修改密码" not in [hit.question for hit in base.search("怎么修改密码").hits]


def test_words_that_no_question_has_speak_against_an_answer():
    """A question about cards is near any other about cards; what it asks for is new."""
    near, met = Evidence(0.7, covered=0.1), Evidence(0.7, covered=0.8)
    assert near.number == pytest.approx(0.55)
    limits = Thresholds(0.6, 0.56)
    assert verdict_of(near, limits) is Verdict.NO_ANSWER
    assert verdict_of(met, limits) is Verdict.ANSWER


def test_in_the_centroid_a_nearer_question_weighs_more_and_it_needs_a_direction():
    """Against float64 and a loop."""
    vectors = np.random.default_rng(1).normal(size=(5, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked, others = vectors[0], vectors[1:]
    cosines = [float(asked @ one) for one in others]
    total = np.zeros(8)
    for one, cosine in zip(others, cosines, strict=True):
        total += math.exp(3 * cosine) * one.astype(np.float64)
    told = asked @ total / np.linalg.norm(total)
    assert centroid_cosine(asked, others, cosines) == pytest.approx(told, abs=1e-6)
    assert told > centroid_cosine(asked, others, [0.0] * 4)
    assert centroid_cosine(asked, np.stack([asked] * 3), [1.0] * 3) <= 1
    assert centroid_cosine(asked, np.stack([others[0], -others[0]]), [0.0, 0.0]) == 0


def test_of_many_questions_some_are_near_and_have_the_words_by_chance():
    one, twenty = Evidence(0.7, 0.5).number, Evidence(0.7, 0.5, questions=20).number
    assert one - twenty == pytest.approx(0.07 * math.log(20))


def test_what_was_read_beside_each_other_counts_and_what_was_not_read_says_nothing():
    other, unread, same = (Evidence(0.5, 0.5, odds=odds).number for odds in (-3.0, None, 3.0))
    assert (other, unread, same) == pytest.approx((0.41, 0.5, 0.59))
    assert Evidence(0.95, 0.95, odds=8.0).number < 1
    assert Evidence(0.1, 0.0, odds=-8.0).number == 0
    assert Evidence(0.5, 0.5, exact=True, odds=-8.0).number == 1


def test_what_is_told_at_length_need_not_be_as_near():
    short, usual, long = (Evidence(0.5, 0.5, tokens=count).number for count in (3, 10, 40))
    assert usual == pytest.approx(0.5)
    assert short < usual < long < usual + 0.06
    most = Evidence(0.5, 0.5, tokens=60).number
    assert Evidence(0.5, 0.5, tokens=10_000).number == most < usual + 0.08
    assert Evidence(1.0, 1.0, tokens=10_000).number < 1
    assert Evidence(0.0, 0.0, tokens=0).number == 0


def test_a_question_in_another_language_is_not_held_to_its_words():
    assert Evidence(0.7, covered=0.0, foreign=True).number == pytest.approx(0.6125)
    assert Evidence(0.7, covered=0.9, foreign=True).number == Evidence(0.7, covered=0.9).number
    assert Evidence(0.7, covered=0.0).number == pytest.approx(0.525)


@pytest.mark.parametrize(
    "one, other, differ",
    [
        ("怎么关闭两步验证", "remove two step login", True),
        ("how do I pay", "怎么付款", True),
        ("wifi密码", "怎么付款", False),
        ("X210", "X210的价格", False),
        ("95588", "怎么付款", False),
        ("안녕 결제 방법", "怎么付款", False),
        ("how do I pay", "pay with a card", False),
    ],
)
def test_a_language_is_known_by_its_characters_and_a_code_has_none(one, other, differ):
    assert speak_differently(one, other) is differ is speak_differently(other, one)


def test_covered_is_the_share_of_the_asked_words_by_rarity():
    base = Statistics(100, 4.0, {"退": 50, "货": 50, "退货": 40, "护": 2, "照": 2})
    asked = tokens("退货护照")
    scores = WordScores.of(asked, asked, base)
    assert scores.covered({"退", "货", "退货", "护", "照", "货护", "护照"}) == pytest.approx(1)
    assert scores.covered(set()) == 0
    # What everybody asks for says less than what nothing in the base has: 货护, 护照.
    assert scores.covered({"退", "货", "退货"}) < 0.2
    assert scores.covered({"护", "照", "护照"}) > 0.5
    assert WordScores.of(tokens("？！"), tokens("？！"), base).covered({"退"}) == 0


@pytest.mark.parametrize("mode", ["dense", "hybrid", "lexical"])
def test_the_confidence_is_the_same_however_the_hit_was_found(base, mode):
    found = base.search("国内退货谁付运费", mode=mode)
    best = found.hits[0]
    assert 0 < best.covered < 1
    length = 0.04 * math.log(8 / 10)  # characters
    told = 0.75 * best.centroid + 0.25 * best.covered + 0.03 * best.odds
    told += length - 0.07 * math.log(best.questions)
    assert found.confidence == pytest.approx(told)
    assert best.covered == base.search("国内退货谁付运费").hits[0].covered


def test_thresholds_that_were_fitted_on_another_number_are_passed_over(base, database):
    calibrate(database, "", 0.0, 0.0, number="cosine")
    assert base.search("国外退货").thresholds == shipped_thresholds("words")
    calibrate(database, "", 0.0, 0.0)
    assert base.search("国外退货").thresholds == Thresholds(0, 0)

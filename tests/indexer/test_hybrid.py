"""The two legs together: what words add to meaning, and that no text and no filter upsets them."""

from __future__ import annotations

import dataclasses
import math
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.builds import reindex
from indexer.errors import IndexerError, ModelError
from indexer.fusion import Evidence, Match, fuse
from indexer.guarding.second_reading import load_shipped
from indexer.judging import reaching
from indexer.reasons import reasons_for
from indexer.search import Filters, Mode, Searcher, embed_pending
from indexer.verdicts import Verdict
from indexer.word_scores import Statistics, WordScores
from indexer.word_tail import Tail
from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry, delete_entries, set_status, update_entry
from store.lexical import count_unindexed, indexed
from store.models import Kind, Status
from store.tokens import tokens

DRAFTS = [
    EntryDraft("登录密码忘记了怎么重置", similar=("密码想不起来了", "找回密码")),
    EntryDraft("怎么修改支付密码", similar=("支付密码在哪改",), category="支付"),
    EntryDraft("A-100 打印机卡纸怎么办", similar=("a100 不进纸",), tags=("硬件",)),
    EntryDraft("WiFi6 路由器怎么设置", tags=("硬件",)),
    EntryDraft("学 C++ 用什么软件", category="开发"),
    EntryDraft("能退款吗", negative=("不能退款吗",)),
    EntryDraft("满100元包邮吗", similar=("不满100元运费多少",), category="支付"),
    EntryDraft("How do I reset my password?", similar=("forgot password",), tags=("english",)),
    EntryDraft("👍 这个表情是什么意思"),
    EntryDraft("信用卡逾期了会怎样", category="支付"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory, encoder):
    """A searcher over the drafts, indexed."""
    home = tmp_path_factory.mktemp("家")
    database = Database.at(home / "tongwen.db")
    database.upgrade()
    with database.writing() as session:
        for number, draft in enumerate(DRAFTS * 3):
            into = ensure_collection(session, f"c{number // len(DRAFTS)}")
            add_entry(session, into, draft)
    reindex(database, home, encoder)
    return Searcher(database, home, lambda name: encoder)


def first(base, query, **asked):
    return base.search(query, filters=Filters(collections=("c0",)), **asked).hits[0]


@pytest.mark.parametrize(
    ("query", "question"),
    [
        ("密码想不起来了", "登录密码忘记了怎么重置"),
        ("ａ１００", "A-100 打印机卡纸怎么办"),
        ("A-100卡紙", "A-100 打印机卡纸怎么办"),
        ("wifi 6", "WiFi6 路由器怎么设置"),
        ("c++", "学 C++ 用什么软件"),
        ("重置", "登录密码忘记了怎么重置"),
        ("纸", "A-100 打印机卡纸怎么办"),
        ("👍", "👍 这个表情是什么意思"),
        ("信用卡逾期會怎樣", "信用卡逾期了会怎样"),
        ("PASSWORD RESET", "How do I reset my password?"),
        ("100元", "满100元包邮吗"),
    ],
)
def test_words_codes_and_characters_are_found_however_they_are_written(base, query, question):
    for mode in (Mode.LEXICAL, Mode.HYBRID):
        assert first(base, query, mode=mode).question == question


def test_the_asked_text_itself_comes_first_in_a_stable_order(base):
    hits = base.search("能退款嗎？").hits
    assert [hit.exact for hit in hits[:4]] == [True, True, True, False]
    assert [hit.matched_question for hit in hits[:3]] == ["能退款吗"] * 3
    ids = [hit.entry_id for hit in hits[:3]]
    assert ids == sorted(ids) and base.search("能退款嗎？").hits == hits


def test_a_hit_says_what_each_leg_found(base):
    hit = first(base, "A-100 卡纸")
    assert hit.lexical > 0 and hit.lexical_rank == 1 and -1 <= hit.score <= 1
    dense = first(base, "A-100 卡纸", mode="dense")
    assert (dense.lexical, dense.lexical_rank, dense.dense_rank) == (None, None, 1)
    assert dense.fused == dense.score
    by_words = base.search("卡纸", mode="lexical", k=50).hits
    assert {hit.question for hit in by_words} == {"A-100 打印机卡纸怎么办", "信用卡逾期了会怎样"}
    for hit in by_words:  # the cosine of a hit that only words found is that of meaning
        same = [
            h for h in base.search("卡纸", mode="dense", k=50).hits if h.entry_id == hit.entry_id
        ]
        assert hit.score <= same[0].score + 1e-5


def test_of_many_questions_some_are_near_by_chance():
    match = Match(1, Kind.STANDARD, 0.8)
    one = Evidence(
        7, match, match, (0.0,), exact=False, covered=0.0, centroid=0.8, questions=1, odds=0.0
    )
    scores = WordScores.of(tokens("退"), tokens("退"), Statistics(10, 2.0, {}))
    # The best of two counts less where the second is worse, and nothing else but their number.
    two = dataclasses.replace(one, words=(0.0, 0.0), questions=2)
    many = dataclasses.replace(two, questions=20)
    assert fuse(one, scores) == pytest.approx(0.8)
    assert fuse(one, scores) - fuse(two, scores) == pytest.approx(0.06 * math.log(2))
    assert fuse(two, scores) - fuse(many, scores) == pytest.approx(0.06 * math.log(10))


def test_what_was_read_beside_each_other_has_a_say_in_the_order():
    match = Match(1, Kind.STANDARD, 0.8)
    one = Evidence(7, match, match, (0.0,), exact=False, covered=0.0, centroid=0.8, questions=1)
    scores = WordScores.of(tokens("退"), tokens("退"), Statistics(10, 2.0, {}))
    other, same = (fuse(dataclasses.replace(one, odds=odds), scores) for odds in (-5.0, 5.0))
    assert same - other == pytest.approx(0.2)
    assert fuse(one, scores) - other == pytest.approx(0.06)  # not read, so as most that are not it


def test_a_hit_says_what_reading_its_nearest_questions_gave(base):
    hit = next(h for h in base.search("密码怎么找回").hits if h.question == DRAFTS[0].standard)
    texts = [DRAFTS[0].standard, *DRAFTS[0].similar]
    told = [load_shipped().told([(text, "密码怎么找回")])[0].odds for text in texts]
    assert hit.odds == pytest.approx(np.clip(told, -8, 8).mean(), abs=1e-3)
    for mode in (Mode.DENSE, Mode.LEXICAL):
        hits = base.search("密码怎么找回", k=20, mode=mode).hits
        assert hit.odds in [h.odds for h in hits if h.entry_id == hit.entry_id]
    assert base.search("找回密码").hits[0].odds is None  # nothing to read, it is the same text
    assert {h.odds for h in base.search("密码怎么找回" * 50).hits} == {None}


def test_the_order_goes_by_the_centroid_not_by_one_near_question():
    match = Match(1, Kind.STANDARD, 0.9)
    scores = WordScores.of(tokens("退"), tokens("退"), Statistics(10, 2.0, {}))
    one = Evidence(7, match, match, (0.0, 0.0), exact=False, covered=0, centroid=0.75, questions=2)
    other = dataclasses.replace(one, nearest=Match(2, Kind.STANDARD, 0.8), centroid=0.85)
    assert fuse(other, scores) - fuse(one, scores) == pytest.approx(0.1)


def test_the_centroid_is_that_of_the_questions_of_the_entry(base, encoder):
    """Against float64, of texts that are encoded anew."""
    hit = first(base, "卡纸")
    texts = ["A-100 打印机卡纸怎么办", "a100 不进纸"]
    vectors = encoder.encode([*texts, "卡纸"]).vectors.astype(np.float64)
    centroid = np.exp(3 * vectors[:2] @ vectors[2]) @ vectors[:2]
    assert hit.question == texts[0] and hit.questions == 2
    told = vectors[2] @ centroid / np.linalg.norm(centroid)
    assert hit.centroid == pytest.approx(told, abs=1e-5)


def test_an_entry_only_words_propose_has_its_cosine(base, monkeypatch):
    monkeypatch.setattr("indexer.ranking._DEPTH", 1)
    hits = base.search("A-100 卡纸 逾期", k=1, filters=Filters(collections=("c0",))).hits
    assert hits[0].lexical_rank is not None and -1 <= hits[0].score <= 1


FILTERS = [
    Filters(collections=("c1",)),
    Filters(category="支付"),
    Filters(tags=("硬件",)),
    Filters(collections=("c0", "c2"), category="支付"),
    Filters(category="没有"),
]
ASKED = st.one_of(
    st.text(max_size=30),
    st.text(alphabet='密码重置退款怎么卡纸元100aA-+"*()\0 ？忘\ud800👍', max_size=20),
)
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def asked(base, query, **more):
    try:
        return base.search(query, **more).hits
    except IndexerError as error:
        assert "empty" in str(error)
        return None


@SLOW
@given(query=ASKED, mode=st.sampled_from(Mode), filters=st.sampled_from(FILTERS))
def test_a_filter_never_changes_the_order_of_what_it_leaves(base, query, mode, filters):
    everything = asked(base, query, k=20, mode=mode)
    left = asked(base, query, k=20, mode=mode, filters=filters)
    if everything is not None:
        both = {hit.entry_id for hit in left} & {hit.entry_id for hit in everything}
        one, other = (
            [hit.entry_id for hit in hits if hit.entry_id in both] for hits in (everything, left)
        )
        assert one == other


@SLOW
@given(query=ASKED, k=st.integers(1, 40), mode=st.sampled_from([Mode.DENSE, Mode.HYBRID]))
def test_k_entries_for_k_with_scores_that_are_cosines(base, query, k, mode):
    hits = asked(base, query, k=k, mode=mode)
    if hits is not None:
        assert len({hit.entry_id for hit in hits}) == len(hits) == min(k, 3 * len(DRAFTS))
        assert all(-1 <= hit.score <= 1 for hit in hits)
        # An entry whose negative question is nearer comes after the others.
        fused = [(hit.vetoed_by is None, hit.exact, hit.fused) for hit in hits]
        assert fused == sorted(fused, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "'; DROP TABLE question; --",
        "<script>alert(1)</script>",
        'foo AND "bar" OR (baz*) NEAR/2 ^qux',
        "？？？！！",
        "\0密码\0",
        "\ud800\udfff密码",
        "密" * 10_000,
        "怎么重置密码 A-100 " * 600,
        "ﷺ" * 500,
    ],
)
def test_no_text_upsets_a_search(base, query):
    for mode in Mode:
        hits = base.search(query, mode=mode).hits
        assert len(hits) == 5 or mode is Mode.LEXICAL


def test_too_long_a_text_is_refused_in_one_line(base):
    with pytest.raises(IndexerError, match="10,001 characters; ask with 10,000 or fewer"):
        base.search("长" * 10_001)


def test_words_of_edits_are_found_at_once_before_and_after_they_are_taken_in(
    database, home, encoder, fill
):
    fill(database, "bank", 30)
    reindex(database, home, encoder)
    searcher = Searcher(database, home, lambda name: encoder)
    plain = EntryDraft("型号 ZX-9000 的保修期")
    with database.writing() as session:
        assert count_unindexed(session) == 0
        entry = add_entry(session, ensure_collection(session, "bank"), plain)

    def found(query):
        return [hit.entry_id for hit in searcher.search(query, mode="lexical").hits]

    before = searcher.search("zx9000").hits
    assert found("zx9000") == [entry]
    embed_pending(database, encoder)
    with database.reading() as session:
        assert count_unindexed(session) == 0
    assert found("zx9000") == [entry] and searcher.search("zx9000").hits == before
    with database.writing() as session:
        update_entry(session, entry, dataclasses.replace(plain, standard="型号 QQ-1 的保修期"))
    assert found("zx9000") == [] and found("qq1") == [entry]
    with database.writing() as session:
        set_status(session, [entry], Status.ARCHIVED)
    assert found("qq1") == []
    with database.writing() as session:
        set_status(session, [entry], Status.ACTIVE)
    assert found("qq1") == [entry]
    with database.writing() as session:
        delete_entries(session, [entry])
    assert found("qq1") == []


def test_a_bulk_import_waits_for_the_reindex_and_says_so(
    database, home, encoder, fill, monkeypatch
):
    monkeypatch.setattr("indexer.word_tail.MOST_ROWS", 40)
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    searcher = Searcher(database, home, lambda name: encoder)
    fill(database, "shop", 40, 3)
    with database.writing() as session:
        newest = add_entry(session, ensure_collection(session, "shop"), EntryDraft("ZX-9000"))
    result = searcher.search("zx-9000")
    assert result.hits[0].entry_id == newest and result.pending_words > 0
    reindex(database, home, encoder)
    assert searcher.search("zx-9000").pending_words == 0
    assert searcher.search("zx-9000").hits[0].entry_id == newest


def test_a_reindex_that_is_stopped_goes_on_with_the_words_where_it_was(
    database, home, encoder, fill, monkeypatch
):
    monkeypatch.setattr("indexer.word_upkeep._BATCH", 30)
    fill(database, "bank", 60)

    class Stop:
        batches = 0
        holder = ""

        def phase(self, name):
            self.name = name

        def checkpoint(self):
            self.batches += self.name == "words"
            if self.batches == 3:
                raise KeyboardInterrupt

        def confirm(self, session):
            pass

    with pytest.raises(KeyboardInterrupt):
        reindex(database, home, encoder, watch=Stop())
    with database.reading() as session:
        assert indexed(session).documents == 60
    reindex(database, home, encoder)
    with database.reading() as session:
        assert count_unindexed(session) == 0


def test_the_numbers_are_the_same_from_the_index_and_from_memory(database, home, encoder, fill):
    fill(database, "bank", 40)
    searcher = Searcher(database, home, lambda name: encoder)
    chance = random.Random(1)
    queries = ["".join(chance.sample("银行信用卡怎么挂失流量套餐退货发票", 6)) for _ in range(20)]
    before = [searcher.search(query).hits for query in queries]
    with database.reading() as session:
        assert indexed(session).documents == 0
        assert Tail().advanced(session, 1).documents == count_unindexed(session)
    reindex(database, home, encoder)
    for query, hits in zip(queries, before, strict=True):
        now = searcher.search(query).hits
        assert [hit.entry_id for hit in now] == [hit.entry_id for hit in hits]
        assert [hit.lexical for hit in now] == pytest.approx([hit.lexical for hit in hits])


def test_words_alone_are_searched_without_the_model(database, home, encoder):
    with database.writing() as session:
        for draft in DRAFTS:
            add_entry(session, ensure_collection(session, "c0"), draft)
    reindex(database, home, encoder)
    there = False

    def load(name):
        if not there:
            raise ModelError("no model folder at x; name another")
        return encoder

    searcher = Searcher(database, home, load)
    searcher.prepare(Mode.LEXICAL)
    for mode in (Mode.DENSE, Mode.HYBRID):
        with pytest.raises(ModelError, match="no model folder at x"):
            searcher.search("退款", mode=mode)
    for query in ("A-100 卡纸", "忘记密码", "100元"):
        result = searcher.search(query, mode=Mode.LEXICAL)
        known = Searcher(database, home, lambda name: encoder).search(query, mode=Mode.LEXICAL)
        said, right = (
            sorted((hit.entry_id, hit.lexical, hit.covered, hit.exact) for hit in one.hits)
            for one in (result, known)
        )
        assert said == right and len(said) > 0
        assert {(hit.score, hit.centroid) for hit in result.hits} == {(None, None)}
        assert (result.verdict, result.model) == (Verdict.NO_ANSWER, encoder.name)
        assert [why.shares for why in reasons_for(result, load)] == [None] * len(result.hits)
        assert reaching(result, 0.5).hits == ()
    same = searcher.search("能退款嗎", mode=Mode.LEXICAL)
    assert (same.verdict, same.confidence, len(reaching(same, 1).hits)) == (Verdict.ANSWER, 1, 1)
    vetoed = searcher.search("不能退款吗", mode=Mode.LEXICAL)
    assert vetoed.verdict is Verdict.NO_ANSWER
    assert [hit.vetoed_by for hit in vetoed.hits if hit.question == "能退款吗"] == ["不能退款吗"]
    # Once the model is back, the same searcher uses it.
    there = True
    assert searcher.search("能退款嗎", mode=Mode.LEXICAL).hits[0].score is not None
    assert searcher.search("退款").hits


def test_words_of_any_of_very_many_questions_are_found_without_the_model(database, home, encoder):
    similar = (*(f"怎么退款 {number}" for number in range(40)), "ZX-9000 卡纸")
    with database.writing() as session:
        many = EntryDraft("怎么退款", similar=similar)
        add_entry(session, ensure_collection(session, "c0"), many)
    reindex(database, home, encoder)

    def gone(name):
        raise ModelError("no model folder at x; name another")

    (hit,) = Searcher(database, home, gone).search("zx-9000", mode=Mode.LEXICAL).hits
    assert (hit.matched_question, hit.covered) == ("ZX-9000 卡纸", 1)


def test_what_was_written_since_is_counted_where_the_model_is_gone(database, home, encoder, fill):
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "bank"), EntryDraft("ZX-9000"))

    def gone(name):
        raise ModelError("no model folder at x; name another")

    result = Searcher(database, home, gone).search("zx-9000", mode=Mode.LEXICAL)
    assert (result.hits, result.pending) == ((), 1)

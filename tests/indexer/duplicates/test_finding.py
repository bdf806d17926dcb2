"""The whole search, on a base in which the vectors say exactly how alike two questions are."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexer import guards
from indexer.duplicates import edges, gathering
from indexer.duplicates.edges import Match
from indexer.duplicates.finding import find_duplicates
from indexer.duplicates.gathering import Gathered, gather
from indexer.duplicates.kinship import Kinship
from indexer.duplicates.linking import Entries
from indexer.duplicates.report import ClusterKind, DuplicateReport
from indexer.duplicates.requests import DuplicateRequest, read_threshold
from indexer.errors import IndexerError
from store.collections import ensure_collection, find_collection
from store.database import Database
from store.entries import EntryDraft, add_entry, delete_entries, set_status
from store.errors import NotFoundError
from store.models import Judgement, Status
from store.pair_decisions import Asked, decide, forget_pair
from store.text import text_hash
from store.vectors import find_model, put_vectors, register_model

# Where a question lies, in degrees on one circle: cos 20° = 0.94, cos 40° = 0.77.
PLACES = {
    "怎么退款": 0,
    "如何退款": 10,
    "不能退款吗": 5,
    "退款要几天到账": 30,
    "营业时间": 90,
    "几点开门": 100,
    "在哪里买票": 180,
    "怎么去你们那里": 240,
    "换座位要多久": 323,
    "换座位几时好": 320,
    "退款不要几天到账": 57,
    "退款不用几天到账": 58,
    "几点退款": 1,
    "退票要多久": 38,
    "退票几天到": 50,
}
Add = Callable[..., int]


@pytest.fixture
def add(database: Database) -> Add:
    def add_one(question: str, answer: str = "", collection: str = "c", **more: object) -> int:
        with database.writing() as session:
            owner = ensure_collection(session, collection)
            return add_entry(session, owner, EntryDraft(question, answer, **more))  # type: ignore[arg-type]

    return add_one


def _embed(database: Database, fingerprint: str, turned: float = 1.0) -> None:
    angles = np.radians(turned * np.array(list(PLACES.values())))
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    with database.writing() as session:
        model = register_model(
            session, name=fingerprint, fingerprint=fingerprint, dimension=2, layers=0, parameters=0
        )
        put_vectors(session, model.id, [text_hash(text) for text in PLACES], vectors)


@pytest.fixture
def find(database: Database, home: Path) -> Callable[..., DuplicateReport]:
    def find_them(fingerprint: str = "m", **asked: object) -> DuplicateReport:
        _embed(database, fingerprint, 1.0 if fingerprint == "m" else 0.8)
        request = DuplicateRequest(model="m", **{"threshold": 0.9, **asked})  # type: ignore[arg-type]
        return find_duplicates(database, home, fingerprint, request)

    return find_them


def _groups(report: DuplicateReport) -> list[tuple[str, set[int]]]:
    return [(str(one.kind), set(one.entries)) for one in report.clusters]


def test_conflicting_answers_come_first_then_same_answers_then_other_questions(add, find):
    open_1, open_2 = add("营业时间", "九点"), add("几点开门", "九点。")
    refund_1, refund_2 = add("怎么退款", "点退款"), add("如何退款", "找客服")
    ticket, way = add("在哪里买票", "在前台"), add("怎么去你们那里", "在前台")
    report = find()
    assert _groups(report) == [
        ("conflicting_answers", {refund_1, refund_2}),
        ("same_answer", {open_1, open_2}),
        ("same_answer_other_question", {ticket, way}),
    ]
    assert [one.number for one in report.clusters] == [1, 2, 3]
    assert report.clusters[0].score == pytest.approx(np.cos(np.radians(10)), abs=1e-5)
    assert report.clusters[0].scores[0] == 1.0
    assert sorted(pair.cluster or 0 for pair in report.pairs) == [1, 2]
    first, other = report.clusters[0].matches
    assert first is None
    assert other is not None
    assert {other[0].entry_id, other[1].entry_id} == {refund_1, refund_2}
    assert other[1].entry_id == report.clusters[0].entries[0]
    assert report.clusters[2].matches == (None, None)
    assert _groups(report) == _groups(find())


def test_one_close_pair_among_several_questions_makes_no_duplicate(add, find, database):
    hours = add("营业时间", "九点", similar=("几点开门", "退款要几天到账"))
    refund = add("怎么退款", "点退款")
    assert find(threshold=None).threshold.value == 0.8
    assert _groups(find(threshold=None)) == []
    assert find(threshold=None).pairs == ()
    # A threshold that somebody gave is taken at its word.
    assert _groups(find(threshold=0.8)) == [("conflicting_answers", {hours, refund})]
    with database.writing() as session:
        decide(session, [(Asked("营业时间"), Asked("怎么退款"))], Judgement.DUPLICATE)
    assert _groups(find(threshold=None)) == [("conflicting_answers", {hours, refund})]


def test_standard_questions_that_are_near_need_nothing_else(add, find):
    hours = add("退款要几天到账", "三天", similar=("营业时间", "几点开门"))
    refund = add("怎么退款", "点退款")
    assert _groups(find(threshold=None)) == [("conflicting_answers", {hours, refund})]


def test_a_question_alone_is_like_the_best_of_the_entries_with_several_only(add, find):
    alone = add("怎么退款", "点退款")
    add("营业时间", "九点", similar=("退款要几天到账", "几点开门"))
    seats = add("换座位要多久", "一天", similar=("换座位几时好",))
    # cos 30° = 0.87 with one of the first entry's, cos 37° = 0.80 with the second's, at most.
    (pair,) = find(threshold=None).pairs
    assert {pair.first.entry_id, pair.second.entry_id} == {alone, seats}
    assert find(threshold=None).threshold.value == 0.8
    assert pair.score == pytest.approx(np.cos(np.radians(37)), abs=1e-5)


def test_a_question_alone_is_not_like_an_entry_whose_questions_are_near_one_by_one(add, find):
    add("怎么退款", "点退款")
    # cos 38° = 0.79 with one of them, cos 43° = 0.73 with what they have in common.
    add("退票要多久", "三天", similar=("退票几天到",))
    assert find(threshold=None).pairs == ()


def test_an_opposite_is_not_the_best_of_the_entries_for_a_question_alone(add, find):
    alone = add("退款要几天到账", "三天")
    against = add("退款不要几天到账", "不用", similar=("退款不用几天到账",))
    refund = add("怎么退款", "点退款", similar=("几点退款",))
    report = find(threshold=None)
    (pair,) = report.pairs
    assert {pair.first.entry_id, pair.second.entry_id} == {alone, refund}
    (pair,) = report.opposites
    assert {pair.first.entry_id, pair.second.entry_id} == {alone, against}


def test_who_was_called_different_from_the_best_entry_is_like_the_next(add, find, database):
    alone = add("怎么退款", "点退款")
    days = add("退款要几天到账", "三天", similar=("退款不要几天到账",))
    seats = add("换座位要多久", "一天", similar=("换座位几时好",))
    (pair,) = find(threshold=None).pairs
    assert {pair.first.entry_id, pair.second.entry_id} == {alone, days}
    with database.writing() as session:
        decide(session, [(Asked("怎么退款"), Asked("退款要几天到账"))], Judgement.DIFFERENT)
    (pair,) = find(threshold=None).pairs
    assert {pair.first.entry_id, pair.second.entry_id} == {alone, seats}


def test_below_the_threshold_only_a_question_alone_is_like_an_entry_with_several(add, find):
    refund = add("怎么退款", "点退款", similar=("如何退款",))
    add("换座位要多久", "一天", similar=("换座位几时好",))
    days = add("退款要几天到账", "三天")
    (pair,) = find(threshold=None).pairs
    assert {pair.first.entry_id, pair.second.entry_id} == {refund, days}


@pytest.mark.parametrize(("ours", "theirs"), [(1, 12), (3, 12), (12, 12), (2, 40)])
def test_halves_of_an_entry_are_as_near_as_its_own_questions_whatever_their_number(ours, theirs):
    ratios = {"same": [], "other": []}
    for seed in range(40):
        chance = np.random.default_rng(seed)
        middle, other = chance.normal(size=64), chance.normal(size=64)
        middles = np.stack([middle, middle, middle + 0.7 * other])
        owners = np.repeat([1, 2, 3], [ours, theirs, theirs])
        vectors = middles[owners - 1] + chance.normal(size=(len(owners), 64))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        rows = np.arange(len(owners))
        ones = np.ones(len(owners), dtype=np.uint8)
        gathered = Gathered(
            ids=rows,
            entries=owners,
            nodes=rows,
            standard=np.diff(owners, prepend=0) > 0,
            row_sides=ones,
            vectors=vectors.astype(np.float32),
            hashes=np.zeros(len(owners), dtype="V16"),
            sides=ones,
        )
        kinship = Kinship(gathered, Entries(gathered, rows))
        ratios["same"].append(kinship.of(1, 2))
        ratios["other"].append(kinship.of(1, 3))
    assert np.mean(ratios["same"]) == pytest.approx(1, abs=0.06)
    assert np.mean(ratios["other"]) < 0.9


def test_many_questions_are_read_in_one_pass_and_are_the_same(add, database, monkeypatch):
    asked = [question for question in PLACES if question not in ("如何退款", "在哪里买票")]
    for question in [*asked, "没有向量的问题", "怎麼退款？"]:
        add(question)
    add("营业时间", collection="other")
    _embed(database, "m")
    with database.reading() as session:
        model = find_model(session, "m")
        second = [find_collection(session, "other").id]
        looked_up = gather(session, model, collection_ids=None, against=second)
        monkeypatch.setattr(gathering, "_FEW", 0)
        in_one_pass = gather(session, model, collection_ids=None, against=second)
    # What has no vector is left out; 怎麼退款？ has none of its own.
    assert (len(looked_up.ids), len(looked_up.vectors)) == (len(asked) + 1, len(asked))
    angles = np.radians([PLACES[question] for question in asked])
    assert in_one_pass.vectors == pytest.approx(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    for field in dataclasses.fields(looked_up):
        one, other = getattr(looked_up, field.name), getattr(in_one_pass, field.name)
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist(), field.name


def test_another_number_is_another_answer(add, find):
    add("怎么退款", "1-3天到账"), add("如何退款", "13天到账")
    (cluster,) = find().clusters
    assert cluster.kind is ClusterKind.CONFLICTING


def test_an_answer_that_one_lacks_contradicts_nothing(add, find):
    add("怎么退款", "点退款"), add("如何退款")
    (cluster,) = find().clusters
    assert cluster.kind is ClusterKind.SAME


def test_opposites_are_told_apart_and_in_no_cluster(add, find):
    can, cannot = add("如何退款"), add("不能退款吗")
    other = add("怎么退款")
    report = find()
    assert _groups(report) == [("same_answer", {can, other})]
    assert {(p.first.entry_id, p.second.entry_id) for p in report.opposites} == {
        (can, cannot),
        (cannot, other),
    }
    assert all(p.conflicts and p.score > 0.9 for p in report.opposites)


def test_whoever_calls_a_pair_duplicates_overrules_the_guards(add, find, database):
    pair = {add("如何退款"), add("不能退款吗")}
    assert find().clusters == ()
    with database.writing() as session:
        decide(session, [(Asked("如何退款"), Asked("不能退款吗"))], Judgement.DUPLICATE)
    report = find()
    assert _groups(report) == [("same_answer", pair)]
    assert report.opposites == ()


def test_opposite_entries_stay_apart_whatever_their_similar_questions_share(add, find):
    can = add("几点开门", similar=("怎么退款",))
    cannot = add("几点关门", similar=("如何退款",))
    report = find()
    assert report.clusters == ()
    (pair,) = report.opposites
    assert (pair.first.entry_id, pair.second.entry_id) == (can, cannot)
    assert {(one.asked, one.found) for one in pair.conflicts} == {("开门", "关门")}


def test_a_slip_of_the_keyboard_opposes_no_entry_that_shares_a_similar_question(add, find):
    ours = {add(text, similar=("如何退款",)) for text in ("取消订单", "消取订单")}
    report = find()
    assert report.opposites == ()
    assert _groups(report) == [("same_answer", ours)]


def test_the_same_normal_form_is_found_whatever_the_model_thinks(add, find, database):
    first, second = add("怎么退款", "a"), add("怎麼退款？", "a")
    with database.writing() as session:
        model = register_model(
            session, name="m", fingerprint="m", dimension=2, layers=0, parameters=0
        )
        away = np.array([[0.0, 1.0]], dtype=np.float32)
        put_vectors(session, model.id, [text_hash("怎麼退款？")], away)
    report = find()
    assert _groups(report) == [("same_answer", {first, second})]
    assert (report.pairs[0].match, report.pairs[0].score) == (Match.EXACT, 1.0)


def test_a_chain_is_not_fused_and_its_last_link_is_still_a_pair(monkeypatch, add, find):
    monkeypatch.setattr(guards, "second_reading", lambda: None)  # it would keep the last apart
    ends = [add("怎么退款"), add("如何退款"), add("退款要几天到账")]
    report = find(threshold=0.93)
    assert _groups(report) == [("same_answer", set(ends[:2]))]
    assert [(p.second.entry_id, p.cluster) for p in report.pairs] == [(ends[1], 1), (ends[2], None)]


def test_questions_of_one_entry_are_not_its_duplicates(add, find):
    add("怎么退款", similar=("如何退款",))
    report = find()
    assert (report.clusters, report.pairs) == ((), ())
    assert (report.entries, report.questions) == (1, 2)


def test_pairs_within_an_entry_are_not_read_unless_another_has_one_of_the_two(
    monkeypatch, add, find
):
    read = []
    monkeypatch.setattr(
        edges, "conflicts_of", lambda pairs, strict: [read.append(p) or () for p in pairs]
    )
    add("怎么退款", similar=("如何退款",))
    find()
    assert read == []
    add("如何退款", answer="另一个")
    find()
    assert set(map(frozenset, read)) == {frozenset(("怎么退款", "如何退款"))}


def test_archived_entries_and_negative_questions_are_left_out(add, find, database):
    add("怎么退款", negative=("几点开门",))
    gone = add("如何退款")
    add("营业时间")
    assert len(find().clusters) == 1
    with database.writing() as session:
        set_status(session, [gone], Status.ARCHIVED)
    assert find().clusters == ()


def test_one_collection_is_compared_against_another(add, find):
    mine, theirs = add("怎么退款"), add("如何退款", collection="d")
    add("营业时间"), add("几点开门")
    report = find(collections=("c",), against=("d",))
    assert _groups(report) == [("same_answer", {mine, theirs})]
    assert len(find(collections=("c",)).clusters) == 1
    assert len(find().clusters) == 2
    with pytest.raises(NotFoundError, match="no collection 'nobody'"):
        find(collections=("nobody",))
    with pytest.raises(IndexerError, match="against itself"):
        DuplicateRequest("m", collections=("c",), against=("c",))


def test_each_of_those_that_ask_the_very_same_is_told_against_the_other_side(add, find):
    mine = [add("在哪里买票"), add("在哪里买票")]
    theirs = add("在哪里买票", collection="d")
    pairs = find(collections=("c",), against=("d",)).pairs
    assert [(one.first.entry_id, one.second.entry_id) for one in pairs] == [
        (mine[0], theirs),
        (mine[1], theirs),
    ]


def test_what_was_called_different_never_returns_not_even_under_another_model(add, find, database):
    one, other = add("怎么退款"), add("如何退款")
    assert len(find().clusters) == 1
    with database.writing(by="李") as session:
        decide(session, [(Asked("如何退款？"), Asked("怎麼退款"))], Judgement.DIFFERENT)
    for fingerprint in ("m", "another"):
        report = find(fingerprint)
        assert (report.clusters, report.pairs) == ((), ())
    # The texts were decided about, not the rows: the same entries brought again are known.
    with database.writing() as session:
        delete_entries(session, [one, other])
    add("怎么退款"), add("如何退款")
    assert find().clusters == ()


def test_a_decision_about_two_answers_to_one_question_hides_no_third(add, find, database):
    one, other = add("怎么退款", "点退款"), add("怎么退款", "找客服")
    with database.writing() as session:
        decide(
            session,
            [(Asked("怎么退款", "点退款"), Asked("怎么退款", "找客服"))],
            Judgement.DIFFERENT,
        )
    assert find().clusters == ()
    third = add("怎么退款", "三天内写信")
    assert _groups(find()) in (
        [("conflicting_answers", {third, one})],
        [("conflicting_answers", {third, other})],
    )
    with database.writing() as session:
        forget_pair(session, "怎么退款", "怎么退款")
    assert _groups(find()) == [("conflicting_answers", {one, other, third})]


def test_what_was_called_a_duplicate_is_one_even_where_the_model_sees_none(add, find, database):
    pair = {add("怎么退款"), add("营业时间")}
    assert find().clusters == ()
    with database.writing() as session:
        decide(session, [(Asked("怎么退款"), Asked("营业时间"))], Judgement.DUPLICATE)
    report = find("another")
    assert _groups(report) == [("same_answer", pair)]
    assert (report.pairs[0].match, report.pairs[0].decision) == (
        Match.DECIDED,
        Judgement.DUPLICATE,
    )


def test_what_is_put_off_comes_last(add, find, database):
    later = {add("怎么退款", "a"), add("如何退款", "b")}
    now = {add("营业时间"), add("几点开门")}
    with database.writing() as session:
        decide(session, [(Asked("怎么退款"), Asked("如何退款"))], Judgement.LATER)
    report = find()
    assert [set(one.entries) for one in report.clusters] == [now, later]
    assert [one.postponed for one in report.clusters] == [False, True]


def test_who_was_called_different_is_in_no_cluster_with_the_other_however_many_ask(
    add, find, database
):
    answers = [f"答案{number}" for number in range(10)]
    entries = [add("怎么退款", answer) for answer in answers]
    asked = [Asked("怎么退款", answer) for answer in answers]
    with database.writing() as session:
        decide(session, [(asked[8], asked[9])], Judgement.DIFFERENT)
    assert _groups(find()) == [("conflicting_answers", set(entries[:9]))]
    # What the first one is to the others says nothing about these.
    with database.writing() as session:
        decide(session, [(asked[0], other) for other in asked[1:]], Judgement.DIFFERENT)
    assert _groups(find()) == [("conflicting_answers", set(entries[1:9]))]


def test_opposites_are_in_no_cluster_however_many_share_a_similar_question(add, find):
    for number in range(10):
        add(f"第{'甲乙丙丁戊己庚辛壬癸'[number]}种卡在哪里", similar=("怎么退款",))
    opposed = {add("怎么开通提醒", similar=("怎么退款",))}
    opposed.add(add("怎么关闭提醒", similar=("怎么退款",)))
    report = find()
    assert report.clusters
    assert all(not opposed <= set(one.entries) for one in report.clusters)


def test_two_of_one_side_that_were_called_different_are_apart_against_the_other(
    add, find, database
):
    one, other = add("怎么退款", "点退款"), add("怎么退款", "找客服")
    theirs = add("怎么退款", "写信", collection="d")
    across = {"collections": ("c",), "against": ("d",)}
    asked = [Asked("怎么退款", answer) for answer in ("点退款", "找客服", "写信")]
    with database.writing() as session:
        decide(session, itertools.combinations(asked, 2), Judgement.LATER)
    assert [c.postponed for c in find(**across).clusters] == [True]
    with database.writing() as session:
        decide(session, [(asked[0], asked[1])], Judgement.DIFFERENT)
    (cluster,) = find(**across).clusters
    assert set(cluster.entries) in ({one, theirs}, {other, theirs})


def test_what_many_of_one_side_ask_is_found_against_the_other(add, find):
    asked_alike = [add(question) for question in ("怎么退款", "如何退款") for _ in range(6)]
    theirs = add("如何退款", collection="d")
    pairs = find(collections=("c",), against=("d",)).pairs
    assert {one.second.entry_id for one in pairs} == {theirs}
    assert {one.first.entry_id for one in pairs} > set(asked_alike[6:])


def test_many_that_were_all_put_off_come_last(add, find, database):
    answers = [f"答案{number}" for number in range(10)]
    later = {add("怎么退款", answer) for answer in answers}
    now = {add("营业时间"), add("几点开门")}
    asked = [Asked("怎么退款", answer) for answer in answers]
    with database.writing() as session:
        decide(session, itertools.combinations(asked, 2), Judgement.LATER)
    assert [set(one.entries) for one in find().clusters] == [now, later]


def test_the_same_answer_put_off_comes_last_and_one_that_was_refused_hides_no_other(
    add, find, database
):
    ticket, way = add("在哪里买票", "在前台"), add("怎么去你们那里", "在前台")
    with database.writing() as session:
        decide(session, [(Asked("在哪里买票"), Asked("怎么去你们那里"))], Judgement.LATER)
    (cluster,) = find().clusters
    assert (set(cluster.entries), cluster.postponed) == ({ticket, way}, True)
    hours = add("营业时间", "在前台")
    with database.writing() as session:
        decide(
            session,
            [(Asked("在哪里买票"), Asked(other)) for other in ("怎么去你们那里", "营业时间")],
            Judgement.DIFFERENT,
        )
    assert _groups(find()) == [("same_answer_other_question", {way, hours})]


def test_a_base_without_entries_or_with_one_has_no_duplicates(add, find):
    assert find().clusters == ()
    add("怎么退款")
    assert find(threshold=None).clusters == ()


@pytest.mark.parametrize("text", ["0.2", "1.5", "viel"])
def test_a_threshold_that_means_nothing_is_refused(text):
    with pytest.raises(IndexerError, match="threshold"):
        DuplicateRequest("m", threshold=read_threshold(text))
    assert read_threshold("AUTO") is None

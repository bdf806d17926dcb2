"""Guards: opposites are seen, paraphrases with a harmless 不, 没 or number are let pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer import guards
from indexer.guards import Conflict, ConflictKind, conflicts

PAIRS = Path(__file__).with_name("guard_pairs.tsv")


def _pairs(kind: str) -> list[tuple[str, str]]:
    lines = [line.split("\t") for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    return [(a, b) for label, a, b in lines if label == kind]


def _kinds(asked: str, found: str) -> set[str]:
    return {str(conflict.kind) for conflict in conflicts(asked, found)}


def test_of_the_written_pairs_at_least_95_percent_are_told_apart():
    opposite, same = _pairs("opposite"), _pairs("same")
    assert len(opposite) >= 200
    assert len(same) >= 200
    caught = [pair for pair in opposite if conflicts(*pair)]
    wrong = [pair for pair in same if conflicts(*pair)]
    assert len(caught) / len(opposite) >= 0.95
    assert len(caught) / (len(caught) + len(wrong)) >= 0.95, wrong


def test_which_side_was_asked_makes_no_difference():
    for asked, found in _pairs("opposite") + _pairs("same"):
        there, back = conflicts(asked, found), conflicts(found, asked)
        assert bool(there) == bool(back), (asked, found)


@pytest.mark.parametrize(
    ("asked", "found", "expected"),
    [
        ("能退款吗", "不能退款吗", Conflict(ConflictKind.NEGATION, "能退款", "不能退款")),
        ("怎么开通提醒", "怎么关闭提醒", Conflict(ConflictKind.ANTONYM, "开通", "关闭")),
        ("三天能到吗", "5天能到吗", Conflict(ConflictKind.NUMBER, "三天", "5天")),
        ("周六上班吗", "星期日上班吗", Conflict(ConflictKind.DATE, "周六", "星期日")),
        ("充100元", "充200元", Conflict(ConflictKind.AMOUNT, "100元", "200元")),
        ("5GB流量包", "5MB流量包", Conflict(ConflictKind.UNIT, "5gb", "5mb")),
        ("一次吃200毫克", "一次吃2000毫克", Conflict(ConflictKind.NUMBER, "200毫克", "2000毫克")),
        ("per month", "per year", Conflict(ConflictKind.ANTONYM, "per month", "per year")),
        ("iPhone 14截屏", "iPhone 15截屏", Conflict(ConflictKind.CODE, "iphone 14", "iphone 15")),
    ],
)
def test_a_conflict_names_its_kind_and_the_words_of_each_side(asked, found, expected):
    assert expected in conflicts(asked, found)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("1小时", "60分钟"),
        ("半年", "6个月"),
        ("两百元", "200块"),
        ("１万元", "10000元"),
        ("一周内", "7天内"),
        ("1GB流量", "1024MB流量"),
        ("两公斤", "四斤"),
    ],
)
def test_the_same_quantity_in_another_unit_is_no_conflict(asked, found):
    assert not conflicts(asked, found)


def test_what_only_one_side_mentions_is_no_conflict():
    assert not conflicts("充了100块，3天还没到账", "充值没到账")
    assert not conflicts("我的iPhone 14怎么截屏", "手机怎么截屏")


def test_traditional_and_full_width_are_read_like_the_rest():
    assert _kinds("怎麼開通簡訊提醒", "怎么关闭短信提醒") == {"antonym"}
    assert not conflicts("ＩＰＨＯＮＥ　１５多少錢", "iphone15多少钱")


@pytest.mark.parametrize(
    "text", ["", "？", "不", "没", "\0", "😀" * 50, "n't", "不" * 2000, "1" * 4000]
)
def test_no_text_is_too_odd(text):
    for other in ("能退款吗", "can I", text, "3天"):
        there, back = conflicts(text, other), conflicts(other, text)
        assert bool(there) == bool(back)
    assert not conflicts(text, text)


def test_every_line_of_contrasts_has_sides_that_share_no_word():
    """A word on both sides would oppose itself, and a kind that nobody reads would be lost."""
    kinds = {"opposite", "sibling", "english opposite", "english sibling"}
    path = Path(guards.__file__).parent / "guarding" / "contrasts.tsv"
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, sides = line.split("\t")
        words = [word for side in sides.split("|") for word in side.split()]
        assert kind in kinds, line
        assert "|" in sides and len(words) == len(set(words)), line

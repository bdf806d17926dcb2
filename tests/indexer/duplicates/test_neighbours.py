from __future__ import annotations

import json

import numpy as np
import pytest

from indexer.duplicates.edges import objections
from indexer.duplicates.neighbours import close_pairs
from indexer.duplicates.surface import added_denial, one_slip, same_writing
from indexer.duplicates.thresholds import (
    LOWEST,
    contrast_of,
    curve_of,
    fit,
    read_rule,
    write_rule,
)
from indexer.errors import IndexerError
from indexer.guards import conflicts


def _families(count: int, *, size: int = 4, spread: float = 0.35, seed: int = 0) -> np.ndarray:
    """Unit vectors in families that lie near each other."""
    chance = np.random.default_rng(seed)
    middles = chance.normal(size=(count // size, 32))
    made = np.repeat(middles, size, axis=0) + spread * chance.normal(size=(count, 32))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made.astype(np.float32)


def _slow(vectors: np.ndarray, threshold: float) -> dict[tuple[int, int], float]:
    scores = vectors @ vectors.T
    return {
        (i, j): float(scores[i, j])
        for i in range(len(vectors))
        for j in range(i + 1, len(vectors))
        if scores[i, j] >= threshold
    }


def test_every_pair_above_the_threshold_is_found_best_first():
    vectors = _families(600)
    found = close_pairs(vectors, 0.8)
    slow = _slow(vectors, 0.8)
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert len(slow) > 300
    assert set(pairs) == set(slow)
    assert found.score.tolist() == pytest.approx([slow[pair] for pair in pairs], abs=1e-5)
    assert (np.diff(found.score) <= 0).all()


def test_lists_find_nearly_all_that_comparing_each_with_each_does():
    vectors = _families(6_000)
    whole, lists = close_pairs(vectors, 0.9), close_pairs(vectors, 0.9, few=100)
    truth = set(zip(whole.first.tolist(), whole.second.tolist(), strict=True))
    found = set(zip(lists.first.tolist(), lists.second.tolist(), strict=True))
    assert len(truth) > 1_000
    assert found <= truth
    assert len(found) >= 0.97 * len(truth)


def test_half_the_bits_find_the_same_pairs():
    vectors = _families(400)
    whole, halved = close_pairs(vectors, 0.8), close_pairs(vectors.astype(np.float16), 0.8)
    assert abs(len(whole) - len(halved)) <= 2


def test_one_vector_keeps_only_its_best_pairs_and_others_keep_theirs_with_it():
    chance = np.random.default_rng(1)
    vectors = np.ones((50, 8)) + 0.05 * chance.normal(size=(50, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    found = close_pairs(vectors, 0.5, most=3)
    # Each of fifty has three, some of which are also another's.
    assert 75 <= len(found) <= 150
    slow = _slow(vectors, 0.5)
    best = {max(slow, key=lambda pair: slow[pair])}
    assert best == {(int(found.first[0]), int(found.second[0]))}


def test_two_sides_are_compared_with_each_other_only():
    vectors = _families(200)
    sides = np.where(np.arange(200) % 2, 2, 1).astype(np.uint8)
    sides[:4] = 3
    found = close_pairs(vectors, 0.8, sides=sides)
    slow = {pair for pair in _slow(vectors, 0.8) if sides[pair[0]] | sides[pair[1]] == 3}
    assert set(zip(found.first.tolist(), found.second.tolist(), strict=True)) == slow


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_compare_is_no_error(count):
    assert len(close_pairs(np.ones((count, 4), dtype=np.float32), 0.9)) == 0


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("怎样重置登录密码", "登录密码怎样重置", True),
        ("怎样重置登录密码", "怎样重置登登录密码？", True),
        ("怎样重置登录密码", "怎樣重置登录密", True),
        # Another character is another thing.
        ("北京天气怎么样", "南京天气怎么样", False),
        ("怎样重置登录密码", "怎样修改登录密码", False),
        ("退款", "退款吗", False),
    ],
)
def test_slips_and_word_order_are_the_same_writing_and_other_characters_are_not(
    first, second, same
):
    assert same_writing(first, second) is same
    assert same_writing(second, first) is same


@pytest.mark.parametrize(
    ("first", "second", "slip"),
    [
        ("如何关闭国际漫游", "如何闭关国际漫游？", True),
        ("如何关闭国际漫游", "如何关国际漫游", True),
        ("如何关闭国际漫游", "如何关闭闭国际漫游", True),
        ("如何关闭国际漫游", "如何开通国际漫游", False),
        ("外币换人民币", "人民币换外币", False),
        ("如何关闭国际漫游", "如何关闭国际漫游", False),
    ],
)
def test_a_slip_is_two_neighbours_exchanged_or_one_character_dropped(first, second, slip):
    assert one_slip(first, second) is slip
    assert one_slip(second, first) is slip


def test_a_word_that_is_another_less_a_character_is_no_slip():
    (found,) = objections("金卡年费多少", "白金卡年费多少")
    assert (found.asked, found.found) == ("金卡", "白金卡")
    assert conflicts("支付宝如何取消转账", "支付宝如何消转账")
    assert objections("支付宝如何取消转账", "支付宝如何消转账") == ()


@pytest.mark.parametrize(
    ("first", "second", "denial"),
    [
        ("取消后还能恢复吗", "取消后还不能恢复吗？", "不"),
        ("到账了吗", "没到账了吗", "没"),
        ("怎么退款", "怎么不能退款", ""),
        ("怎么退款", "怎么退款呢", ""),
        ("怎么退款", "怎么退款", ""),
    ],
)
def test_a_not_alone_makes_two_questions_of_one(first, second, denial):
    assert added_denial(first, second) == added_denial(second, first) == denial


def _labelled(size: int, border: float, seed: int):
    """A base in which a pair is a duplicate from a certain cosine on."""
    vectors = _families(1_200, size=size, seed=seed, spread=0.5)
    chance = np.random.default_rng(seed)
    first = np.arange(0, 1_200)
    second = np.where(chance.random(1_200) < 0.7, first ^ 1, chance.permutation(1_200))
    scores = np.einsum("ij,ij->i", vectors[first], vectors[second])
    return curve_of(f"b{seed}", vectors, scores, scores >= border)


def test_the_rule_finds_the_threshold_of_bases_that_want_different_ones():
    low, high = _labelled(20, 0.65, 1), _labelled(4, 0.78, 2)
    assert low.contrast is not None and high.contrast is not None
    assert low.contrast > high.contrast
    rule = fit([low, high])
    for curve in (low, high):
        assert curve.f1_at(rule.at(curve.contrast)) >= curve.f1.max() - 0.02
    # One threshold for both would have to miss one of them.
    alone = fit([low])
    assert alone.slope == 0
    assert high.f1_at(alone.at(high.contrast)) < high.f1.max() - 0.02


def test_a_small_base_has_no_contrast_and_gets_the_middle_threshold():
    assert contrast_of(_families(100)) is None
    rule = fit([_labelled(20, 0.6, 1)])
    assert rule.at(None) == rule.middle >= LOWEST


def test_contrast_is_the_tenth_neighbour_over_the_average_less_the_lead_of_the_nearest():
    vectors = _families(400)
    scores = vectors @ vectors.T
    ordered = np.sort(scores, axis=1)
    tenth, nearest = np.median(ordered[:, -11]), np.median(ordered[:, -2])
    assert nearest - tenth > 0.1
    wanted = tenth - scores.mean() - 0.4 * (nearest - tenth)
    assert contrast_of(vectors) == pytest.approx(float(wanted), abs=1e-4)


def test_a_base_of_unrelated_questions_has_the_same_contrast_whatever_its_size():
    chance = np.random.default_rng(2)
    vectors = chance.normal(size=(40_000, 384)).astype(np.float32)
    vectors[:, :8] *= 6  # as with real questions, a few directions carry most of the difference
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    whole, part = contrast_of(vectors), contrast_of(vectors[:10_000])
    assert whole == pytest.approx(part, abs=0.03)


def test_a_rule_that_was_fitted_on_another_contrast_is_passed_over(tmp_path):
    place = tmp_path / "duplicate-thresholds.json"
    write_rule(place, "abc", fit([_labelled(20, 0.6, 1)]), {})
    rules = json.loads(place.read_text(encoding="utf-8"))
    rules["abc"]["contrast"] = "tenth - random"
    place.write_text(json.dumps(rules), encoding="utf-8")
    assert read_rule("abc", tmp_path) is None


def test_a_rule_is_kept_for_its_model_and_a_broken_file_names_the_remedy(tmp_path):
    place = tmp_path / "duplicate-thresholds.json"
    rule = fit([_labelled(20, 0.6, 1)])
    write_rule(place, "abc", rule, {"model": "m"})
    write_rule(place, "def", rule, {"model": "n"})
    assert read_rule("abc", tmp_path) == read_rule("def", tmp_path) == rule
    assert read_rule("nobody", tmp_path) is None
    place.write_text("{", encoding="utf-8")
    with pytest.raises(IndexerError, match="tongwen duplicates fit"):
        read_rule("abc", tmp_path)

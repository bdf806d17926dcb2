from __future__ import annotations

import pytest

from store.answers import answer_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("年费1.5元", "年费15元"),
        ("1-3天到账", "13天到账"),
        ("1 ~ 3天到账", "13天到账"),
        ("去1、5号窗口", "去15号窗口"),
        ("额度$100", "额度€100"),
        ("费率5%", "费率5‰"),
        ("满 >100", "满 <100"),
        ("加½勺", "加12勺"),
        ("✅", "❌"),
    ],
)
def test_marks_that_make_another_number_make_another_answer(one, other):
    assert answer_key(one) != answer_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("請撥打 客服，谢谢！", "请拨打客服。谢谢"),
        ("年费1,000元", "年费1000元"),
        ("拨打400-820-8820", "拨打400 8208820"),
        ("2024-01-05", "2024/01/05"),
        ("1～3天", "1–3天"),
        ("1. 5元起", "1、 5元起"),
        ("费率5％", "费率 5%"),
    ],
)
def test_other_punctuation_does_not(one, other):
    assert answer_key(one) == answer_key(other)


@pytest.mark.parametrize("answer", ["", "  ", "---", "……"])
def test_punctuation_alone_is_no_answer(answer):
    assert answer_key(answer) == b""

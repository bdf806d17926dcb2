from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text import normalise, text_hash


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("信用卡怎么挂失？", "信用卡怎么挂失"),
        ("信用卡怎么挂失?", "信用卡怎么挂失？"),
        ("信用卡怎麼掛失", "信用卡怎么挂失"),
        ("ＡＰＰ登录不了", "app登录不了"),
        ("  How do I   reset my PIN? ", "how do i reset my pin"),
        ("「密码」忘了。。。", "密码」忘了"),
        ("ﬁle a claim", "File a claim"),
    ],
)
def test_texts_that_only_look_different_have_one_normal_form(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("怎么开卡", "怎么销卡"),
        ("1.5元", "15元"),
        ("5G 套餐", "5套餐"),
        ("？", "！"),
        ("C++ 课程", "C 课程"),
    ],
)
def test_texts_that_say_different_things_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@given(st.text(max_size=40))
def test_a_text_with_a_letter_in_it_never_loses_everything(text: str) -> None:
    assert bool(normalise(text)) == bool(text.strip()) or not any(map(str.isalnum, text))


@given(st.text(alphabet="abcXYZ 問题ＡＢ１２?？。！（）", max_size=30))
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_the_key_of_a_text_is_blake2b_of_its_utf_8() -> None:
    expected = hashlib.blake2b(b"\xe5\x8d\xa1", digest_size=16).digest()
    assert text_hash("卡") == expected
    assert text_hash("卡 ") != expected

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text import normalise
from store.tokens import tokens


def of(text: str) -> tuple[list[str], list[str], list[str]]:
    return tuple(tokens(normalise(text)))


def test_chinese_is_its_characters_and_their_pairs() -> None:
    assert of("密码忘了") == (["密", "码", "忘", "了"], ["密码", "码忘", "忘了"], [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("学 C++ 难吗", "c++"),
        ("ＷｉＦｉ６连不上", "wifi6"),
        ("wifi 6 连不上", "wifi6"),
        ("型号 A-100 的保修", "a-100"),
        ("型号 A-100 的保修", "a100"),
        ("iPhone 15 Pro", "iphone15"),
        ("满100元减", "100元"),
        ("3天内退货", "3天"),
        ("涨了 5.5% 吗", "5.5%"),
        ("naïve café", "café"),
        ("привет", "привет"),
    ],
)
def test_codes_numbers_with_units_and_words_stay_whole(text: str, code: str) -> None:
    assert code in of(text)[2]


def test_one_code_written_in_two_ways_shares_a_token() -> None:
    for one, other in [("A-100", "a100"), ("iphone15", "iPhone 15"), ("c++ ", "C++")]:
        assert set(of(one)[2]) & set(of(other)[2])
    assert {"iphone", "15"} <= set(of("iphone15")[0])


def test_an_emoji_counts_and_punctuation_does_not() -> None:
    assert of("好👍！！") == (["好", "👍"], [], [])
    assert of("？！…、") == ([], [], [])


@given(st.text(max_size=60))
def test_no_token_could_be_read_as_syntax(text: str) -> None:
    for part in tokens(normalise(text)):
        for token in part:
            assert token and len(token) <= 65
            assert not set(token) & set("\"'()*:^ \t\n\0@") - {"'"}
            assert token.isprintable() or ord(max(token)) > 127


@given(st.text(alphabet="密码aB1-+.＃Ａ元 吗", max_size=30))
def test_both_sides_read_a_text_alike_however_it_was_typed(text: str) -> None:
    assert of(text) == of(normalise(text)) == of(text.upper())

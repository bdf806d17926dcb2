from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.offsets import Normalised, Span, normalised
from store.text import normalise

ODD = "ｱﾞㄱㅏ각㎏ﬃ①½ẞİ\u0301\u3099\u200d\ufe0f\u3000體麼乾隆Ａ５？！ \t\n\x00\ud83d\ude00👩‍🔬"


@given(st.one_of(st.text(max_size=40), st.text(alphabet=ODD, max_size=40)))
@example("e\u0301" * 20)
@example("\u0301" * 200)
@example("ｶﾞ" * 40)
@example("\ud800密\udfff")
def test_the_normal_form_with_origins_is_the_normal_form(text: str) -> None:
    found = normalised(text)
    assert found.text == normalise(text)
    assert len(found.origins) == len(found.text)


@given(st.text(alphabet=ODD + "abc中文 ", max_size=40))
def test_origins_rise_and_stay_inside_the_text(text: str) -> None:
    origins = normalised(text).origins
    assert all(0 <= one.start < one.end <= len(text) for one in origins)
    assert [one.start for one in origins] == sorted(one.start for one in origins)


@given(st.text(alphabet="ＡｂＣ體驗號碼電話１２３ ？ab號", max_size=30))
def test_a_character_comes_from_what_folds_to_it(text: str) -> None:
    found = normalised(text)
    for char, (start, end) in zip(found.text, found.origins, strict=True):
        piece = unicodedata.normalize("NFKC", text[start:end]).casefold()
        assert char in (piece, normalise(piece), " ")


@pytest.mark.parametrize(
    ("text", "part", "original"),
    [
        ("請問：ＷｉＦｉ６路由器怎麼重置？", "wifi6", "ＷｉＦｉ６"),
        ("請問：ＷｉＦｉ６路由器怎麼重置？", "怎么重置", "怎麼重置"),
        ("一袋５㎏多少錢", "5kg", "５㎏"),
        ("ﬁle  a   Claim!", "file a claim", "ﬁle  a   Claim"),
        ("e\u0301tat", "é", "e\u0301"),
        ("👩‍🔬 能退款吗", "退款", "退款"),
    ],
)
def test_what_matched_is_shown_as_it_was_written(text: str, part: str, original: str) -> None:
    found = normalised(text)
    start = found.text.index(part)
    span = found.original(start, start + len(part))
    assert text[span.start : span.end] == original


def test_nothing_has_no_place() -> None:
    assert normalised("") == Normalised("", ())
    assert normalised("密码").original(1, 1) == Span(0, 0)

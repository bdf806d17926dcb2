from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.masking import CARD, EMAIL, IDENTITY, PHONE, mask

PERSONAL = [
    ("13812345678", PHONE),
    ("138 1234 5678", PHONE),
    ("138-1234-5678", PHONE),
    ("１３８１２３４５６７８", PHONE),
    ("１３８－１２３４－５６７８", PHONE),
    ("1 3 8 1 2 3 4 5 6 7 8", PHONE),
    ("138\u200b1234\u200b5678", PHONE),
    ("138\u202a1234\u202c5678", PHONE),
    ("138 — 1234 — 5678", PHONE),
    ("+86 138 1234 5678", PHONE),
    ("008613812345678", PHONE),
    ("一三八一二三四五六七八", PHONE),
    ("幺三八零零幺三八零零零", PHONE),
    ("一三八 零零一三 八零零零", PHONE),
    ("一三八，零零一三，八零零零", PHONE),
    ("010-62345678", PHONE),
    ("(010)6234-5678", PHONE),
    ("0755 2345 6789", PHONE),
    ("+44 20 7946 0958", PHONE),
    ("07911 123456", PHONE),
    ("(555) 123-4567", PHONE),
    ("+1 555-123-4567", PHONE),
    ("0912-345-678", PHONE),
    ("+852 6123 4567", PHONE),
    ("11010519491231002X", IDENTITY),
    ("11010519491231002x", IDENTITY),
    ("１１０１０５１９４９１２３１００２Ｘ", IDENTITY),
    ("110105 19491231 002X", IDENTITY),
    ("110105-1949-1231-0021", IDENTITY),
    ("11010519491231002 X", IDENTITY),
    ("110105-19491231-002-x", IDENTITY),
    ("110105491231002", IDENTITY),
    ("6222021234567890123", CARD),
    ("6222 0212 3456 7890 123", CARD),
    ("6222-0212-3456-7890-123", CARD),
    ("６２２２０２１２３４５６７８９０１２３", CARD),
    ("4111 1111 1111 1111", CARD),
    ("4111111111111111", CARD),
    ("5500005555555559", CARD),
    ("378282246310005", CARD),
    ("zhang.san+x@example.com.cn", EMAIL),
    ("ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", EMAIL),
    ("zhang @ qq.com", EMAIL),
    ("zhang@qq .com", EMAIL),
    ("zhang@qq。com", EMAIL),
    ("13812345678@139.com", EMAIL),
]


@pytest.mark.parametrize(("number", "word"), PERSONAL)
def test_a_personal_number_is_masked_whole(number, word):
    assert mask(f"我的号{number}，怎么改？") == f"我的号{word}，怎么改？"
    assert mask(f"mine is {number} please") == f"mine is {word} please"
    assert mask(number) == word


@pytest.mark.parametrize(
    "text",
    [
        "订单20241125000123456什么时候发货",
        "订单号 202411250001 2345",
        "order SF1381234567890 is late",
        "单号JD13812345678怎么查",
        "运单 138123456789012",
        "开机密码12345678",
        "95588 是什么号码",
        "拨打400-820-8820",
        "10086人工",
        "iPhone 15 128 GB",
        "2024-01-02 到 2024-12-31",
        "价格 100 200 300 400 元",
        "转账 50000 元, 100 元手续费",
        "ISBN 9787302511234",
        "一二三四五",
        "@所有人 怎么退货",
        "订单 1234567890123456",
        "版本 1.2.3.4",
        "IP 192.168.100.100",
    ],
)
def test_other_numbers_stay_as_they_are(text):
    assert mask(text) == text


def test_several_numbers_in_one_text_are_masked_each():
    text = "13812345678或者139 8765 4321，卡6222021234567890123，a@b.cn"
    assert mask(text) == f"{PHONE}或者{PHONE}，卡{CARD}，{EMAIL}"
    assert mask("2 13812345678 13912345678") == f"2 {PHONE} {PHONE}"


@given(st.text(alphabet="0123456789１３８ -+()xX@.ab我\u200b一", max_size=60))
@settings(max_examples=300, deadline=None)
def test_what_is_masked_holds_nothing_more_to_mask(text):
    once = mask(text)
    assert mask(once) == once


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_text_can_be_masked_and_keeps_what_is_no_number(text):
    kept = mask(text)
    if not any(unicodedata.numeric(char, None) is not None or char in "@＠﹫" for char in text):
        assert kept == text


@pytest.mark.parametrize(
    "text",
    ["电话13812345678vx同号", "电话13812345678xiaoming", "138，1234，5678", "138|1234|5678"],
)
def test_a_mobile_is_masked_whatever_letters_follow_and_signs_part_it(text):
    assert PHONE in mask(text)
    assert "5678" not in mask(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("发到张三@163.com怎么登录", "怎么登录"),
        ("发到张三@163。com。cn怎么登录", "怎么登录"),
        ("邮箱 zhang@公司.中国 换一个", " 换一个"),
        ("手机一三八1234五六七八怎么改", "怎么改"),
        ("我的邮箱是abc@qq.com怎么改", "怎么改"),
        ("我的邮箱是abc@qq.com。APP里怎么改", "。APP里怎么改"),
    ],
)
def test_addresses_in_chinese_and_digits_of_two_kinds_are_masked(text, left):
    masked = mask(text)
    assert EMAIL in masked or PHONE in masked
    assert masked.endswith(left)
    assert not {"163", "公司", "1234", "qq"} & set(masked)
    assert "@" not in masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的手机号13812345678一直收不到验证码", f"我的手机号{PHONE}一直收不到验证码"),
        ("电话一13812345678，电话二13912345678", f"电话一{PHONE}，电话二{PHONE}"),
        ("身份证110105194912310021一样", f"身份证{IDENTITY}一样"),
    ],
)
def test_a_number_is_not_one_with_a_word_beside_it(text, masked):
    assert mask(text) == masked


def test_a_mention_is_no_address():
    assert mask("请 @张三 看一下 v1.2.中国 的说明") == "请 @张三 看一下 v1.2.中国 的说明"

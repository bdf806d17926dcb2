"""Numbers, dates, amounts, units and the names of models, as the guards compare them."""

from __future__ import annotations

import pytest

from indexer.guards import ConflictKind, rule_conflicts


def _kinds(asked: str, found: str) -> set[str]:
    return {str(conflict.kind) for conflict in rule_conflicts(asked, found)}


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
        ("1升水", "1000毫升水"),
        ("1 litre of milk", "1000 ml of milk"),
        ("a 100 centimeter shelf", "a 1 meter shelf"),
        ("sell 1,000 gram bags", "sell 1 kilogram bags"),
        ("3-5天能到吗", "3到5天能到吗"),
        ("3-5天能到吗", "三五天能到吗"),
        ("两三天到账", "2-3天到账"),
    ],
)
def test_the_same_quantity_in_another_unit_is_no_conflict(asked, found):
    assert not rule_conflicts(asked, found)


@pytest.mark.parametrize(
    ("asked", "found", "kind"),
    [
        ("3-5天能到吗", "5-7天能到吗", "number"),
        ("三五天能到吗", "十五天能到吗", "number"),
        ("500-1000元能减吗", "1000-2000元能减吗", "amount"),
        ("第3-5周上课", "第6周上课", "number"),
        ("88-1207能配哪款打印机", "88-1270能配哪款打印机", "code"),
        ("打400-820-8820没人接", "打400-820-8821没人接", "code"),
        ("021-55556666是你们吗", "010-55556666是你们吗", "code"),
    ],
)
def test_ranges_and_figures_in_groups_are_told_apart(asked, found, kind):
    assert _kinds(asked, found) == {kind}


@pytest.mark.parametrize(
    ("asked", "found", "kind"),
    [
        ("M2070打印机用什么硒鼓", "M2700打印机用什么硒鼓", ConflictKind.CODE),
        ("LLK-1078怎么装", "LLK-2078怎么装", ConflictKind.CODE),
        ("1968R多少钱", "1668R多少钱", ConflictKind.CODE),
        ("400-618-4571是谁的电话", "400-617-4571是谁的电话", ConflictKind.CODE),
        ("¥1902能退吗", "¥1502能退吗", ConflictKind.AMOUNT),
        ("价格1000-2000", "价格1000-3000", ConflictKind.NUMBER),
        ("2019-2020年报", "2019-2021年报", ConflictKind.DATE),
    ],
)
def test_figures_that_could_be_a_year_or_a_feast_are_read_as_what_they_stand_in(asked, found, kind):
    assert kind in {one.kind for one in rule_conflicts(asked, found)}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("超过91分钟怎么办", "超过98分钟怎么办"),
        ("四十一人的团", "五十一人的团"),
        ("请了十一天假", "请了十二天假"),
        ("十分钟能到吗", "五分钟能到吗"),
        ("超过71840万元", "超过389万元"),
    ],
)
def test_in_one_unit_every_difference_counts(asked, found):
    assert rule_conflicts(asked, found)


def test_what_only_one_side_mentions_is_no_conflict():
    assert not rule_conflicts("充了100块，3天还没到账", "充值没到账")
    assert not rule_conflicts("我的iPhone 14怎么截屏", "手机怎么截屏")


@pytest.mark.parametrize("counted", ["3", "3-5", "three", "a few", "How many"])
def test_counted_business_days_are_no_days_of_the_week(counted):
    assert not rule_conflicts(f"{counted} business days", "paid on a Saturday")


def test_an_ending_of_a_word_is_no_edition_of_a_model():
    assert _kinds("How do I use it", "How do I repair it") == {"antonym"}
    assert _kinds("iPad Pro怎么截屏", "iPad Air怎么截屏") == {"code"}
    assert _kinds("iPadPro怎么截屏", "iPadAir怎么截屏") == {"code"}
    assert _kinds("MacBookPro怎么截屏", "MacBookAir怎么截屏") == {"code"}


def test_a_model_may_be_named_without_its_maker():
    assert _kinds("x200充满电能用多久", "TW-X200 充满电能用多久") == set()
    for other in ("RX200", "TW-X210", "X210", "X200-T5"):
        assert _kinds("x200充满电能用多久", f"{other} 充满电能用多久") == {"code"}, other


@pytest.mark.parametrize(
    ("one", "others"),
    [
        ("iPhone 15 Pro Max", ("iphone15promax", "IPHONE-15 ProMax", "iPhone15 pro max")),
        ("RTX 4060 Ti", ("rtx4060ti", "RTX-4060 TI")),
        ("小米13 Pro", ("小米 13pro", "小米13PRO")),
        ("A-200C", ("a200c", "A 200C")),
    ],
)
def test_a_model_is_the_same_however_it_is_spaced(one, others):
    for other in others:
        assert not rule_conflicts(f"{one}怎么开机", f"{other}怎么开机"), other
        assert not rule_conflicts(f"how do i reset my {one}", f"how do i reset my {other}"), other


@pytest.mark.parametrize(
    ("one", "others"),
    [
        ("iPhone-16 mini", ("iphone 14mini", "iphone16 Pro", "iphone 16")),
        ("小米 13PRO", ("小米 14 pro", "小米13 Ultra", "小米 13")),
        ("苹果6", ("苹果6plus", "苹果 6 Plus")),
        ("A200", ("A 100", "a200c")),
        ("Galaxy S 23", ("galaxy s24", "GALAXY S23Ultra")),
        ("MacBook Pro 14", ("macbook pro-16",)),
        ("PS3 error code 80710092", ("PS3 error code 80710102",)),
    ],
)
def test_models_of_one_make_are_told_apart_however_they_are_spaced(one, others):
    for other in others:
        for say in ("{}支持快充吗", "does the {} have a warranty"):
            assert "code" in _kinds(say.format(one), say.format(other)), other
            assert "code" in _kinds(say.format(other), say.format(one)), other


# What is written otherwise is the same, and what follows it is not.
@pytest.mark.parametrize(
    ("same", "others"),
    [
        (("301室", "301房间", "301房"), ("302室", "302房间", "302房")),
        (("3楼", "三楼", "三层"), ("4楼", "四楼", "四层")),
        (("T2航站楼", "2号航站楼", "二号航站楼"), ("T3航站楼", "3号航站楼")),
        (("L码", "l码", "L号"), ("XL码", "xl号", "M号", "S码")),
        (("附件1", "附件一"), ("附件2", "附件二")),
        (("套餐A", "A套餐"), ("套餐B", "B套餐")),
        (("方案A", "A方案"), ("方案B", "C方案")),
        (("第三代", "三代", "3代"), ("第二代", "2代", "一代", "1代")),
        (("三星级酒店", "3星级酒店"), ("四星级酒店", "5星级酒店")),
        (("对折", "五折", "半价"), ("8折", "七五折")),
        (("10%", "百分之十", "10个百分点"), ("20%", "百分之二十", "百分之15")),
        (("一个季度", "3个月"), ("半年", "十二个月")),
        (("第一季度", "一季度", "Q1"), ("Q2", "四季度")),
        (("上半年", "前半年"), ("下半年", "后半年")),
        (("千分之五", "5‰"), ("5%", "百分之五")),
        (("33%", "三分之一"), ("四分之一", "一半")),
        (("25%", "四分之一"), ("三分之一", "三分之二", "一半", "百分之二点五")),
        (("首次", "第一次", "头一次"), ("第2次", "第三次")),
        (("头胎", "一胎", "第一胎"), ("2胎", "三胎")),
        (("双倍", "2倍", "两倍"), ("三倍", "5倍")),
        (("90后", "九零后"), ("八零后", "00后")),
        (("两个人", "2人"), ("三个人", "5人")),
        (("满100减20", "满一百减二十"), ("满100减10", "满一百减十五")),
        (("双休日", "周末"), ("工作日", "平日")),
        (("五万能借吗", "50000元"), ("50万能借吗", "十五万能借吗")),
    ],
)
def test_what_has_a_number_or_a_letter_is_compared_however_it_is_written(same, others):
    for one in same:
        for other in same:
            assert not rule_conflicts(f"{one}怎么办理", f"请问{other}可以办吗"), (one, other)
        for other in others:
            assert rule_conflicts(f"{one}怎么办理", f"请问{other}可以办吗"), (one, other)


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("Where is Terminal 2?", "Where is T2?", "Where is terminal three?"),
        ("Is rm 301 free?", "Is room 301 free?", "Is room 302 free?"),
        ("a limit of twenty thousand", "a limit of 20k", "a limit of ten thousand"),
        ("a table for 2 persons", "a table for two people", "a table for 4 people"),
    ],
)
def test_english_names_and_numbers_are_compared_however_they_are_written(one, same, other):
    assert not rule_conflicts(one, same) and not rule_conflicts(same, one)
    for asked in (one, same):
        assert rule_conflicts(asked, other) and rule_conflicts(other, asked)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("新一代的系统好用吗", "第三代的系统好用吗"),
        ("三星的手机怎么样", "五星的手机怎么样"),
        ("方案一定要交吗", "方案2要交吗"),
        ("衣服怎么对折", "衣服怎么折"),
        ("一万一天利息多少", "10000元一天利息多少"),
        ("首页怎么打开", "第二页怎么打开"),
        ("关机后怎么办", "0后怎么办"),
    ],
)
def test_words_with_a_numeral_in_them_are_no_numbers(one, other):
    assert "number" not in _kinds(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("wait 24 hours", "wait 1 day"),
        ("when does my points 2023 expire", "when does my points 2022-2023 expire"),
        ("note of 1000rs", "note of 1000 rupees"),
        ("ban of 500 and 1000 notes", "ban of 1000 and 500 rs notes"),
        ("who wins the cup 51", "who wins the cup 2017"),
    ],
)
def test_what_is_counted_is_no_model(one, other):
    assert "code" not in _kinds(one, other)


def test_business_days_are_counted_as_days_like_the_chinese():
    assert not rule_conflicts("3 business days", "三个工作日")
    assert not rule_conflicts("3 business days", "72 hours")
    assert _kinds("3 business days", "5个工作日") == {"number"}

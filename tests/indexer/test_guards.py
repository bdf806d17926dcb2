"""The rules of the guards: opposites are seen, paraphrases with a harmless 不 are let pass."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from indexer import guards
from indexer.guarding.rules import RULES
from indexer.guards import Conflict, ConflictKind, rule_conflicts
from store.text import normalise

ROOT = Path(__file__).resolve().parents[2]
# What the rules were written by.
PAIRS = ROOT / "data" / "contrasts" / "guards.tsv"


def _pairs(kind: str) -> list[tuple[str, str]]:
    lines = [line.split("\t") for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    return [(a, b) for label, a, b in lines if label == kind]


def _kinds(asked: str, found: str) -> set[str]:
    return {str(conflict.kind) for conflict in rule_conflicts(asked, found)}


def test_of_the_written_pairs_at_least_95_percent_are_told_apart():
    opposite, same = _pairs("opposite"), _pairs("same")
    assert len(opposite) >= 200
    assert len(same) >= 200
    caught = [pair for pair in opposite if rule_conflicts(*pair)]
    wrong = [pair for pair in same if rule_conflicts(*pair)]
    assert len(caught) / len(opposite) >= 0.95
    assert len(caught) / (len(caught) + len(wrong)) >= 0.95, wrong


def test_which_side_was_asked_makes_no_difference():
    for asked, found in _pairs("opposite") + _pairs("same"):
        there, back = rule_conflicts(asked, found), rule_conflicts(found, asked)
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
        (
            "Within 3 business days",
            "Within 5 business days",
            Conflict(ConflictKind.NUMBER, "3 business days", "5 business days"),
        ),
        (
            "Open on business days",
            "Open on Saturdays",
            Conflict(ConflictKind.DATE, "business days", "saturdays"),
        ),
        ("per month", "per year", Conflict(ConflictKind.ANTONYM, "per month", "per year")),
        ("iPhone 14截屏", "iPhone 15截屏", Conflict(ConflictKind.CODE, "iphone 14", "iphone 15")),
    ],
)
def test_a_conflict_names_its_kind_and_the_words_of_each_side(asked, found, expected):
    assert expected in rule_conflicts(asked, found)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("怎么报名英语考试", "报了名的英语考试怎么取消"),
        ("怎么绑定社保卡", "社保卡绑错了怎么解除"),
        ("怎么开通亲情号", "亲情号怎么关掉"),
        ("想装一部固定电话", "想把固定电话拆掉"),
        ("如何设置来电转接", "来电转接怎么取消"),
        ("行驶证还在有效期怎么年检", "行驶证已经过期了怎么年检"),
        ("老房子还在住能申请补贴吗", "老房子已经拆了能申请补贴吗"),
        ("孩子还在上学能领补助吗", "孩子已经毕业了能领补助吗"),
        ("考试前可以换考场吗", "考试开始以后可以换考场吗"),
        ("手术前要注意什么", "手术后要注意什么"),
        ("忘记签退会算旷工吗", "已经签退了还算旷工吗"),
        ("没有驾照也可以租车", "有驾照才可以租车"),
        ("没收到你们的邮件", "总是收到你们的邮件"),
        ("账号被封停了怎么办", "想把我的账号封停"),
        ("每人限购几件", "每单限购几件"),
        ("当天就能发货吗", "两天后才能发货吗"),
        ("前两次免费吗", "超过两次还免费吗"),
        ("我选了自提怎么改成送货", "怎么改成自提"),
        ("不想要语音播报了", "语音播报怎么打开"),
        ("只有班长能看到", "人人都能看到"),
        ("我没点同意怎么就扣了钱", "我点了同意怎么没扣钱"),
        ("钥匙没丢门打不开", "钥匙丢了门打不开"),
        ("运费由收货人出", "运费由我出"),
        ("Is the first month free?", "Are the months after the first free?"),
        ("I'm not getting your texts", "I don't want your texts anymore"),
        (
            "How do I transfer my pension to you?",
            "How do I transfer my pension to another provider?",
        ),
        ("How do I send a gift card?", "How do I take back a gift card I sent?"),
        ("Works with version 10 or newer", "Works with version 10 or older"),
        ("Please ring the bell", "Don't ring the bell, just knock"),
    ],
)
def test_a_thing_and_what_undoes_it_or_comes_before_it_or_is_no_more_are_told_apart(asked, found):
    assert rule_conflicts(asked, found)
    assert rule_conflicts(found, asked)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("怎么报名英语考试", "英语考试想报名，怎么弄"),
        ("订单还在处理中能改地址吗", "正在处理的订单可以改地址吗"),
        ("收不到验证码", "验证码一直没收到"),
        ("当天能到账吗", "今天之内可以到账吗"),
        ("换手机保留原号码", "换手机号码不变怎么弄"),
        ("账号被封了怎么办", "我的账号让系统封了怎么解决"),
        ("快递放门口就行", "麻烦把快递放在门口"),
        ("显示已签收但没收到", "没收到货却显示签收了"),
        ("会员什么时候到期", "我的会员哪天过期"),
        ("没绑卡怎么绑", "怎么绑卡"),
        ("证件过期了怎么换", "过期的证件怎么更换"),
        ("我的狗咬了人要赔吗", "我家狗咬人了，要赔偿吗"),
        ("每个月扣多少钱", "每月收费多少"),
        ("I'm not getting your texts", "I haven't received any texts from you"),
        ("What is the limit per day?", "What's the daily limit?"),
        ("Can't I pay by card?", "Can I pay by card?"),
        ("Does it work on version 10 and above?", "Is version 10 or later supported?"),
    ],
)
def test_what_is_undone_or_still_so_or_not_yet_is_the_same_in_other_words(asked, found):
    assert not rule_conflicts(asked, found)
    assert not rule_conflicts(found, asked)


@pytest.mark.parametrize(
    ("asked", "found", "ours", "theirs"),
    [
        (
            "Can employees rate managers",
            "Can managers rate employees",
            "employees rate managers",
            "managers rate employees",
        ),
        ("Write to my company", "Mail from the company", "to my company", "from the company"),
        ("euros into dollars", "dollars to euros", "euros into dollars", "dollars to euros"),
        ("从香港寄过来多久", "寄往香港多久", "从香港", "寄往香港"),
        ("怎么寄至香港", "怎么从香港寄来", "寄至香港", "从香港"),
        ("It isn't the customer's", "It is the customer's", "isn't the customer's", "customer's"),
        ("怎么取消VIP会员", "怎么开VIP会员", "取消vip", "vip"),
        ("未满18岁可以开户吗", "已满18岁可以开户吗", "未满", "满18"),
        ("导入Excel", "导出Excel", "入excel", "出excel"),
        ("The employed's form", "The unemployed's form", "employed's", "unemployed's"),
    ],
)
def test_a_conflict_shows_the_words_as_they_are_written(asked, found, ours, theirs):
    shown = [(conflict.asked, conflict.found) for conflict in rule_conflicts(asked, found)]
    assert (ours, theirs) in shown
    assert (theirs, ours) in [(c.asked, c.found) for c in rule_conflicts(found, asked)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("我举报了别的玩家", "我被别的玩家举报了"),
        ("骑手联系不上我怎么办", "我联系不上骑手怎么办"),
        ("怎么给队友送皮肤", "怎么向队友要皮肤"),
        ("怎么帮朋友代付", "怎么让朋友代付"),
        ("怎么把文件发给老师", "怎么让老师把文件发给我"),
        ("Can I sue my tenant", "Can my tenant sue me"),
        ("I reported a player", "I was reported by a player"),
        ("先付款再发货吗", "先发货再付款吗"),
        ("交完押金再看房吗", "看完房再交押金吗"),
        ("怎么把钱存进余额宝", "怎么把钱从余额宝取出来"),
        ("还在住院怎么报销", "已经不住院了怎么报销"),
        ("生鲜类商品能退吗", "生鲜类以外的商品能退吗"),
        ("视频有声音没画面", "视频没声音有画面"),
        ("能打电话不能上网", "不能打电话能上网"),
        ("有不良记录能贷款吗", "没有不良记录能贷款吗"),
        ("千万别把订单取消掉", "把订单取消掉"),
        ("洗碗机不进水", "洗碗机不排水"),
        ("怎么锁车", "怎么解锁车"),
        ("导师怎么选", "导师怎么换"),
        ("发动机怎么启动", "发动机怎么熄火"),
        ("Word怎么转PDF", "PPT怎么转PDF"),
        ("I want my receipt emailed", "I don't want my receipt emailed"),
        ("朋友转错给我的钱怎么退", "我转错给朋友的钱怎么追"),
        ("我的车被刮了怎么赔", "我刮了别人的车怎么赔"),
        ("道具可以赠送给好友吗", "道具可以向好友索要吗"),
        ("运费我出吗", "运费卖家出吗"),
        ("禁言两天", "永久禁言"),
        ("Is the licence for two years?", "Is the licence permanent?"),
        ("Is the soup egg-free?", "Does the soup contain eggs?"),
        ("Is the tea free of caffeine?", "Does the tea contain caffeine?"),
        ("从没办过信用卡怎么申请", "办过信用卡怎么再申请"),
        ("除周末外几点营业", "周末几点营业"),
        ("转错账了怎么追回", "别人转错账给我怎么退"),
        ("游戏账号被封了怎么办", "游戏账号解封了怎么办"),
        ("借书最多借几本", "借书最长借几天"),
        ("入住前一天取消收费吗", "入住当天取消收费吗"),
        ("队友挂机会扣分吗", "我挂机会扣分吗"),
        ("老师评价学生", "学生评价老师"),
        ("How to upgrade from v4 to v5", "How to roll back from v5 to v4"),
        ("Call a UK number from abroad", "Call abroad from a UK number"),
        ("Cream then serum", "Serum then cream"),
        ("Call forwarding on", "Call forwarding off"),
        ("When are you open except on Sundays?", "When are you open on Sundays?"),
        ("The council owns the tree", "I own the tree"),
        ("Can I call you?", "Can you call me?"),
        ("I was tagged", "I tagged someone"),
        ("怎么锁定行", "怎么把锁定的行解锁"),
        ("账号怎么注销", "账号误注销了怎么恢复"),
        ("怎么给文档加页码", "怎么把文档页码去掉"),
        ("会员能给朋友用吗", "会员被朋友用了怎么办"),
        ("孕妇能染发吗", "没怀孕能染发吗"),
        ("当天的号能退吗", "明天的号能退吗"),
        ("没带驾驶证怎么罚", "没带行驶证怎么罚"),
        ("The tub won't drain", "The tub won't fill"),
    ],
)
def test_what_one_does_and_the_other_suffers_undoes_or_leaves_is_a_conflict(asked, found):
    assert rule_conflicts(asked, found)
    assert rule_conflicts(found, asked)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("不知道单号怎么查快递", "没有单号怎么查快递"),
        ("最晚几点退房", "退房时间不能晚于几点"),
        ("保险没到期能退吗", "保险期内可以退保吗"),
        ("邮件收发不了", "邮件既收不到也发不出去"),
        ("不会没有保修吧", "有保修吧"),
        ("没有发票就不能保修吗", "必须有发票才能保修吗"),
        ("除邮箱外还能怎么注册", "不用邮箱还可以怎么注册"),
        ("我的VIP怎么没了", "为什么我不是VIP了"),
        ("热水不热怎么办", "热水器出的水是凉的怎么办"),
        ("过了保修期还能修吗", "不在保修期内还能修吗"),
        ("还能报名吗", "不能报名了吗"),
        ("怎么才能不自动续费", "如何取消自动续费"),
        ("我不用花呗可以关闭吗", "关闭花呗"),
        ("酷我好用还是酷狗好用", "酷狗好用还是酷我好用"),
        ("手机锁屏密码忘了怎么解锁", "忘记手机锁屏密码怎么办"),
        ("The driver hit my car", "My car was hit by the driver"),
        ("被开通了彩铃怎么退", "没同意就开的彩铃，如何退订"),
        ("夜里有车吗", "半夜有没有车"),
        ("为什么不给保", "为啥拒保"),
        ("付费课程怎么看", "收费课程怎么看"),
        ("门卡刷不开", "门卡没反应，开不了门"),
        ("图片上是什么", "图片中是什么"),
        ("我可以报吗", "能报不能"),
        ("Can I keep my seat if I move dates?", "Can I move dates without changing my seat?"),
        ("Why is my rate higher than last year?", "Why isn't my rate as low as last year?"),
        ("What if I don't return it on time?", "What if I return it late?"),
        ("Do you have nut-free cakes?", "What cakes do you have?"),
        ("Is the bag free of charge?", "Is there a charge for the bag?"),
        ("收不收手续费", "需要付手续费吗"),
        ("缺货什么时候补", "没货了什么时候有货"),
        ("运费贵不贵", "邮费便不便宜"),
        ("学校远不远", "学校近不近"),
        ("账号被封了怎么解封", "号被封禁怎么解除"),
        ("没付款的订单怎么取消", "待付款的订单怎么取消"),
        ("身份证没办下来", "身份证还在办"),
        ("不去健身了能退卡吗", "健身卡可以退卡吗"),
        ("怎么扣除余额宝的钱", "余额宝的钱怎么扣"),
        ("Are you open on Sundays?", "Is the store closed on Sunday?"),
        ("Why was my claim denied?", "Why wasn't my insurance claim approved?"),
        ("Is there a student discount?", "Don't students get a discount?"),
        ("Out of data", "I have no data left"),
        ("Eat before swimming", "Swim after eating"),
        ("Can I board without a passport?", "Is a passport required to board?"),
        ("外地户口能上学吗", "非本地户口能在本市上学吗"),
        ("钥匙找不到了", "钥匙不见了怎么找"),
        ("接触病人能传染吗", "接触病人会被传染吗"),
        ("头天喝酒第二天能开车吗", "今晚喝酒明天能开车吗"),
        ("Isn't parking free?", "Is there free parking?"),
    ],
)
def test_a_denial_in_words_of_its_own_or_another_order_is_no_conflict(asked, found):
    assert not rule_conflicts(asked, found)
    assert not rule_conflicts(found, asked)


@pytest.mark.parametrize(
    ("asked", "found", "ours", "theirs"),
    [
        ("门禁卡怎么添加", "请问怎么注销门禁卡", "添加", "注销"),
        ("保单怎么中止", "保单如何复效", "中止", "复效"),
        ("健身卡怎么转让给朋友", "健身卡怎么暂停使用", "转让", "暂停使用"),
        ("居住证怎么办", "居住证怎么挂失", "办", "挂失"),
        ("How do I pause my plan?", "How can I transfer my plan?", "pause", "transfer"),
        ("How do I back up my photos?", "How do I delete my photos?", "back up", "delete"),
    ],
)
def test_what_is_done_to_the_same_thing_is_told_apart_by_its_stage(asked, found, ours, theirs):
    assert [(c.asked, c.found) for c in rule_conflicts(asked, found)] == [(ours, theirs)]
    assert [(c.asked, c.found) for c in rule_conflicts(found, asked)] == [(theirs, ours)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("门禁卡怎么注销", "门禁卡怎么停用"),  # of one stage
        ("会员怎么买", "会员怎么开通"),
        ("退货怎么退", "退货怎么申请"),  # what is applied for is said before
        ("密码忘了怎么办", "密码忘了怎么改"),  # a way out, and no licence
        ("怎么还不能开通", "开通不了，能查询吗"),
        ("How do I end my plan?", "How do I cancel my plan?"),
        ("How do I use my card abroad?", "How do I cancel my order?"),
    ],
)
def test_what_may_be_said_for_the_same_deed_is_no_conflict(asked, found):
    assert not rule_conflicts(asked, found)
    assert not rule_conflicts(found, asked)


def test_each_side_of_a_conflict_is_a_piece_of_its_own_text_and_cuts_no_word():
    for asked, found in _pairs("opposite") + _pairs("same"):
        for conflict in rule_conflicts(asked, found):
            for text, shown in ((asked, conflict.asked), (found, conflict.found)):
                # No letter or figure stands right before one, nor right behind one.
                whole = rf"(?:(?<![a-z0-9])|(?![a-z0-9])){re.escape(shown)}" + (
                    "(?:(?![a-z0-9])|(?<![a-z0-9]))"
                )
                assert re.search(whole, normalise(text).replace("’", "'")), (text, conflict)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("从北京、从上海或从杭州寄过来", "寄到杭州、寄到上海、寄到北京要多久"),
        ("Send from bank, from card and from wallet", "Send to wallet, to bank and to card"),
        (
            "Change euros to dollars, pounds to francs and yen to rupees",
            "Change dollars to euros, francs to pounds and rupees to yen",
        ),
    ],
)
def test_conflicts_are_the_same_in_every_process(asked, found):
    program = (
        "import sys; from indexer.guards import rule_conflicts as tell; print(tell(*sys.argv[1:]))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-X", "utf8", "-c", program, asked, found],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "3")
    }
    assert len(told) == 1


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


def test_a_denial_is_seen_before_what_to_do_and_behind_how():
    assert _kinds("申请通过了怎么办", "申请没通过怎么办") == {"negation"}
    assert _kinds("怎样才会被封号", "怎样才不会被封号") == {"negation"}
    assert _kinds("没权限怎么开", "怎么开通权限") == set()
    assert _kinds("不会安装怎么办", "怎么安装") == set()


def test_whether_there_is_one_and_whether_one_is_free_of_it_deny_nothing():
    assert _kinds("有无年费", "有没有年费") == set()
    assert _kinds("有无年费", "没有年费吗") == {"negation"}
    assert _kinds("老人能不能免票", "老人可以免票吗") == set()


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


def test_traditional_and_full_width_are_read_like_the_rest():
    assert _kinds("怎麼開通簡訊提醒", "怎么关闭短信提醒") == {"antonym"}
    assert not rule_conflicts("ＩＰＨＯＮＥ　１５多少錢", "iphone15多少钱")


@pytest.mark.parametrize(
    "text", ["", "？", "不", "没", "\0", "😀" * 50, "n't", "不" * 2000, "1" * 4000]
)
def test_no_text_is_too_odd(text):
    for other in ("能退款吗", "can I", text, "3天"):
        there, back = rule_conflicts(text, other), rule_conflicts(other, text)
        assert bool(there) == bool(back)
    assert not rule_conflicts(text, text)


def test_a_rule_finds_nothing_in_texts_that_lack_what_it_needs():
    """Rules are not asked about such texts, so one that needs too much would go blind."""
    pairs = [(normalise(a), normalise(b)) for a, b in _pairs("opposite") + _pairs("same")]
    finding = set()
    for asked, found in (pair for pair in pairs if pair[0] != pair[1]):
        for rule in RULES:
            if list(rule.compare(asked, found)):
                finding.add(rule)
                there = rule.one(asked) and rule.other(found)
                back = rule.one(found) and rule.other(asked)
                assert there or back, (rule.compare, asked, found)
    assert finding == set(RULES)  # the written pairs have something for each


def test_every_line_of_contrasts_has_sides_that_share_no_word():
    """A word on both sides would oppose itself, and a kind that nobody reads would be lost."""
    kinds = {"opposite", "sibling", "english opposite", "english sibling"}
    path = Path(guards.__file__).parent / "guarding" / "contrasts.tsv"
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, sides = line.split("\t")
        words = [word for side in sides.split("|") for word in side.split()]
        assert kind in kinds, line
        assert "|" in sides and len(words) == len(set(words)), line


def test_of_a_pasted_page_the_beginning_is_read() -> None:
    page = "关于订单的说明，" * 1_250
    assert rule_conflicts(f"不能退款。{page}", f"能退款。{page}")
    assert not rule_conflicts(f"{page}不能退款。", f"{page}能退款。")


@pytest.mark.parametrize(
    ("asked", "found", "ours", "theirs"),
    [
        ("WiFi名字怎么改", "WiFi密码怎么改", "名字", "密码"),
        ("副卡还能用吗", "副卡怎么销", "还能用", "销"),
        ("充话费怎么充", "充话费怎么退", "充", "退"),
        ("My card is lost", "My card is damaged", "lost", "damaged"),
        ("车费是我付的", "车费是别人付的", "是我付的", "是别人付的"),
        ("扣了款但订单没成功", "没扣款但订单成功了", "扣了款", "没扣款"),
    ],
)
def test_what_is_told_of_the_same_thing_is_shown(asked, found, ours, theirs):
    assert (ours, theirs) in [(c.asked, c.found) for c in rule_conflicts(asked, found)]
    assert (theirs, ours) in [(c.asked, c.found) for c in rule_conflicts(found, asked)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("银行卡丢了怎么办", "银行卡怎么补办"),
        ("不想收短信怎么退订", "短信不想要了如何退订"),
        ("收到一周了还能换吗", "收到七天了还能换吗"),
        ("只有周末能收货怎么办", "除了周末都没法收货怎么办"),
        ("押金到现在没退", "押金什么时候退"),
    ],
)
def test_what_is_told_in_other_words_is_no_conflict(asked, found):
    assert not rule_conflicts(asked, found)


def test_each_line_of_senses_is_of_a_known_kind_and_names_no_word_twice():
    path = Path(guards.__file__).parent / "guarding" / "senses.tsv"
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, _, listed = line.partition("\t")
        assert kind.removeprefix("english ") in {"said", "deed", "thing"}, line
        assert len(listed.split()) == len(set(listed.split())) > 0, line

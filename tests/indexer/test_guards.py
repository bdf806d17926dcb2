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


def test_a_denial_is_seen_before_what_to_do_and_behind_how():
    assert _kinds("申请通过了怎么办", "申请没通过怎么办") == {"negation"}
    assert _kinds("怎样才会被封号", "怎样才不会被封号") == {"negation"}
    assert _kinds("没权限怎么开", "怎么开通权限") == set()
    assert _kinds("不会安装怎么办", "怎么安装") == set()


def test_whether_there_is_one_and_whether_one_is_free_of_it_deny_nothing():
    assert _kinds("有无年费", "有没有年费") == set()
    assert _kinds("有无年费", "没有年费吗") == {"negation"}
    assert _kinds("老人能不能免票", "老人可以免票吗") == set()


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

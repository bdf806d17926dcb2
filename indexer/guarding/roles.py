"""Who does something to whom: 我举报别的玩家, 我被别的玩家举报; 给队友送皮肤, 向队友要皮肤.

The two sides of a deed are asked about in the same words, and only their order, a 被, or the
word before a person tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way


@dataclass(frozen=True)
class Doing:
    """Whether I do it to others, or they to me, and the words that say so."""

    by_me: bool
    words: str


_ME: Final = "我们|我方|我|本人|自己|咱们?"
_ME_TOO: Final = re.compile("本人|自己|咱")
THEM: Final = (
    "对方|他们|她们|他人|他|她|别人|人家|陌生人|外人|熟人|男朋友|女朋友|朋友|客户|同事|老板|房东|买家|卖家|商家|亲戚|同学"
    "|骑手|司机|师傅|快递员|客服|租客|房客|乘客|顾客|客人|店家|公司|单位|邻居|楼下|楼上|隔壁|队友|好友|中介|供应商"
    "|主播|医生|老师|家长|学生|孩子|员工|雇主|下属|上司|上级|领导|主管|经理|网友|路人|室友|舍友|爸妈|妈妈?|爸爸?"
    "|父母|父亲|母亲|老婆|老公|妻子|丈夫|对象|儿子|女儿|家人|爷爷|奶奶|哥哥?|姐姐?|弟弟?|妹妹?|前任|前夫|前妻"
)
_DOES: Final = re.compile(
    rf"(?:(?P<me>{_ME})|(?P<them>{THEM}))[要想会能可以怎么样如何已经先又再还刚没不曾该是多少错]{{0,5}}"
    r"(?P<how>把|被|给|向|找|让|叫|帮|替|欠|催|告|打|骂|撞|追尾|拉黑|删|屏蔽|举报|骗|投诉|付|转|赔"
    r"|拖欠|等|借|邀请|推荐|拒绝|起诉|辞退|开除|吵到?|打扰|评价|咬|救|追|关注|冤枉"
    r"|(?:联系|找|打|叫|等|加|看|听|接|催|约)不[上到通了]"
    r"|(?:转账?|发|借|卖|送|寄|退|还|赔|付|付款|打|汇款?|传)[错多]?了?[钱款账货]?给)了?"
    rf"(?:(?P<to_me>{_ME})|(?P<to_them>我?(?:{THEM})))(?!的(?!电话|消息|微信|声音|钱|款))"
)
_NO_DEED: Final = frozenset("的了吗是才就在有会能可要后过着怎")
_PAYERS: Final = {
    who: number
    for number, line in enumerate(
        """
        我 我们 自己 我自己 本人 个人
        商家 店家 卖家 卖方 店铺
        公司 单位 雇主 企业
        买家 买方 客户 顾客 消费者
        租客 租户 房客
        平台|对方 他 她 他们 别人 人家 朋友 同事
        保险公司 保险|房东|业主|物业|寄件人 寄件方|收件人 收件方|甲方|乙方|国家 政府 财政
        员工 职工|学校|家长|车主|司机|乘客|厂家|医院|患者|中介|男方|女方|快递公司|航空公司|酒店|银行
        """.replace("|", "\n").split("\n")
    )
    for who in line.split()
}
_WHO_PAYS: Final = tuple(sorted(_PAYERS, key=len, reverse=True))
_PAYS: Final = re.compile("来?(?:出(?![了去来差生险])|付(?!款码)|承担|负责|掏钱?|赔偿?|负担|买单)")
_ASIDE: Final = frozenset("的了吗呢由是要需得该让应,，。?？ ")
_PASSIVE: Final = re.compile(r"被([\u4e00-\u9fff]{2,9})")
# What may be done may be done by somebody: 能被治愈吗.
_ASKED_WHETHER: Final = re.compile("[能会可要想怕易防免]以?$")
_MAY_DO: Final = re.compile(
    f"(?:能|可以|允许|准许|可否|能否|借)(?:[^，,。给让]{{0,4}}[给让](?P<who>{THEM})(?:来|去)?(?P<done>[\u4e00-\u9fff])"
    "(?![了坏丢走掉伤])|(?P<deed>[\u4e00-\u9fff]{2}))"
)
# 给队友送皮肤 gives what 向队友要皮肤 asks for.
_GIVES: Final = re.compile(
    r"给(?P<who>[\u4e00-\u9fff]{2})[\u4e00-\u9fff]{0,3}?(?:[送赠发转借打汇寄分充开买传])(?P<what>[\u4e00-\u9fff]{2})?"
    r"|(?:赠送|转赠|[送赠发转借打汇寄分传](?:钱|货|书|礼物|东西)?)给(?P<other>[\u4e00-\u9fff]{2})|[送赠](?P<one>[\u4e00-\u9fff]{2})"
)
_ASKS_FOR: Final = re.compile(
    r"(?:向|找|跟|问|管|和)(?P<who>[\u4e00-\u9fff]{2})[\u4e00-\u9fff]{0,3}?"
    r"(?:要(?!求)|[借讨索求收拿领])(?P<what>[\u4e00-\u9fff]{2})?"
)
# 帮朋友代付 does what 让朋友代付 has done.
_FOR: Final = frozenset("给帮替代")
_DOES_FOR: Final = re.compile(
    rf"[给帮替代](?P<who>{THEM})(?P<deed>(?![看听知见用])[\u4e00-\u9fff])"
    rf"|(?P<gift>[发寄送传转借还交])给(?P<whom>{THEM})"
)
_HAS_DONE: Final = re.compile(
    rf"[让请叫托](?P<who>{THEM})(?:来|去)?(?:[帮给替]我|把[\u4e00-\u9fff]{{1,6}}?(?=[发寄送传转借还交]))?"
    r"(?P<deed>(?!把)[\u4e00-\u9fff])"
)


def done_to(text: str) -> Doing | None:
    """Return the first thing that I do to others in a text, or they to me."""
    match = _DOES.search(text) if "我" in text or _ME_TOO.search(text) else None
    if match is None:
        return None
    by_me = bool(match["me"] and match["to_them"])
    if not by_me and not (match["them"] and match["to_me"]):
        return None
    return Doing(by_me != (match["how"] == "被"), match[0])


@needs(_PASSIVE.search)
@either_way
def suffered(mine: str, other: str) -> Pair | None:
    """Return where one suffers from somebody what the other does to them."""
    if "被" not in mine or "被" in other:
        return None
    for match in _PASSIVE.finditer(mine):
        pair = _done(match[1], other)
        if not pair and not _ASKED_WHETHER.search(mine, 0, match.start()):
            pair = _allowed(match[1], other)
        if pair:
            return match[0], pair
    return None


def _allowed(said: str, other: str) -> str:
    """Return where a text asks whether one may do what is done after a 被; or "".

    能给家人用吗 is not asked by whom 被家人用了.
    """
    if said[0] in _NO_DEED:
        return ""
    for may in _MAY_DO.finditer(other):
        deed = f"{may['who']}{may['done']}" if may["who"] else may["deed"]
        if said.startswith(deed):
            return may[0]
    return ""


def _done(said: str, other: str) -> str:
    """Return where a text does to somebody what is done after a 被, by them or nobody; or ""."""
    for length in range(2, len(said)):
        who = said[:length]
        for deed in {said[length : length + 2], said[length]}:
            if deed[0] in _NO_DEED:
                continue
            for done in (f"{deed}{who}", f"{deed}了{who}", f"{deed}过{who}", f"{deed}到{who}"):
                if done in other:
                    return done
    done_to_others = re.search(f"{said[0]}[了到伤坏过]?(?:{THEM}|他人|前车|路人|行人)", other)
    return done_to_others[0] if done_to_others and said[0] not in _NO_DEED else ""


@needs(_PAYS.search, _PAYS.search)
def other_payer(asked: str, found: str) -> Iterator[tuple[str, str]]:
    """Yield who is to pay, where all else is the same: 运费我出吗, 运费卖家出吗."""
    ours = _payer(asked)
    theirs = _payer(found) if ours else None
    if ours is None or theirs is None or _PAYERS[ours[0]] == _PAYERS[theirs[0]]:
        return
    rests = [
        frozenset(text.replace(said, "")) for text, (_, said) in ((asked, ours), (found, theirs))
    ]
    if rests[0] ^ rests[1] <= _ASIDE:
        yield ours[1], theirs[1]


def _payer(text: str) -> tuple[str, str] | None:
    """Return who pays, and that with the verb."""
    for pays in _PAYS.finditer(text):
        who = next((w for w in _WHO_PAYS if text.endswith(w, 0, pays.start())), None)
        if who is not None:
            return who, text[pays.start() - len(who) : pays.end()]
    return None


def _asks(text: str) -> bool:
    return _ASKS_FOR.search(text) is not None or _HAS_DONE.search(text) is not None


@needs(_asks)
@either_way
def given_or_asked(mine: str, other: str) -> Pair | None:
    """Return where one gives or does for somebody what the other asks of them: 给他借, 向他借."""
    pair = _gift(mine, other) or _favour(mine, other)
    if pair is not None:
        return pair
    return None


def _gift(mine: str, other: str) -> tuple[str, str] | None:
    given = _GIVES.search(mine) if "给" in mine or "送" in mine else None
    wanted = _ASKS_FOR.search(other) if given else None
    if given is None or wanted is None or _ASKS_FOR.search(mine):
        return None
    whom = given["who"] or given["other"] or given["one"]
    if wanted["who"] == whom or (given["what"] and given["what"] == wanted["what"]):
        return given[0], wanted[0]
    return None


def _favour(mine: str, other: str) -> tuple[str, str] | None:
    done = _HAS_DONE.search(other) if _FOR & set(mine) else None
    if done is None or _HAS_DONE.search(mine):
        return None
    for match in _DOES_FOR.finditer(mine):
        whom, deed = match["who"] or match["whom"], match["deed"] or match["gift"]
        if (whom, deed) == (done["who"], done["deed"]):
            return match[0], done[0]
    return None

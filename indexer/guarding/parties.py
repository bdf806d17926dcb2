"""Which of two parties does it to the other: 我转错给陌生人, 陌生人转错到我卡里.

Beside `roles`, which finds me and the others side by side: here the one or the other may go
without saying, as in 转账给别人 and 开别人的车, and what is between them may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from indexer.guarding.content import shared
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way, set_against
from indexer.guarding.roles import THEM

_ME: Final = "我们?|自己|本人|咱们?"
_I: Final = re.compile("我")
_I_AM: Final = re.compile("[我咱]|自己|本人")
_FREE: Final = (
    "[要想会能可以怎么样如何已经先又再还刚没不曾该是错把在都老总硬非突然临时单方面提前主动]{0,6}"
)
# What passes from hand to hand.
_PASSED: Final = frozenset("转打充寄发汇送传存付交借还赔缴投递拨收接放")
_ADDRESSED: Final = "给到向跟和找帮替错进与同对为"
# 转给别人 goes out, 别人转给我 and 接别人的 come in.
_OUT: Final = re.compile(f"(?:给|到|进|错|放在?)了?(?:{_ME}|你们?|您)?(?:{THEM})")
_IN: Final = re.compile(
    f"(?<![{_ADDRESSED}])(?:{THEM})(?P<said>[^，,。；;？?]{{0,10}}?)(?:(?:给|到|进|在|放)了?(?:{_ME})"
    f"(?!(?:{THEM}))|(?:[转打充寄发汇送传拨])(?:过?来|错来)|(?<!给[你您他她])(?:赠?送|[转打充寄发汇传])来?的)"
    f"|(?:接|收)(?:到|了|收|过|手)?(?P<from>{THEM})(?!们?不)"
)
# 转错账了 went to somebody without saying, 别人转错账 and 收到错转的钱 came to me.
_BY_MISTAKE: Final = re.compile("[转打汇充寄发送存付]错")
_BY_MISTAKE_IN: Final = re.compile(
    f"(?<![{_ADDRESSED}])(?:{THEM}|商家|有人)[把将]?[^，,。；;？?]{{0,4}}[转打汇充寄发送存付]错"
    f"|收到[^，,。；;？?]{{0,5}}(?:[转打汇充寄发送存付]错|错[转打汇充寄发送存付])"
)
_GOT: Final = re.compile("收到|有人|给我|商家|卖家|被")
_BACK: Final = re.compile("回给|[打拨转寄退还]回")
# So much of the shorter text must be the same.
_SHARED: Final = 0.4
_SHARED_MORE: Final = 0.5
_OTHERS: Final = re.compile(THEM)
_ANYBODY: Final = re.compile(
    f"工作人员|保险公司|航空公司|快递公司|用人单位|平台|学校|医院|银行|酒店|物业|开发商|店铺|商户|{THEM}"
)
_NO_DEED: Final = frozenset(
    "的了吗是才就在有会能可要后过着怎给到向跟和被把让叫请从比为对与同由没不弟妹哥姐爷奶爸妈"
)


def _comes(text: str) -> re.Match[str] | None:
    return _IN.search(text) or (_BY_MISTAKE_IN.search(text) if "错" in text else None)


@needs(_comes)
@either_way
def passed(mine: str, other: str) -> Pair | None:
    """Return where the one gives to others what the other has of them: 打给别人, 别人打来."""
    comes = _comes(mine)
    if comes is None or _IN.search(other) or _BACK.search(other):
        return None
    goes = _OUT.search(other) or _by_my_mistake(other)
    if goes is None or _OUT.search(mine) or _is_done_by_others(other, goes.start()):
        return None
    both = _PASSED & set(mine) & set(other)
    if (both or (comes.groupdict().get("from") and _PASSED & set(other))) and shared(
        mine, other
    ) >= _SHARED:
        return comes[0], goes[0]
    return None


def _by_my_mistake(text: str) -> re.Match[str] | None:
    """Return what I gave by mistake, whoever has it now: 转错账了."""
    return None if _OTHERS.search(text) or _GOT.search(text) else _BY_MISTAKE.search(text)


def _is_done_by_others(text: str, end: int) -> bool:
    """Whether it is others that give to others: 朋友把钱转给别人."""
    return any(
        not text[: m.start()].endswith(tuple(_ADDRESSED)) for m in _OTHERS.finditer(text, 0, end)
    )


# 把我的钱转给他, 把他的钱转给我.
_FROM_TO: Final = re.compile(
    f"[把将从](?P<whose>我们?|{THEM})[的那这][^，,。；;？?]{{0,8}}?[到给进](?P<whom>我们?|{THEM})"
)


@needs(_FROM_TO.search)
@either_way
def carried(mine: str, other: str) -> Pair | None:
    """Return where what is one's comes to the other, and the other's to the one."""
    there = _FROM_TO.search(mine)
    back = _FROM_TO.search(other) if there else None
    if there and back and there["whose"] == back["whom"] != back["whose"] == there["whom"]:
        return there[0], back[0]
    return None


# 开别人的车, and 别人开我的车.
_TO_OTHERS: Final = re.compile(
    f"(?P<deed>[\u4e00-\u9fff])(?:[了着过到见]|(?<=[\u4e00-\u9fff])错)?(?:{_ME})?(?!好友|朋友圈)(?:{THEM})"
)
_BY_THEM: Final = re.compile(
    f"(?<![{_ADDRESSED}])(?:{THEM}){_FREE}[\u4e00-\u9fff]??(?P<deed>[\u4e00-\u9fff])[了着过到见走]?(?:{_ME})"
)


def _by_them(text: str) -> re.Match[str] | None:
    return _BY_THEM.search(text) if _I_AM.search(text) else None


@needs(_by_them)
@either_way
def done_to_mine(mine: str, other: str) -> Pair | None:
    """Return where one does to others what they do to me: 开别人的车, 别人开我的车."""
    if "我" not in other and "自己" not in other:
        return None
    for back in _BY_THEM.finditer(other):
        deed = back["deed"]
        done = next((d for d in _TO_OTHERS.finditer(mine) if d["deed"] == deed), None)
        if done is None or deed in _NO_DEED:
            continue
        if deed == "用" and not mine.startswith("的", done.end()):  # 给朋友用他…
            continue
        if any(d["deed"] == deed for d in _TO_OTHERS.finditer(other)):
            continue
        if shared(mine, other) >= _SHARED_MORE:
            return done[0], back[0]
    return None


# 朋友让我担保 has me do it, 朋友给我担保 does it.
_MADE: Final = re.compile(
    f"(?:{THEM})(?:让|叫|要求?|请|逼|喊|求|托|劝)(?:{_ME})(?:[帮给替为](?:他们?|她们?|人)?)?(?P<deed>[\u4e00-\u9fff]{{2}})"
)
# 给人担保 is done for others, 找人给我担保 for me.
_DONE_FOR: Final = re.compile(f"(?<!找)[给帮替为](?:{THEM}|人)(?P<deed>(?!们)[\u4e00-\u9fff]{{2}})")
_DONE_FOR_ME: Final = re.compile(
    f"(?:{THEM}|人)(?:来|愿意|能|可以|肯)?[给帮替为](?:{_ME})(?P<deed>[\u4e00-\u9fff]{{2}})"
)


@needs(_DONE_FOR_ME.search)
@either_way
def done_for(mine: str, other: str) -> Pair | None:
    """Return where one does for others what they do for one: 给人担保, 找人给我担保."""
    found = set_against(mine, other, _DONE_FOR, _DONE_FOR_ME)
    return found.words if found and found.here["deed"] == found.there["deed"] else None


_HELPED: Final = re.compile(f"(?:{THEM})[给帮替为](?:{_ME})(?P<deed>[\u4e00-\u9fff]{{2}})")


@needs(_HELPED.search)
@either_way
def made_to(mine: str, other: str) -> Pair | None:
    """Return where others do for me what they have me do: 朋友让我担保, 朋友给我担保."""
    helped = _HELPED.search(mine)
    made = _MADE.search(other) if helped else None
    if helped and made and helped["deed"] == made["deed"]:
        return helped[0], made[0]
    return None


# Deeds of which it matters who does them.
_DEEDS: Final = (
    "取消|拒收|拒签|拒绝|拒付|违约|毁约|悔约|反悔|解约|退租|爽约|放鸽子|投诉|举报|起诉|撤诉|撤回|撤销"
    "|迟到|删除|拉黑|屏蔽|挂断|退出|离职|辞职|涨价|解除合同|终止合同|关闭订单|改签|续签|续约|续租|续聘|续保|提出|调岗|砍单|弃单|毁单|退婚|悔婚|全责|主责|次责|同责|无责"
)
_BY_OTHERS: Final = re.compile(
    f"(?<![{_ADDRESSED}让叫请])(?:{THEM}|平台|航空公司|酒店|医院|学校|系统|商户|店铺|甲方|乙方){_FREE}(?P<deed>{_DEEDS})"
)
_BY_ME: Final = re.compile(f"(?:{_ME}){_FREE}(?P<deed>{_DEEDS})")


@needs(_BY_ME.search)
@either_way
def by_another(mine: str, other: str) -> Pair | None:
    """Return where I do what the other side does in the other text: 我要取消, 房东要取消."""
    found = set_against(mine, other, _BY_ME, _BY_OTHERS)
    if found is None or found.here["deed"] != found.there["deed"]:
        return None
    return found.words if shared(mine, other) >= _SHARED_MORE else None


@needs(_I.search, _ANYBODY.search)
@either_way
def me_or_them(mine: str, other: str) -> Pair | None:
    """Return who it is that all the rest is asked of: 我挂机会扣分吗, 队友挂机会扣分吗."""
    they = _ANYBODY.search(other)
    if they and mine == f"{other[: they.start()]}我{other[they.end() :]}":
        return "我", they[0]
    return None


_FOR_OTHERS: Final = re.compile(
    f"(?<!自己)[给帮替为代](?:{_ME})?(?:{THEM}|孩子|老人|小孩)(?:们)?(?P<deed>[\u4e00-\u9fff]{{1,2}})"
)
_FOR_ME: Final = re.compile(
    "(?:自己|本人|(?<![某每一那这几])个人)(?:怎么|如何|能|可以|想|要|去|来|单独){0,2}(?P<deed>[\u4e00-\u9fff]{1,2})"
)


@needs(_FOR_OTHERS.search)
@either_way
def for_whom(mine: str, other: str) -> Pair | None:
    """Return where one does for oneself what the other does for others: 自己交, 给员工交."""
    others = _FOR_OTHERS.search(mine)
    me = _FOR_ME.search(other) if others else None
    if others is None or me is None or "自己" in mine or _FOR_OTHERS.search(other):
        return None
    deed, own = others["deed"], me["deed"]
    if (
        (deed == own or deed[0] == own[0])
        and deed[0] not in _NO_DEED
        and shared(mine, other) >= _SHARED_MORE
    ):
        return others[0], me[0]
    return None


# 医生改了我的预约 is done to me, 我想改预约 by me.
_ON_MINE: Final = re.compile(
    f"(?:{THEM}|平台|学校|医院){_FREE}(?P<deed>[\u4e00-\u9fff])[了掉错走]{{1,2}}我们?的?(?P<what>[\u4e00-\u9fff]{{2}})"
)


@needs(_ON_MINE.search)
@either_way
def on_mine(mine: str, other: str) -> Pair | None:
    """Return where others do to mine what I do to it in the other: 医生改了我的预约, 我想改预约."""
    theirs = _ON_MINE.search(mine)
    if theirs is None or theirs["deed"] in _NO_DEED or _OTHERS.search(other):
        return None
    me = re.search(f"我{_FREE}{theirs['deed']}[了掉错]?(?:我的)?{theirs['what']}", other)
    if me:
        return theirs[0], me[0]
    return None


# Who did it: 车费是我付的, 车费是别人付的.
_DONE_BY: Final = re.compile(
    "是(?P<who>我|自己|本人|别人|他人|朋友|家人|公司|对方|单位|同事|孩子)[自己]{0,2}(?P<deed>[\u4e00-\u9fff]{1,2})的"
)


@needs(_DONE_BY.search, _DONE_BY.search)
def done_by(asked: str, found: str) -> Iterator[tuple[str, str]]:
    """Yield who does in each text what both say is done."""
    one = _DONE_BY.search(asked)
    other = _DONE_BY.search(found) if one else None
    if (
        one
        and other
        and one["deed"] == other["deed"]
        and ("我" in one["who"]) != ("我" in other["who"])
    ):
        yield one[0], other[0]

"""How a thing stands: still there or gone, under way or done with, before it or after it.

还在用 against 已经停用, 还在审核 against 审核完了, 出发前 against 出发以后. Both texts must speak
of the same thing, and neither of both states.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import shared
from indexer.guarding.cues import holding, needs
from indexer.guarding.either_way import Pair, either_way, set_against

_SAID: Final = 0.5
_HAN: Final = "[\u4e00-\u9fff]"
_STILL: Final = re.compile(
    "(?:还|仍然?|依然|依旧)(?:在用|在(?!.{0,3}(?:吗|没有)$)|正常|留着|保留|开着|亮着|冻得|用着|有效|好好的"
    "|是好的|能(?:收|用|登|打开|打通|开机)(?!吗|.{0,6}吗$))|一直在用|(?:没有?|还没)[扔丢拆](?!失)"
)
_GONE: Final = re.compile(
    "(?:已经?|早就?|全都?|都|被我?|给我?)[^，,。不没还]{0,2}"
    "(?:停用|停机|关停|弃用|不用|注销|销户|销号|取消|作废|报废|过期|失效|解散|离职|没了|不见|换掉"
    "|扔|丢|拆|剪|撕|删|卖|坏|化)|(?:扔|丢|拆|弄坏)(?:掉了?|了)"
)


@needs(_STILL.search)
@either_way
def still_or_gone(mine: str, other: str) -> Pair | None:
    """Return where a thing is there still, and in the other gone: 包装盒还在, 包装盒扔了."""
    found = set_against(mine, other, _STILL, _GONE)
    return found.words if found and shared(mine, other) >= _SAID else None


_UNDER_WAY: Final = re.compile(
    f"(?:还|仍然?|正|一直)在(?P<deed>(?![用吗这那]){_HAN}{{1,2}}?)"
    "(?=[中着，,。]|的?时候|$|[怎能可会有是多什哪几还就])"
)


@needs(holding("在", _UNDER_WAY))
@either_way
def done_with(mine: str, other: str) -> Pair | None:
    """Return what is under way in the one and done in the other: 还在审核中, 审核完了."""
    now = _UNDER_WAY.search(mine)
    if now is None or _UNDER_WAY.search(other):
        return None
    deed = now["deed"] if len(now["deed"]) > 1 else f"(?<!{_HAN}在){now['deed']}"
    after = re.search(
        f"(?<![没未不]){deed}(?:完成?|好|结束|通过|停|掉)(?!之?前)了?|已经?{deed}(?!中)"
        f"|{deed}[之以]后",
        other,
    )
    return (now[0], after[0]) if after and shared(mine, other) >= _SAID else None


# 到站前 names a stretch of time; 目前, 三天前 and 前台 do not.
_BEFORE: Final = re.compile(
    f"(?P<what>(?!.?[天月年日点时]){_HAN}{{2}})(?<![目之以从])"
    "(?:[之以]前|前(?![台面往后任男女夫妻排端缀言轮方置额提列头景几两三天年]))"
)
_AFTER: Final = "(?:[之以]后|后(?![台面排端缀轮方置续悔果备天年勤期盖]))"
_LATER: Final = re.compile(f"^[^前]*{_AFTER}[^前]*$")
_BEFORE_SAID: Final = 0.7


@needs(holding("前", _BEFORE), holding("后", _LATER))
@either_way
def before_or_after(mine: str, other: str) -> Pair | None:
    """Return what it is before in the one and after in the other: 出发前能退, 出发以后还能退."""
    if "后" in mine or "前" in other:
        return None
    for before in _BEFORE.finditer(mine):
        after = re.search(f"{before['what']}[了完过]?{_AFTER}", other)
        if after and shared(mine, other) >= _BEFORE_SAID:
            return before[0], after[0]
    return None


# What was done to mine, and what I want to do myself: 账号被冻结, 主动冻结账号.
_DEEDS: Final = (
    "(?P<deed>冻结|锁定|封停|封禁|注销|停用|关闭|停机|限制|解绑|删除|扣款|禁言|拉黑|取消)"
)
_DONE_TO: Final = re.compile(f"被(?:[^，,。]{{0,4}}?){_DEEDS}")
_MYSELF: Final = re.compile(
    "(?:主动|自行|自己(?:去|来)?|(?:想|要|帮我?)[把将]我的?[^，,。给]{1,6}|[把将]自己的?[^，,。]{1,6})"
    f"{_DEEDS}"
)


@needs(holding("被", _DONE_TO))
@either_way
def inflicted(mine: str, other: str) -> Pair | None:
    """Return what befell one in the one text and one does oneself in the other."""
    befell = _DONE_TO.search(mine)
    if befell is None or "被" in other:
        return None
    own = _MYSELF.search(other)
    if own and own["deed"] == befell["deed"] and shared(mine, other) >= _SAID:
        return befell[0], own[0]
    return None

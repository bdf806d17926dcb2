"""What one text asks to have and the other, who has it, to be rid of: 怎么选课, 选好的课怎么退.

`undoing` finds the word for undoing before what it undoes; here it stands behind, at the end of
what is asked, and the other text neither undoes nor denies anything, nor tells how things are.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import content, shared
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way
from indexer.guarding.words import words

_HOW: Final = "怎么|怎样|如何|咋|想要?|要|能不能|能|可不可以|可以|帮我|给我|请|去哪里?|在哪里?"
_BACK: Final = (
    "取消|撤销|撤回|撤掉|撤下|撤单|作废|退掉|退订|退单|退选|收回|还原|复原|去掉|关掉|关闭|注销|拆掉|销掉|解除"
    "|放下来|拿回来|要回来|删掉|删除|移除|停掉|停用|解绑|解约|终止|脱离|拆分|分离|避免|防止|阻止|屏蔽|提前还清|提前结清"
)
# 怎么取消, 想退掉 and, where the sentence ends with it, 怎么退.
_TAKES_BACK: Final = re.compile(
    f"(?:{_HOW})(?:[把将](?P<thing>[^，,。？?]{{1,14}}))?[^，,。？?了]{{0,2}}?"
    f"(?:(?P<back>{_BACK})|(?P<end>[退撤拆关删])(?=[了掉]?(?:吗|呢|啊|呀|$)))"
)
_NO_MORE: Final = re.compile(
    "(?:订|定|约|买|选|报|办|开|租|叫|点)(?:好|了|过|下)?的[^，,。]{1,8}不(?:想)?要了"
)
# What has been done is what is to be undone: 选好的课, 已经值机了, 申请提交后, 开错了.
_DONE: Final = re.compile("[好了完错过后大多]|已|现有|原来|上次|误|我的|约的|订的|之前")
# What goes on after that is what is wanted: 怎么才能解绑，再绑定另一张.
_THEN: Final = re.compile("[，,]?(?:再|重新|然后|之?后|换)")
# Who asks for it asks how to, and tells of nothing that went wrong.
_ASKS_TO: Final = re.compile(
    "怎么(?![了没不还就会又总老样]|回事|弄|办$|搞|处理)|怎样|如何|(?<!没)想|我?要(?=[^求是紧不])|帮我|申请|去哪|在哪"
)
# What tells how things are, or wants none of it either.
_TELLS: Final = re.compile(
    "[不没未无别误被错断]|失败|失效|更[改换]|修改|换绑|重新|恢复|放弃|[^为么]什么|多少|多久|为什么|哪些|吗$"
)
# What ends something, too, if it is not what both texts name: 注销申请.
_ENDS: Final = re.compile(f"{_BACK}|[退撤拆删停关拒销解]|清[除空理]|[去抹卸]掉|结束")
_DOES: Final = re.compile(
    "设[置成]?|开[通启户卡店]?|加入?|办理?|申请|预?约|订[阅购]?|预?定|报名?|选|提交|提|交|买|绑定?|签|安?装|充值?"
    "|付|续[费约保]?|发布?|投[诉保]?|[创新]?建|写|填|关联|授权?|给|强化|升级?|入|兑[换现]?|收藏|叫|租|寄|存|添加?|移|搬"
    "|迁|登[录记]?|值机|锁定?|贴|置"
)
_SAID_ALREADY: Final = ("退", "提前")
_SAID: Final = 0.5
_SAID_ALL: Final = 0.75


def _to_undo(text: str) -> re.Match[str] | None:
    return _NO_MORE.search(text) or _TAKES_BACK.search(text)


def _asks(text: str) -> re.Match[str] | None:
    return _ASKS_TO.search(text) if _DOES.search(text) and not _TELLS.search(text) else None


@needs(_to_undo, _asks)
@either_way
def taken_back(mine: str, other: str) -> Pair | None:
    """Return what is to be undone in the one that the other asks for: 怎么预约, 约好的怎么退掉."""
    back = _to_undo(mine)
    asks = _asks(other) if back else None
    if back is None or asks is None or _THEN.match(mine, back.end()):
        return None
    said = back.groupdict()
    verb = said.get("back") or said.get("end") or ""
    # 退货怎么退 asks what 怎么退货 asks, 提前还清 what 怎么提前还 asks.
    if any(verb.startswith(one) and one in other for one in _SAID_ALREADY):
        return None
    beside = f"{mine[: back.start()]} {said.get('thing') or ''} {mine[back.end() :]}"
    if _ends(other, beside.replace(verb, " ") if verb else beside):
        return None
    rest = beside if verb else mine
    needed = _SAID if _DONE.search(rest) else _SAID_ALL
    if not content(rest) or shared(rest, other) < needed:
        return None
    does = _DOES.search(other, asks.start()) or _DOES.search(other) or asks
    return verb or back[0], does[0]


def _ends(text: str, beside: str) -> bool:
    """Whether a text ends what the other does not name; 注销申请怎么撤销 names the end of it."""
    found = _TAKES_BACK.search(text)
    if found and (found["back"] or found["end"]) not in beside:
        return True
    ends = (*(m[0] for m in _ENDS.finditer(text)), *words().undoing, *words().ending)
    return any(word in text and word not in beside for word in ends)

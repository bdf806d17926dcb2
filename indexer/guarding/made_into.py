"""What becomes of a thing: 设成匿名 against 改成公开, 保留原号 against 换新号.

And whether it comes to who is asked or leaves them: 转入你们这里 against 转到别家.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import alike, shared
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way, set_against

_SAID: Final = 0.5
_ABOUT: Final = 0.2
_HAN: Final = "[\u4e00-\u9fff]"
_INTO: Final = re.compile(
    "(?:设置?|改|换|变更?|调整?|转|切换?|弄|修改|更改)[成为](?!什么|哪|[一二两三四五六七八九十几多新别其])"
    f"(?P<end>{_HAN}{{2,4}}?)(?=[的了吗呢，,。？?怎能要可会]|$)"
)


@needs(_INTO.search)
@either_way
def made_into(mine: str, other: str) -> Pair | None:
    """Return where the one ends in what the other starts from: 设成匿名, 选了匿名想改成公开."""
    one, there = _INTO.search(mine), _INTO.search(other)
    if one is None or there is None or there["end"] in mine or one["end"] in there["end"]:
        return None
    return (one[0], there[0]) if one["end"] in other.replace(there[0], "") else None


# 保留原来的卡号, 号码不变; and 退回原来的卡.
_KEPT: Final = re.compile(
    f"(?:保留|保持|沿用|不换|不变|不改|留着)着?(?:原来?|旧|现在?|老)?有?的?(?P<what>{_HAN}{{2}})"
    f"|(?<=(?P<same>{_HAN}{{2}}))(?:不变|不换|照旧)"
    f"|[到回进至](?:原来的?|原先的?|原)(?P<place>{_HAN})"
)


@needs(_KEPT.search)
@either_way
def kept_or_changed(mine: str, other: str) -> Pair | None:
    """Return what the one keeps and the other changes: 保留原来的卡号, 换个新卡号."""
    kept = _KEPT.search(mine)
    if kept is None or _KEPT.search(other.replace("原来的", "")):
        return None
    if kept["place"]:
        new = f"[到回进至](?:别的|其[他它]的?|另外?一?[张个]?|新的?){kept['place']}"
    else:
        what = kept["what"] or kept["same"]
        new = f"(?<![不没未])[换改变更][了掉成一个]{{0,2}}新?的?{what}|{what}[也都]?(?:要?换|改|变)"
    changed = re.search(new, other)
    if changed and changed[0] not in mine and shared(mine, other) >= _SAID:
        return kept[0], changed[0]
    return None


_MOVES: Final = "(?:转|迁|携|搬|移|换|带|过户|调)[网号户]?"
_HERE: Final = re.compile(f"{_MOVES}[入进到来](?:你们?|贵|本|我们|咱|这里|这边)")
_AWAY: Final = re.compile(
    f"{_MOVES}[到出去走至往]到?[^，,。]{{0,2}}?(?:别[家的处人]|其[他它]|他[行处家]|外面|另一家|另外|隔壁)"
    f"|{_MOVES}(?:出去|走)"
)


@needs(_HERE.search)
@either_way
def away_or_here(mine: str, other: str) -> Pair | None:
    """Return what comes to who is asked and leaves them in the other: 转入你们这里, 转到别家."""
    found = set_against(mine, other, _HERE, _AWAY)
    return found.words if found and alike(mine, other) >= _ABOUT else None

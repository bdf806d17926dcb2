"""How far a thing has come: not yet due or overdue, not yet paid or shipped already.

积分快过期了 against 积分已经过期了, 还没付款 against 已经发货, "still valid" against "ran out". And
what has come but is not as it should be, against nothing at all: 发错了, 没发.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import shared
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way
from indexer.guarding.negation import denials

_SAID: Final = 0.5
_NAMED: Final = 0.4
_ENDS: Final = "过期|到期|失效|期满|逾期|满期|脱保|脱审"
_SOON: Final = re.compile(
    f"(?:快要?|即将|马上|就要|将要|将|要|临近|临|尚未|还没有?|(?<!有)没有?|未|下个?(?:月|周|星期|礼拜)|明[天年]|后天|[几一二两三四五六七八九十半\\d]+个?[天月周]后)(?:就|才|要|会|了|到)?(?:{_ENDS})"
    f"|(?:到期|过期|期满|失效)(?:之|以)?前|(?:什么时候|何时|哪天|几号)[^，,。]{{0,4}}(?:{_ENDS})|(?:还)?(?:没到|未到|没有到)(?:生效|开始|使用|启用)|还[有剩][^，,。]{{1,6}}(?:才|就)?(?:{_ENDS})|还在有效期"
)
# One of these is in all that is soon to end, and not in most texts.
_ENDING: Final = re.compile("[期效保审]|[没未]有?到")
_PAST: Final = re.compile(
    "(?:已经?|早就?|都|刚刚?|竟然|发现)(?:过期|到期|失效|逾期|脱保|脱审|作废|过保)"
    "|(?:过期|到期|失效|逾期|脱保|脱审|过保)(?:了|[几一二两三四五六七八九十半\\d]+多?[个天年月周]|好几|好久|很久|[之以]?后|没|还没|忘)"
    "|(?:已经?|早就?)过了(?=$|[怎还能可吗，,])|(?<![没未不])过了?(?:有效期|截止|期限|保质期|保修期)"
)
_SOON_ENGLISH: Final = re.compile(
    r"\b(?:still valid|about to (?:expire|run out|lapse|end)|(?:isn't|not) (?:yet )?due(?: yet)?"
    r"|expir(?:es|ing) (?:soon|next|in|tomorrow|this)|due (?:soon|next|in|tomorrow)"
    r"|(?:has|have)n't (?:expired|run out|lapsed)|not (?:yet )?expired|close to expir[a-z]+"
    r"|(?:isn't|not|hasn't|not yet) (?:yet )?(?:active|activated|started|begun|live)"
    r"|when (?:does|will|do|is) [a-z ]{1,30}(?:expire|end|due|run out)"
    r"|before [a-z ]{0,20}(?:expir[a-z]+|runs out|due)|nearly (?:expired|out|up))\b"
)
_PAST_ENGLISH: Final = re.compile(
    r"(?<!n't )(?<!not )(?<!not yet )\b(?:(?:already |just |has |have |had )?(?:expired|lapsed)"
    r"|ran out|has run out|overdue|past due|out of date|past its (?:date|due date))\b"
)


def _is_soon(text: str) -> re.Match[str] | None:
    return _SOON.search(text) if _ENDING.search(text) else None


@needs(_is_soon)
@either_way
def overdue(mine: str, other: str) -> Pair | None:
    """Return where the one is still to end and the other has ended: 快过期了, 已经过期了."""
    found = _ended(mine, other, _SOON, _PAST)
    # Who renews says 到期了 of what is about to end, too.
    if found and found[1] == "到期了" and "续" in mine and "续" in other:
        return None
    return found


@needs(_SOON_ENGLISH.search)
@either_way
def overdue_english(mine: str, other: str) -> Pair | None:
    """Return where the one is still to end and the other has ended: "still valid", "ran out"."""
    return _ended(mine, other, _SOON_ENGLISH, _PAST_ENGLISH)


def _ended(mine: str, other: str, soon: re.Pattern[str], past: re.Pattern[str]) -> Pair | None:
    before = soon.search(mine)
    if before is None or soon.search(other) or past.search(soon.sub(" ", mine)):
        return None
    after = past.search(other)
    if after and shared(mine, other) >= _NAMED:
        return before[0], after[0]
    return None


# What comes after what, each line the course of one kind of thing.
_COURSES: Final = tuple(
    tuple(stage.split("/") for stage in line.split())
    for line in """
下单 付款/支付/付钱/给钱 发货/寄出/发出/出库 揽收/揽件 派送/配送/派件 签收/收货/收到货/到货
报名 缴费/交费 开课/上课 结课
预约/挂号 就诊/看病
批/审批/批下来 放款/下款 还款/还清
投保 生效 到期
出票 值机/检票 登机/上车
起飞/发车/出发 到站/落地/到达
入住 退房
""".strip().splitlines()
)
_NO: Final = re.compile("[没未待]")
_NOT_YET: Final = "(?:还没有?|还未|尚未|(?<!有)没有?|未|待)"


def _course(line: tuple[list[str], ...]) -> tuple[re.Pattern[str], re.Pattern[str], dict[str, int]]:
    places = {word: place for place, words in enumerate(line) for word in words}
    named = "|".join(sorted(places, key=len, reverse=True))
    return (
        re.compile(f"{_NOT_YET}({named})"),
        re.compile(
            f"(?<![没未])(?:已经?|都|刚刚?)({named})|(?<![没未待被])({named})了(?![吗没么])"
        ),
        places,
    )


_STAGES: Final = tuple(_course(line) for line in _COURSES)
_NOT_DONE: Final = re.compile(f"{_NOT_YET}(?:{'|'.join(w for _, _, ws in _STAGES for w in ws)})")


@needs(_NOT_DONE.search)
@either_way
def further(mine: str, other: str) -> Pair | None:
    """Return where the one is not yet as far as the other is: 还没付款, 已经发货了."""
    for not_yet, done, places in _STAGES:
        before = not_yet.search(mine)
        after = done.search(other) if before else None
        if (
            before
            and after
            and places[before[1]] <= places[after[1] or after[2]]
            and not _NO.search(other)
            and (after[1] or after[2]) not in mine.replace(before[0], "")
            and shared(mine, other) >= _SAID
        ):
            return before[0], after[0]
    return None


_EARLY: Final = re.compile(
    "提前了?[^，,。]{0,6}?(?P<deed>还|到|走|退|交|付|结|来|发|开|关|回|下|搬|毕业)"
)
_LATE: Final = re.compile(
    "(?P<deed>还|到|走|退|交|付|结|来|发|开|关|回|下|搬|毕业)[^，,。]{0,2}晚了?|(?<![最早])晚(?:了|点)?[^，,。]{0,6}?(?P<then>还|到|走|退|交|付|结|来|发|开|关|回|下|搬|毕业)"
)


@needs(_EARLY.search)
@either_way
def early_or_late(mine: str, other: str) -> Pair | None:
    """Return where the one does early what the other does late: 提前两小时还, 还晚了两小时."""
    early = _EARLY.search(mine) if "提前" in mine and not {"晚", "早"} & {*mine} else None
    late = _LATE.search(other) if early and "提前" not in other else None
    if early is None or late is None or early["deed"] != (late["deed"] or late["then"]):
        return None
    if shared(mine, other) >= _SAID:
        return early[0], late[0]
    return None


_WRONGLY: Final = re.compile("(?P<deed>[发送寄买开填写交配装拍派投打转充缴还订])(?:错|[少多重]了)")
# What came is not as it should be, and nothing came.
_CAME_BAD: Final = re.compile(
    "(?:[收拿买领取]到|[寄送发]来|到手)的?[^，,。没不]{0,4}?(?:[坏错破碎烂假旧]|有问题|瑕疵)"
    "|到账的?[^，,。没不]{0,3}(?:少了?|多了|错)|到了[^。没不]{0,8}[坏破碎]"
)
_NOT_COME: Final = re.compile(
    "(?:[没未]有?|还没有?)(?:[收拿买领取寄送]到|到货|到账|[寄送发]来)|没[^，,。有不]{0,4}到(?=$|[，,。])"
)
_AMISS_EITHER_WAY: Final = re.compile(f"{_WRONGLY.pattern}|{_CAME_BAD.pattern}")


@needs(_AMISS_EITHER_WAY.search)
@either_way
def wrongly_or_not(mine: str, other: str) -> Pair | None:
    """Return where the one does wrongly what the other does not do: 发票开错了, 发票没开."""
    if "错" in other or not _NO.search(other) or _NO.search(mine):
        return None
    if wrongly := _WRONGLY.search(mine):
        left = re.search(f"(?<![有什])[没未]有?{wrongly['deed']}(?![对准正够])", other)
        left = left or _NOT_COME.search(other)
    elif wrongly := _CAME_BAD.search(mine):
        left = _NOT_COME.search(other)
    else:
        return None
    return (wrongly[0], left[0]) if left and shared(mine, other) >= _SAID else None


_YET: Final = re.compile(
    r"(?<!not )(?<!n't )\b(?P<deed>[a-z]+ed|paid|sent) (?:but|yet|and|though) "
    r"(?:i |it |we |the [a-z]+ )?(?:is |was |are |am )?"
    r"(?:still|not|nothing|no|[a-z]+n't|never|pending)\b"
)


@needs(_YET.search)
@either_way
def further_english(mine: str, other: str) -> Pair | None:
    """Return where the one waits for what comes after what the other denies: "approved but"."""
    done = _YET.search(mine)
    if done is None or " but " in other:
        return None
    left = re.search(rf"\b(?:[a-z]+n't|not|never)(?: yet| been)* {done['deed']}\b", other)
    return (done[0], left[0]) if left and shared(mine, other) >= _SAID else None


_AMISS: Final = re.compile(
    r"\b(?:wrong|incorrect|damaged|broken|faulty|defective|cracked|torn|dented|expired|rotten)\b"
)
_CAME: Final = (
    r"(?:receive|get|got|arrive|come|came|deliver|send|sent|ship(?:ped)?|show up|turn up)(?:d|ed)?"
)
_CAME_AMISS: Final = re.compile(rf"\b{_CAME}\b.*{_AMISS.pattern}|{_AMISS.pattern}.*\b{_CAME}\b")
_NEVER_CAME: Final = re.compile(
    rf"\b(?:[a-z]+n't|not|never)(?: yet| been| even| actually)* {_CAME}\b"
    r"(?! (?:what|the right|the correct))"
)


@needs(_NEVER_CAME.search)
@either_way
def nothing_came(mine: str, other: str) -> Pair | None:
    """Return where what came is not as it should be and nothing came: "the wrong item"."""
    never = _NEVER_CAME.search(other)
    if never is None or _AMISS.search(other) or _NEVER_CAME.search(mine):
        return None
    amiss = _CAME_AMISS.search(mine)
    return (amiss[0], never[0]) if amiss else None


# What was forgotten was not done: 忘记缴电费, 缴了电费; 忘了确认, 不小心确认.
_FORGOT: Final = re.compile("忘(?:了|记了?)(?P<deed>[\u4e00-\u9fff])(?P<thing>[\u4e00-\u9fff])")


@needs(_FORGOT.search)
@either_way
def forgotten(mine: str, other: str) -> Pair | None:
    """Return what the one forgot and the other did."""
    forgot = _FORGOT.search(mine)
    if forgot is None or {"忘", "漏"} & {*other} or denials(other):
        return None
    deed, thing = forgot["deed"], forgot["thing"]
    done = re.search(
        f"{deed}了[^，,。]{{0,2}}{thing}|(?:不小心|误|已经?|多|重复){deed}{thing}"
        f"|{deed}{thing}[^，,。]{{0,2}}了",
        other,
    )
    if done and shared(mine.replace("忘", ""), other) >= _SAID:
        return forgot[0], done[0]
    return None

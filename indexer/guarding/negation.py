"""What a Chinese text denies, and what its 不, 没 and 无 deny not.

Forms that ask (能不能, 有没有, 到账没) and words that only hold such a character (不仅, 没关系,
无线, 特别) deny nothing; two negatives make a positive. What is left is a denial, with the
words it denies, so that 不能退 and 退不了 are seen to deny the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from indexer.guarding.words import words

_HAN: Final = "\u4e00-\u9fff"
_ASKING: Final = re.compile(
    rf"(?P<two>[{_HAN}]{{2}})[不没](?=(?P=two))|(?P<one>[{_HAN}])[不没](?=(?P=one))"
    rf"|有没(?=有)|(?<=有)(?<!没有)无|还是[不没]有?|(?:是|行|可|在|会|好|能|要)不(?=[啊呀呢]?$)"
)
_ASKING_LAST: Final = re.compile(
    r"(?:(?<=了)|(?<=过)|(?<=好))没有?[呢啊呀]?$|(?<![都也么还就点并本全从可])没[呢啊呀]?$"
    r"|(?<=[^都也么还就点并本全从可，,。?！!；;])不(?=[呢啊呀]?(?:$|[，,。?!；;]))|(?<=[有到过了好完成])[^，。;；]{1,8}没有$|(?<!不)能[^，,。;；不没]{1,4}不能$"
)
_COMPLEMENTS: Final = re.compile(
    "过[去来]|出[来去]|上[来去]|下[来去]|起来|进[来去]|回来"
    "|清楚|清|了|上|到|出|开|进|成|下|来|去|起|动|着|住|见|通|掉|完"
)
# After these, 不 is an adverb of the verb that follows, not the middle of 收不到.
_NO_VERB: Final = (
    "我你他她它们的了都也就还并又总老从会才能是在再却而但且为么什样怎完根全很太最，。,.;？! "
    "机器箱管桶盆壶灯门窗车屏泵池锅炉阀姆师员司店院校馆房客户友"
)
_DENIAL: Final = re.compile(
    rf"(?P<verb>(?<=[{_HAN}])(?<![{_NO_VERB}])(?<!空调|龙头|花洒|一直))?"
    r"(?P<deny>通不过|忌(?![口讳日])|禁(?=[带携])|不|没有|没法|没办法|没|无法|无需|无须|无权|无从|无|未|别|勿|莫|甭|禁止|严禁|谢绝|毋|非|难以|拒不|并非"
    r"|(?:(?<![避难以])|(?<=可以))免(?!费|不|得|疫|责|税|检|冠|谈|除|流|漏|打扰|密支))"
)
# Each denial has one of these in it; the last two are 不 and 没 in Cantonese.
_ANY: Final = re.compile("[不没无未别勿莫甭忌禁谢毋非难免拒唔冇]")
# 级别, 区别, 有别: a word that ends in 别.
_NAMED_BY_BIE: Final = "级类性区分特个识辨鉴告差离派甄送诀话道久作惜科组界省有各国类"
# 不良, 不锈钢: a name that 不 begins.
_NAMED_WITH_BU: Final = "良|锈|粘|孕|育|适|法|当|动产|干胶|正当|规则"
_QUESTION_WORDS: Final = "吗呢啊呀吧么"
_PRONOUNS: Final = "我你您他她它这那自大"
_ARRIVED: Final = re.compile("到[期账货位家站点]")
_ASKED: Final = re.compile("怎|如何|什么|为什么|为何|哪|多少|几")


@dataclass(frozen=True)
class Denial:
    """A denial: the words it denies, first those that say it best, and where it stands."""

    heads: tuple[str, ...]
    start: int
    end: int


@cache
def _blanks() -> tuple[re.Pattern[str], re.Pattern[str]]:
    lists = words()
    # 是不是不支持 and 有没有不要钱的 ask, and then deny: no double there, nor in 没有不良记录.
    double = (
        f"(?<!{w[1]}){w}(?!{_NAMED_WITH_BU})"
        if w[-1] == "不" and w[0] != "别"
        else f"(?<![{_NAMED_BY_BIE}]){w}"
        if w[0] == "别"
        else f"(?<!{w[1]}){w}"
        if w.startswith("不是")
        else w
        for w in lists.double
    )
    return re.compile("|".join(double)), re.compile("|".join(lists.harmless))


@cache
def _modal() -> re.Pattern[str]:
    lists = words()
    return re.compile(f"(?:{'|'.join(lists.modals)})")


def _blank(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: "\0" * len(match[0]), text)


def without_harmless(text: str) -> str:
    """Return the text with what denies nothing blanked, as long as before."""
    double, harmless = _blanks()
    text = text.replace("唔", "不").replace("冇", "没")  # Cantonese
    text = _blank(text, double)
    text = _ASKING.sub(_keep_verb, text)
    text = _blank(text, harmless)
    return _ASKING_LAST.sub(_last, text)


def _keep_verb(match: re.Match[str]) -> str:
    # 能不能退: the first 能不 goes, the second 能 stays and is positive.
    return "\0" * len(match[0])


def _last(match: re.Match[str]) -> str:
    return "\0" * len(match[0]) if match[0][0] in "没不" else match[0][:-2] + "\0\0"


def denials(text: str) -> tuple[Denial, ...]:
    """Return the denials of a normalised text, in the order in which they stand."""
    return tuple(_found(without_harmless(text))) if _ANY.search(text) else ()


def _found(text: str) -> Iterator[Denial]:
    place = 0
    while match := _DENIAL.search(text, place):
        start, place = match.start("deny"), match.end()
        if match["deny"] in ("别", "莫") and not _forbids(text, start):
            continue
        if match["deny"] == "不" and match["verb"] is not None:
            complement = _COMPLEMENTS.match(text, place)
            if complement:
                verb = text[start - 1]
                said: tuple[str, ...] = (verb + complement[0], verb)
                if verb == "别":  # 识别不了
                    said = (text[start - 2 : start], *said)
                yield Denial(said, start - 1, complement.end())
                place = complement.end()
                continue
        end = _after_modals(text, place)
        heads = _head(text, end)
        if not heads and end > place:  # 不能, 不用 and nothing more: the modal is the verb
            heads = (text[place:end],)
        yield Denial(heads, start, max(end, place))
        place = max(end, place)


def _forbids(text: str, start: int) -> bool:
    if text[start] == "别":
        return start == 0 or text[start - 1] not in _NAMED_BY_BIE
    return (
        start == 0
        or text[start - 1] in "请就你先可千万们也都，。, !"
        or not text[start - 1] >= "\u4e00"
    )


def _after_modals(text: str, place: int) -> int:
    while match := _modal().match(text, place):
        place = match.end()
    return place


def _head(text: str, place: int) -> tuple[str, ...]:
    """Return the words that follow, the longer first; nothing where only particles do."""
    while place < len(text) and text[place] in words().particles:
        place += 1
    if _ARRIVED.match(text, place - 1):  # 没到期: 期 alone is in words for anything
        return (text[place - 1 : place + 1],)
    rest = re.match(rf"[{_HAN}]{{1,2}}|[a-z0-9]+", text[place:])
    if not rest or rest[0][0] in _QUESTION_WORDS or _ASKED.match(text, place):
        return ()
    if rest[0].isascii() or len(rest[0]) == 1 or rest[0][0] in _PRONOUNS:
        return (rest[0],)
    if rest[0][1] in "有没":  # 没房有车
        return (rest[0][0],)
    return rest[0], rest[0][0]

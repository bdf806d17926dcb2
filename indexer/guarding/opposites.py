"""Words of which one side of a pair says the one and the other side the other.

开通 against 关闭, 上个月 against 下个月, enable against disable: only where each side has its
own word and not the other's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

from indexer.guarding.english import Token, stem
from indexer.guarding.same_end import is_given, is_given_before, same_end
from indexer.guarding.undoing import undoing
from indexer.guarding.words import Lexicon, words

# So much of the shorter text must be the same for 定金怎么付 to oppose 尾款怎么付.
_SAID_BESIDE: Final = 0.6
_UNIT: Final = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")
# Who used something says what was done, not that it is old.
_USED_IT: Final = re.compile(
    r"(?<!never )(?<!not )(?<!n't )used (?:up|all|it|them|that|the|my|our|to|for|by|one of)\b"
)
_TERMS: Final = frozenset("年季月周天日")
_HOW_MANY: Final = frozenset("个几一二两三四五六七八九十0123456789")
_DENYING: Final = frozenset("不没无未非免禁停退解拒")
_EMPTY: Final = frozenset(
    "的了吗呢啊呀吧么着过是我你他它这那请问想要怎样如何办为什会能可以还就都也很在有个和与，。？, ?"
)


@dataclass(frozen=True)
class Pole:
    """A word that has an opposite: which pair, which side of it, and where it stands."""

    pair: tuple[str, int]
    side: int
    word: str
    start: int
    end: int


@cache
def _chinese() -> tuple[tuple[Lexicon, Mapping[str, tuple[tuple[str, int, int], ...]]], ...]:
    """Return what finds the words, and for each its lines; a word is looked for in lists once."""
    lists = words()
    found = []
    for named in ({"o": lists.opposites}, {"x": lists.exclusive, "s": lists.swapped}):
        known: dict[str, tuple[tuple[str, int, int], ...]] = {}
        for name, one in named.items():
            for word, lines in one.items():
                known[word] = known.get(word, ()) + tuple((name, *line) for line in lines)
        found.append(
            (Lexicon(known), {word: (*known[word], *_inside(word, known)) for word in known})
        )
    return tuple(found)


def _inside(
    word: str, known: Mapping[str, tuple[tuple[str, int, int], ...]]
) -> Iterator[tuple[str, int, int]]:
    """Yield the lines of the words inside a longer one: 开盘时间 stands for 开盘, too.

    Not those that the longer one is in itself (预约 in 取消预约), and where it denies only those
    that deny as well: 解绑 in 解绑银行卡, but no 绑.
    """
    if undoing().match(word):
        return
    own = {line[:2] for line in known[word]}
    for start in range(1 if word[0] in _DENYING else len(word) - 1):
        for end in range(start + 2, len(word) + 1):
            part = word[start:end]
            if part != word and not word.startswith("重新", start - 1):
                yield from (line for line in known.get(part, ()) if line[:2] not in own)


@cache
def _english() -> Mapping[str, tuple[tuple[str, int, int], ...]]:
    """Return the lines of each word, as it is written and without its ending."""
    known: dict[str, tuple[tuple[str, int, int], ...]] = {}
    lists = words()
    for name, one in (("e", lists.english_opposites), ("s e", lists.english_siblings)):
        for word, lines in one.items():
            for form in {word, word if "-" in word else stem(word)}:
                known[form] = known.get(form, ()) + tuple((name, *line) for line in lines)
    return known


def poles(text: str, tokens: tuple[Token, ...]) -> tuple[Pole, ...]:
    """Return the words of a normalised text that have an opposite."""
    return tuple(_poles(text, tokens))


def _poles(text: str, tokens: tuple[Token, ...]) -> Iterator[Pole]:
    for lexicon, known in _chinese():
        for word, start, end in lexicon.find(text):
            if word[0] in "不没" and text[start - 1 : start] == word[1:2]:  # 包不包邮 asks
                continue
            if word[0] == "新" and text[start - 1 : start] == "重":  # 重新办 is no 新办
                continue
            if word[0] == "贵" and text[start - 1 : start] == "买":  # 买贵了: it costs less now
                continue
            if word[0] in _TERMS and text[start - 1 : start] in _HOW_MANY:  # 年会员 of 半年会员
                continue
            for name, number, side in known[word]:
                yield Pole((name, number), side, word, start, end)
    known = _english()
    for token in tokens:
        if token.word == "used" and _USED_IT.match(text, token.start):
            continue
        both = (*known.get(token.word, ()), *known.get(token.stem, ()))
        for name, number, side in dict.fromkeys(both):
            yield Pole((name, number), side, token.word, token.start, token.end)
    for one, other in pairwise(tokens):
        word = f"{one.word}-{other.word}"
        for name, number, side in known.get(word, ()) if one.end + 1 == other.start else ():
            yield Pole((name, number), side, word, one.start, other.end)


def opposed(
    asked: tuple[Pole, ...], found: tuple[Pole, ...], texts: tuple[str, str]
) -> Iterator[tuple[Pole, Pole]]:
    """Yield a word of each text that are opposites, one pair for each line of the lists."""
    named = {pole.pair for pole in asked} & {pole.pair for pole in found}
    if not named:
        return
    theirs: dict[tuple[str, int], dict[int, Pole]] = {}
    ours: dict[tuple[str, int], dict[int, Pole]] = {}
    several: set[tuple[str, int]] = set()
    for side, mine in ((asked, ours), (found, theirs)):
        for pole in side:
            if pole.pair not in named:
                continue
            sides = mine.setdefault(pole.pair, {})
            if sides:
                several.add(pole.pair)
            sides.setdefault(pole.side, pole)
    for pair, sides in ours.items():
        others = theirs[pair]
        if len(sides) < len(others):
            others = _wanted(texts, others, sides)
        elif len(others) < len(sides):
            sides = _wanted(texts[::-1], sides, others)
        if others and sides.keys() & others.keys() and pair in several:
            sides, others = _apart((asked, found), texts, pair)
        if others and sides and not sides.keys() & others.keys():
            one, other = next(iter(sides.values())), next(iter(others.values()))
            if same_end(texts, one, other):
                continue
            if pair[0][0] != "s" or _say_the_same_beside(texts, one, other):
                yield one, other


def _apart(
    poles: tuple[tuple[Pole, ...], tuple[Pole, ...]], texts: tuple[str, str], pair: tuple[str, int]
) -> tuple[dict[int, Pole], dict[int, Pole]]:
    """Return what each names that the other does not: 发动机怎么启动, 发动机怎么熄火.

    Nothing where a word of both goes on in each in another way.
    """
    ours, theirs = (
        {text[p.start : p.end + 1]: p for p in side if p.pair == pair}
        for text, side in zip(texts, poles, strict=True)
    )
    both = {p.word for p in ours.values()} & {p.word for p in theirs.values()}
    if both != {ours[said].word for said in ours.keys() & theirs.keys()}:
        return {}, {}
    one, other = (
        {p.side: p for p in side.values() if p.word not in both} for side in (ours, theirs)
    )
    return one, other


def _wanted(
    texts: tuple[str, str], sides: dict[int, Pole], single: dict[int, Pole]
) -> dict[int, Pole]:
    """Return what the second text asks for, without what it starts from: 休学期满想复学.

    Where the first text starts from it, too, or undoes it in other words, all are kept.
    """
    asked, text = texts
    if any(is_given(asked, pole) for pole in single.values()) or _takes_back(asked, single):
        return sides
    return {
        side: pole
        for side, pole in sides.items()
        if not is_given(text, pole)
        and not is_given_before(text, pole, (p for s, p in sides.items() if s != side))
    } or sides


def _takes_back(text: str, said: dict[int, Pole]) -> bool:
    """Whether a text undoes something in other words than those."""
    spans = [(pole.start, pole.end) for pole in said.values()]
    return any(
        not any(start <= match.start() < end for start, end in spans)
        for match in _taking_back().finditer(text)
    )


def _say_the_same_beside(texts: tuple[str, str], one: Pole, other: Pole) -> bool:
    rests = sorted(
        (
            _content(text[: pole.start] + " " + text[pole.end :])
            for text, pole in zip(texts, (one, other), strict=True)
        ),
        key=len,
    )
    return sum(unit in rests[1] for unit in rests[0]) >= _SAID_BESIDE * len(rests[0])


def _content(text: str) -> list[str]:
    """Return the characters, and the words in Latin letters, that say something."""
    function = words().function
    units = (stem(unit) if unit not in function else "" for unit in _UNIT.findall(text))
    return [unit for unit in units if unit and unit not in _EMPTY]


def prefixed(asked: tuple[Token, ...], found: tuple[Token, ...]) -> Iterator[tuple[Token, Token]]:
    """Yield words of which one is the other with un-, dis-, non- or the like before it."""
    ours = {t.stem: t for t in asked if len(t.stem) >= 3}
    theirs = {t.stem: t for t in found if len(t.stem) >= 3}
    yield from _over_and_under(ours, theirs)
    for prefix in words().prefixes:
        for word, token in ours.items():
            other = theirs.get(prefix + word)
            if (
                other
                and prefix + word not in ours
                and word not in theirs
                and _opposing(prefix, word)
            ):
                yield token, other
            bare = word.removeprefix(prefix).lstrip("-")
            other = theirs.get(bare) if bare != word else None
            if other and bare not in ours and word not in theirs and _opposing(prefix, bare):
                yield token, other


def _over_and_under(
    ours: Mapping[str, Token], theirs: Mapping[str, Token]
) -> Iterator[tuple[Token, Token]]:
    """Yield overpay against underpay, and the other way round."""
    for mine, other in (("over", "under"), ("under", "over")):
        for word, token in ours.items():
            bare = word.removeprefix(mine)
            if bare != word and len(bare) >= 3 and other + bare in theirs:
                yield token, theirs[other + bare]


def _opposing(prefix: str, word: str) -> bool:
    # Of three letters only un- is one: zip and unzip, but not form and inform.
    return (len(word) >= 4 or prefix == "un") and prefix + word not in (
        "inform",
        "instal",
        "discover",
        "deliver",
        "incom",
        "insid",
        "intern",
        "unit",
        "import",
        "discount",
        "display",
        "inter",
    )


@cache
def _taking_back() -> re.Pattern[str]:
    return re.compile(f"{undoing().pattern}|{'|'.join(words().ending)}|恢复|重新|[解复退]")


def undone_before(text: str, pole: Pole) -> bool:
    """Whether a word just before takes back what the pole says: 取消会员订阅."""
    match = undoing().search(text, max(0, pole.start - 10), pole.start)
    return match is not None and match.start() < pole.start and not pole.word.startswith(match[0])

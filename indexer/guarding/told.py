"""What two texts tell of the same thing: 副卡还能用吗 and 副卡怎么销, 改WiFi名字 and 改WiFi密码.

Words stand in lines of those that may be put for one another, or that one question may use for
another's (丢了 for 补办). Two words without a line in common are told apart where most of the rest
is the same: what is named, in nearly all of it; what is asked or has happened, in more than half.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from indexer.guarding.content import content
from indexer.guarding.deeds import is_verb
from indexer.guarding.english import stem, tokens, whole_words
from indexer.guarding.facts import Facts
from indexer.guarding.words import Lexicon, words

# Each line: kind TAB words. A word with ~ before it joins others, but tells too little to be told
# apart from any: 多少 may ask for a price, a number or a time.
_FILE: Final = Path(__file__).with_name("senses.tsv")
# Longer texts tell more than one thing.
_LONGEST: Final = 36
_LONGEST_ENGLISH: Final = 70
# So much of all the rest must be the same; where not all of it is, so many characters of it.
_SAME_REST: Final = {"said": 0.6, "thing": 0.99}
_KINDS: Final = ("said", "thing")
_LEAST: Final = 2
# Texts that begin alike for so long may go on in more words of their own.
_BEGIN_ALIKE: Final = 5
_SAME_REST_THEN: Final = 0.4
# A deed is what is asked for, not what has been done or what something is called.
_ASKED: Final = re.compile(
    "(?:怎么|如何|怎样|咋|什么时候|何时|多久|能|可以|可否|是否|想要?|要|去|才|该|得|会|没法|无法|被|把)"
    "[^，,。？?！!；;了的]{0,6}?$"
)
_ASKED_ENGLISH: Final = re.compile(
    r"(?:^|\b(?:i|we|you|to|can|please|could|someone|he|she|they) )"
    r"(?:also |still |never )?$"
)
# 开始, 提供: a character that is a verb by itself, and another with the next.
_NOT_IT: Final = re.compile(
    "开[始放关]|提[供醒到前]|消[失费]|看[到见]|转好|存在|导致|发[挥生现]|换新|加[油重急]|办法"
    "|收[到入]|取决|用户|补充|还(?![款钱书给清车债贷完了吗呢?？]|$)"
)
# 支付码, 充值费: what is named by a deed.
_NAMED_BY_IT: Final = ("码", "费", "员")
_NEXT: Final = ("", "比", "被", "没", "怎")
# With these what is told is fastened to the rest: 转到银行, 转给朋友.
_FASTENING: Final = frozenset("到成给往进为在")
# What is to be done after something has happened: 丢了怎么补.
_AFTERWARDS: Final = re.compile("了[，,]?(?:怎么|如何|怎样|咋|还?能|可以|想)")

# Texts with fewer of the characters of the longer in common have no rest that is the same.
_ALIKE_AT_ALL: Final = 0.4
# And those where only a thing differs have so many.
_ALIKE_BUT_A_THING: Final = 0.5

Lines = frozenset[int]


class Told(NamedTuple):
    """A word that tells something, the lines it stands in, and where it stands."""

    word: str
    lines: Lines
    start: int
    end: int
    is_deed: bool
    joins: bool
    is_last: bool = False


class Sense(NamedTuple):
    """What is known of a word: its lines, whether it is a deed, whether it only joins others."""

    lines: Lines
    is_deed: bool = False
    joins: bool = False


@cache
def _senses() -> Mapping[str, Mapping[str, Sense]]:
    """Return for each kind the words and their lines; deeds are among what is said."""
    lists = words()
    found: dict[str, dict[str, Sense]] = defaultdict(dict)
    for kind, deeds in (("said", lists.deeds), ("english said", lists.english_deeds)):
        for word, places in deeds.items():
            _add(found[kind], word, Sense(frozenset(line for line, _ in places), is_deed=True))
    # Lines of deeds are numbered from 0.
    for number, line in enumerate(_FILE.read_text(encoding="utf-8").splitlines(), 1_000):
        kind, _, listed = line.partition("\t")
        is_deed = kind.endswith("deed")
        for word in listed.split():
            bare = word.removeprefix("~")
            sense = Sense(frozenset({number}), is_deed=is_deed, joins=bare != word)
            _add(found[kind.replace("deed", "said")], bare, sense)
    return found


def _add(known: dict[str, Sense], word: str, sense: Sense) -> None:
    key = stem(word) if word.isascii() and "-" not in word else word
    one = known.get(key, Sense(frozenset()))
    known[key] = Sense(
        one.lines | sense.lines, one.is_deed or sense.is_deed, one.joins or sense.joins
    )


@cache
def _lexicons() -> Mapping[str, Lexicon]:
    return {kind: Lexicon(_senses()[kind]) for kind in ("said", "thing")}


@lru_cache(maxsize=65_536)
def _told(text: str, kind: str) -> tuple[Told, ...]:
    """Return what a text tells of a kind; deeds, too, that it does not ask for."""
    return tuple(_told_in_english(text, kind) if text.isascii() else _told_in_chinese(text, kind))


def _told_in_chinese(text: str, kind: str) -> Iterator[Told]:
    known = _senses()[kind]
    for word, start, end in _lexicons()[kind].find(text):
        lines, is_deed, joins = known[word]
        yield Told(word, lines, start, end, is_deed, joins, _is_last(kind, text, start, end))


def _is_last(kind: str, text: str, start: int, end: int) -> bool:
    """Whether a character stands where words end: 外机响, 我的钱."""
    if kind == "said":
        return end == len(text)
    return text[start - 1 : start] == "的" and text[end : end + 1] in _NEXT


def _told_in_english(text: str, kind: str) -> Iterator[Told]:
    known, plain = _senses()[f"english {kind}"], tokens(text)
    pairs = ((f"{a.word}-{b.word}", a.start, b.end) for a, b in pairwise(plain))
    for word, start, end in (*pairs, *((t.stem, t.start, t.end) for t in plain)):
        if sense := known.get(word):
            # What is a state as well is no deed in "my card is blocked".
            is_deed = sense.is_deed and max(sense.lines) < 1_000
            yield Told(word, sense.lines, start, end, is_deed, sense.joins)


def _is_asked(text: str, told: Told) -> bool:
    if text.isascii():
        return _ASKED_ENGLISH.search(text, 0, told.start) is not None
    if text[told.end : told.end + 1] in _NAMED_BY_IT:
        return False
    if len(told.word) == 1 and (
        not is_verb(text, told.start, told.end) or _NOT_IT.match(text, told.start)
    ):
        return False
    return _ASKED.search(text, 0, told.start) is not None


def may_tell(ours: Facts, theirs: Facts) -> bool:
    """Whether two texts can be of the same, and short enough to tell one thing; most are not."""
    if max(len(ours.text), len(theirs.text)) > (
        _LONGEST_ENGLISH if ours.text.isascii() else _LONGEST
    ):
        return False
    return _alike(ours, theirs) >= _ALIKE_AT_ALL


def _alike(ours: Facts, theirs: Facts) -> float:
    same = len(ours.characters & theirs.characters)
    return same / (max(len(ours.characters), len(theirs.characters)) or 1)


def told_apart(ours: Facts, theirs: Facts) -> Iterator[tuple[str, str]]:
    """Yield the words of two texts that tell different things of the same."""
    asked, found = ours.text, theirs.text
    for kind in _KINDS if _alike(ours, theirs) >= _ALIKE_BUT_A_THING else _KINDS[:1]:
        mine, their = _told(asked, kind), _told(found, kind)
        one = _alone(ours, mine, theirs, their)
        other = _alone(theirs, their, ours, mine) if one else ()
        if not one or not other:
            continue
        if (_lines(one) | _lines(other)) & _lines(_common(mine, ours, found)):
            continue
        if (_differ(one, other) or _differ(_states(one), _states(other))) and not (
            _is_way_out(one, other, found) or _is_way_out(other, one, asked)
        ):
            needed = _needed(kind, asked, found)
            if _same_rest(_rest(asked, one), _rest(found, other), needed):
                yield _shown(asked, _telling(one)[0]), _shown(found, _telling(other)[0])
                return


def _needed(kind: str, asked: str, found: str) -> float:
    """Return how much of the rest of two texts must be the same."""
    if kind == "said" and not asked.isascii() and asked[:_BEGIN_ALIKE] == found[:_BEGIN_ALIKE]:
        return _SAME_REST_THEN
    return _SAME_REST[kind]


def _differ(one: Sequence[Told], other: Sequence[Told]) -> bool:
    """Whether both tell something, and nothing of the one may be put for anything of the other."""
    return bool(_telling(one) and _telling(other)) and not _lines(one) & _lines(other)


def _telling(told: Sequence[Told]) -> Sequence[Told]:
    """Return what is told without doubt; a single character only where it is a deed or the end."""
    return [t for t in told if not t.joins and (len(t.word) > 1 or t.is_deed or t.is_last)]


def _common(told: Iterable[Told], facts: Facts, other: str) -> Iterator[Told]:
    """Yield what both texts tell; not single characters, which are often pieces of other words.

    Nor in English, where a verb is a noun as well: cancel a stop order.
    """
    if facts.text.isascii():
        return
    for t in told:
        if len(t.word) > 1 and t.word in other and (not t.is_deed or _is_asked(facts.text, t)):
            yield t


def _states(told: Sequence[Told]) -> Sequence[Told]:
    return [t for t in told if not t.is_deed]


def _shown(text: str, told: Told) -> str:
    return whole_words(text, told.start, told.end)


def _alone(
    facts: Facts, told: Sequence[Told], other: Facts, others: Sequence[Told]
) -> Sequence[Told]:
    """Return what a text tells and the other does not, in that word or in a piece of it."""
    text = other.text
    said = {t.stem for t in other.tokens} if text.isascii() else text
    alone = [t for t in told if t.word not in said or _is_other(t, others)]
    return [
        t
        for t in alone
        if not _has_piece(t, others)
        and (not t.is_deed or (_is_asked(facts.text, t) and not _is_denied(facts, t)))
    ]


def _has_piece(one: Told, others: Iterable[Told]) -> bool:
    """Whether a piece of a word says the same in the other text: 归还 and 还."""
    return any(
        len(o.word) < len(one.word) and o.word in one.word and o.lines & one.lines for o in others
    )


def _is_other(one: Told, others: Iterable[Told]) -> bool:
    """Whether another deed is asked for at the end of a text that names this one: 充话费怎么退."""
    last = [o for o in (one, *others) if o.is_deed and o.is_last and len(o.word) == 1]
    return last[:1] == [one] and len({o.word for o in last}) == len(last) > 1


def _is_denied(facts: Facts, told: Told) -> bool:
    """Whether a text denies a deed, so that it does not ask for it: 不想收短信怎么退订."""
    return any(d.start <= told.start <= d.end for d in facts.denials)


def _is_way_out(state: Sequence[Told], deed: Sequence[Told], text: str) -> bool:
    """Whether what is to be done may be done about what has happened: 消失了怎么恢复."""
    return (
        not any(t.is_deed for t in state)
        and all(t.is_deed for t in deed)
        and _AFTERWARDS.search(text) is not None
    )


def _lines(told: Iterable[Told]) -> Lines:
    return frozenset(line for one in told for line in one.lines)


def _same_rest(one: frozenset[str], other: frozenset[str], needed: float) -> bool:
    both, all_said = len(one & other), len(one | other)
    return (both >= _LEAST and both >= needed * all_said) or (both > 0 and both == all_said)


def _rest(text: str, told: Sequence[Told]) -> frozenset[str]:
    for one in told:
        start = one.start - (text[one.start - 1 : one.start] in _FASTENING)
        text = text[:start] + " " * (one.end - start) + text[one.end :]
    return content(text)

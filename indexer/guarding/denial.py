"""Whether one text denies what the other affirms.

A denial of one side stands alone where the other side neither denies the like nor says the
fault in a word of its own (忘记 for 记不住, "failed" for "did not work"). It is a conflict where
the other speaks of the denied thing, or says all the rest of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from indexer.guarding.english import EnglishDenial, whole_words
from indexer.guarding.facts import Facts
from indexer.guarding.negation import Denial
from indexer.guarding.otherwise import denied_end, said_otherwise
from indexer.guarding.words import words

# So much of the sentence around a denial must be said by the other text, too.
_SAID: Final = 0.6
_SAID_ENGLISH: Final = 0.6
# Where the other does not name the denied thing, both must say all the rest.
_SAID_ALL: Final = 0.8
_SUBJECT: Final = (
    r"(?:i|you|we|it|they|he|she|this|that|there|these|those"
    r"|the|my|your|our|a|an|any|anyone|people)"
)
# Who is asked about may be anybody, if a verb follows: "Don't students get a discount".
_OF_SOMEBODY: Final = (
    r"(?:[a-z]+s|delivery|shipping|everyone|everybody|anybody|staff|people|children)"
    r"(?= (?:get|have|need|pay|qualify|receive|come|go|cost|ship|take|accept|work|offer|include"
    r"|cover|earn|fly|travel|ride|eat|enter|park|vote|apply|count|expire|start|open|close)\b)"
)
# Things that are named like what is being done: "Isn't parking free".
_NAMED_LIKE_DOING: Final = (
    "(?:parking|shipping|roaming|training|seating|housing|dining|camping|heating|wrapping|catering"
    "|(?:meet|build|wedd|book|list|sav|earn|draw|record|morn|even|open|sett|clean|coach)ings?)"
)
# Who asks "Can't I" asks "Can I"; "Can't log in" is no question.
_FRONTED: Final = re.compile(
    rf"(?:^|[,.;:!?] )(?:(?:so|but|and|hi|hello) )?"
    rf"(?:(?:ca|could|do|does|did|was|were|wo|have|has|should|would)n'?t"
    rf" (?:{_SUBJECT}|{_OF_SOMEBODY})\b"
    rf"|(?:is|are)n't (?:{_NAMED_LIKE_DOING}\b|(?!\w+(?:ing|ed)\b))|(?:is|are) there no\b)"
    # It's not free, is it?
    r"|\bnot [a-z]+,? (?:is|are|does|do|can|will|was) (?:it|they|you|there)\b ?\??$"
)
# "Are pets not allowed" may mean it: only in other words does it ask the same.
_LEADING: Final = re.compile(
    # "Don't leave it here" asks nothing.
    rf"(?!(?:do|did)n'?t (?!{_SUBJECT}\b|{_OF_SOMEBODY})[a-z]+ "
    r"(?:me|my|the|us|our|it|them|any|a|an|this|that)\b)"
    r"(?:(?:can|could|do|does|did|is|are|was|wo|have|has|should|would)n?'t\b"
    r"|(?:can|could|do|does|did|is|are|was|were|has|have|will) (?:the |my )?[a-z]+ (?:not|no)\b)"
)
# "I don't want it" says nothing against "cancel it", but against "I want it".
_WANTS_NOT: Final = re.compile(
    r"\b(?:(?:do|would|did)(?:n't| not)|no longer|never) (?:want|need|like|wish)\b"
)
_WANTS: Final = re.compile(r"\b(?:want|need|like|wish)\b")
_NOT_ENGLISH: Final = re.compile(r"n't\b|\b(?:not|no|never|without|cannot|stop|cancel)\b")
_REQUIRED: Final = frozenset(
    ["required", "require", "requires", "need", "needed", "necessary", "mandatory", "must"]
)
_NOT_YET: Final = re.compile(r"(?:has|have|had|is|are|was)n't|not yet|not been")
_BEFORE: Final = re.compile(r"\bbefore\b")
# What is not as low is higher, and what does not change is kept.
_NOT_AS: Final = re.compile(r"[^.,;?!]*\bas \w+")
# Not all at once is in parts.
_IN_PARTS: Final = re.compile(r"[^.,;?!]*\b(?:at once|in one go|in full|up front|upfront)\b")
_IN_PARTS_TOO: Final = re.compile(r"\b(?:in|by) (?:instal?lments|parts)\b|\binstal?lment plan\b")
_COMPARES: Final = re.compile(r"\b(?:more|less|worse|better|\w{2,}er)\b")
_LEFT: Final = frozenset(["chang", "los", "switch", "replac", "alter", "giv"])
_KEPT: Final = frozenset(["keep", "keeping", "kept", "retain", "stay", "same"])
_CLAUSE: Final = re.compile(r"[，,。;；!！?？\n]|(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_CONTENT: Final = re.compile(r"[\u4e00-\u9fff]|[a-z0-9]+")
_ON_IT: Final = re.compile("[\u4e00-\u9fff]上(?!的?[去来了车网班学课船架传得])")
_GETS_ON: Final = re.compile("[能会要想可以怎么]上|上[去来了得车网班学课]")
_EMPTY: Final = frozenset(
    "的了吗呢啊呀吧么着过是我你他它们这那请问想要怎样如何办为什会能可以还就都也很在有个和与"
)


def denied_alone(ours: Facts, theirs: Facts) -> Iterator[tuple[str, str]]:
    """Yield the words of each side where one of the two texts denies what the other affirms."""
    for mine, other, swapped in ((ours, theirs, False), (theirs, ours, True)):
        for denial, answer in _chinese(mine, other) if mine.denials else ():
            pair = mine.text[denial.start : denied_end(mine.text, denial)], answer
            yield (pair[1], pair[0]) if swapped else pair
        if wanted := _unwanted_english(mine, other):
            yield (wanted[1], wanted[0]) if swapped else wanted
        for english, answer in _english(mine, other) if mine.english_denials else ():
            pair = mine.text[english.start : english.end], answer
            yield (pair[1], pair[0]) if swapped else pair


def _chinese(mine: Facts, other: Facts) -> Iterator[tuple[Denial, str]]:
    left = _unmatched(mine.denials, other.denials)
    others = _unmatched(other.denials, mine.denials)
    spare = len(others) + len(other.english_denials)
    affirmed, own = _affirmed(other), _affirmed(mine) if others else ""
    for denial in left:
        answer = _answer(denial, affirmed)
        there = _has_happened(denial, affirmed) if answer is not None else ""
        # 已签收没拿到 against 未签收已拿到: each denies what the other affirms.
        if there and any(_has_happened(one, own) for one in others):
            yield denial, there
            continue
        if spare:
            spare -= 1  # each denies something, in words of its own
            continue
        if answer is not None:
            all_said = _said(mine.text, denial, other.text) >= _SAID / 2
        else:
            all_said = (
                not others
                and _all_said(other.text, mine.text)
                and _said(mine.text, denial, other.text) >= _SAID_ALL
            )
        if all_said and not said_otherwise(mine, denial, other, answer):
            yield denial, "" if answer is None else _affirmation(other.text, answer)


def _answer(denial: Denial, affirmed: str) -> str | None:
    """Return how a text affirms what is denied: by the word for it, or for whose it is."""
    named = words().named
    answers = (word for head in denial.heads for word in (head, *named.get(head, ())))
    return next(
        (word for word in answers if word in affirmed and not _is_place(word, affirmed)), None
    )


def _is_place(word: str, text: str) -> bool:
    """Whether a character says where something is, and nothing that is done: 机票上 for 上不了."""
    return word == "上" and _ON_IT.search(text) is not None and not _GETS_ON.search(text)


def _has_happened(denial: Denial, text: str) -> str:
    """Return where a text says of what is denied that it is there: 已签收, 收到了, 有声音."""
    head = denial.heads[0] if denial.heads else ""
    happened = (f"已{head}", f"已经{head}", f"{head}了", f"{head}成功") if len(head) > 1 else ()
    there = (f"{is_so}{one}" for is_so in ("有", "能") for one in denial.heads)
    return next((said for said in (*happened, *there) if said in text), "")


def _unmatched(mine: tuple[Denial, ...], others: tuple[Denial, ...]) -> list[Denial]:
    rest = list(others)
    left = []
    for denial in mine:
        match = next((o for o in rest if set(o.heads) & set(denial.heads)), None)
        if match is None:
            left.append(denial)
        else:
            rest.remove(match)
    return left


def _affirmed(facts: Facts) -> str:
    text = facts.text
    for denial in facts.denials:
        end = denied_end(text, denial)
        text = text[: denial.start] + "\0" * (end - denial.start) + text[end:]
    return text


def _affirmation(text: str, head: str) -> str:
    place = text.find(head)
    start = place
    for modal in ("可以", "能", "会", "要", "有", "需要", "支持", "用"):
        if text.startswith(modal, place - len(modal)):
            start = place - len(modal)
            break
    return whole_words(text, start, place + max(2, len(head)))


def _said(text: str, denial: Denial, other: str) -> float:
    """Return how much of the clause around a denial the other text says, too."""
    starts = [0, *(m.end() for m in _CLAUSE.finditer(text))]
    start = max(s for s in starts if s <= denial.start)
    end = min((m.start() for m in _CLAUSE.finditer(text, denial.end)), default=len(text))
    around = text[start : denial.start] + " " + text[denial.end : end]
    content = [c for c in _CONTENT.findall(around) if c not in _EMPTY]
    if not content:
        return 1.0 if len(starts) == 1 else 0.0
    return sum(c in other for c in content) / len(content)


def _all_said(text: str, other: str) -> bool:
    content = [c for c in _CONTENT.findall(text) if c not in _EMPTY]
    return sum(c in other for c in content) >= _SAID_ALL * len(content)


def _english(mine: Facts, other: Facts) -> Iterator[tuple[EnglishDenial, str]]:
    heads = [d.head for d in other.english_denials]
    left = []
    for denial in mine.english_denials:
        if denial.head in heads:
            heads.remove(denial.head)
        else:
            left.append(denial)
    # "I don't want" denies nothing by itself, but is as good as "without".
    negators = sum(t.word in words().negators for t in other.tokens)
    spare = len(heads) + len(other.denials) + max(0, negators - len(other.english_denials))
    said = {t.stem for t in other.tokens}
    for denial in left:
        if spare:
            spare -= 1
            continue
        if _is_fronted(mine.text, denial) or (
            denial is mine.english_denials[0] and _only_asks(mine, other)
        ):
            continue
        if _is_still_to_come(mine.text, denial, other) or _is_kept_english(denial, other):
            continue
        if _NOT_AS.match(mine.text, denial.start) and _COMPARES.search(other.text):
            continue
        if _IN_PARTS.match(mine.text, denial.start) and _IN_PARTS_TOO.search(other.text):
            continue
        # Who has gluten-free bread was not asked, where gluten is not named.
        if mine.text.endswith("-free", denial.start, denial.end) and denial.head not in said:
            continue
        if _is_condition(mine.text, denial) and _REQUIRED & {t.word for t in other.tokens}:
            continue
        if _has_english_fault(other, mine) or _is_english_opposite(denial, mine, other):
            continue
        if _said_english(mine, denial, said) >= _SAID_ENGLISH:
            spans = ((t.start, t.end) for t in other.tokens if t.stem == denial.head)
            yield denial, other.text[slice(*next(spans, (0, 0)))]


def _is_condition(text: str, denial: EnglishDenial) -> bool:
    """Whether a denial says what can be left out, or what can't be without it."""
    return text.startswith(("without", "not to"), denial.start) or ("without" in text[denial.end :])


def _is_still_to_come(text: str, denial: EnglishDenial, other: Facts) -> bool:
    """Whether the other speaks of the time before what has not been done: "before it ships"."""
    before = _BEFORE.search(other.text) if _NOT_YET.match(text, denial.start) else None
    return before is not None and any(
        t.stem == denial.head for t in other.tokens if t.start >= before.end()
    )


def _is_kept_english(denial: EnglishDenial, other: Facts) -> bool:
    """Whether the other keeps what is not to change: "without changing my number"."""
    return denial.head in _LEFT and any(t.word in _KEPT for t in other.tokens)


def _unwanted_english(mine: Facts, other: Facts) -> tuple[str, str] | None:
    """Return the words of both where one wants what the other does not, and all else is said."""
    not_wanted = _WANTS_NOT.search(mine.text)
    wanted = _WANTS.search(other.text) if not_wanted else None
    if not_wanted is None or wanted is None or _NOT_ENGLISH.search(other.text):
        return None
    ours, theirs = _content(mine), _content(other) - {"id"}  # I'd like
    return (not_wanted[0], wanted[0]) if ours == theirs else None


def _is_fronted(text: str, denial: EnglishDenial) -> bool:
    return any(m.start() <= denial.start < m.end() for m in _FRONTED.finditer(text))


def _only_asks(mine: Facts, other: Facts) -> bool:
    """Whether "Can't I" asks as "Can I" does: in other words, not where it is all that differs."""
    return bool(_LEADING.match(mine.text)) and _content(mine) != _content(other)


def _content(facts: Facts) -> set[str]:
    lists = words()
    return {
        t.stem
        for t in facts.tokens
        if t.word not in lists.function and t.word not in lists.negators
    }


def _said_english(mine: Facts, denial: EnglishDenial, said: set[str]) -> float:
    lists = words()
    content = {
        t.stem
        for t in mine.tokens
        if t.word not in lists.function
        and t.word not in lists.negators
        and not denial.start <= t.start < denial.end
    }
    head = 1.0 if denial.head and denial.head in said else 0.0
    share = sum(word in said for word in content) / len(content) if content else 1.0
    return max(share if denial.head in said or not denial.head else share - 0.2, (head + share) / 2)


def _has_english_fault(other: Facts, mine: Facts) -> bool:
    faults = words().english_implicit
    return bool({t.word for t in other.tokens} & faults - {t.word for t in mine.tokens})


def _is_english_opposite(denial: EnglishDenial, mine: Facts, other: Facts) -> bool:
    stems = {t.stem for t in other.tokens}
    if any(prefix + denial.head in stems for prefix in words().prefixes):
        return True
    near = [p for p in mine.poles if denial.start < p.start <= denial.end]
    # "The order has shipped": what both name is no opposite of what is denied.
    own = {(p.pair, p.side) for p in mine.poles}
    theirs = [o for o in other.poles if (o.pair, o.side) not in own]
    return any(p.pair == o.pair and p.side != o.side for p in near for o in theirs)

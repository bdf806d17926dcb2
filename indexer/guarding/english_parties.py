"""Which of two parties does it to the other in English: "my parcel went to the neighbour".

Beside the deeds of `english_directions`: whose thing comes to whom, to me or to someone else,
and who it is that cancels.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import alike, content, shared
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way, set_against
from indexer.guarding.english import stem

_SAID: Final = 0.5
# My parcel to the neighbour, and the neighbour's parcel to me.
_MINE_TO: Final = re.compile(
    r"\b(?:my|our) (?P<thing>[a-z]+) (?:[a-z']+ ){0,4}?to (?:the |my |our |a |an )?(?P<who>[a-z]+)"
)
_TO_ME: Final = re.compile(
    r"\b(?:to|with|at) (?:me|us|mine|ours)\b"
    r"|\b(?:sent|paid|gave|wired|transferred|mailed|shipped|posted) (?:me|us)\b"
)
_TO_OTHERS: Final = re.compile(
    r"\b(?:to|with) (?:the wrong [a-z]+|someone|somebody|anyone|another|others?|other people|else"
    r"|(?:a|my|the) (?:friend|colleague|coworker|neighbou?r|stranger|spouse"
    r"|partner|husband|wife))\b"
)


@needs(_TO_ME.search)
@either_way
def to_whom(mine: str, other: str) -> Pair | None:
    """Return where a thing goes to others in the one, and to me in the other."""
    me = _TO_ME.search(mine) if " m" in mine or " us" in mine else None
    if me is None or _TO_ME.search(other):
        return None
    pair = _owned(mine, other) or _given(mine, me[0], other)
    if pair:
        return pair
    return None


def _owned(mine: str, other: str) -> tuple[str, str] | None:
    for goes in _MINE_TO.finditer(other):
        owner = re.escape(goes["who"])
        own = re.search(rf"\b{owner}(?:'?s)?'? {re.escape(goes['thing'])}\b", mine)
        if own and stem(goes["who"]) != stem(goes["thing"]):
            return own[0], goes[0]
    return None


def _given(mine: str, to_me: str, other: str) -> tuple[str, str] | None:
    given = _TO_OTHERS.search(other)
    if given and not _TO_OTHERS.search(mine) and shared(mine, other) >= _SAID:
        return to_me, given[0]
    return None


_DEEDS: Final = (
    "cancel|cancelled|canceled|cancels|cancelling|refuse|refused|refuses|reject|rejected|rejects|report"
    "|reported|reports|block|blocked|blocks|sue|sued|sues|terminate|terminated|terminates|break|broke"
    "|breaks|dispute|disputed|disputes|decline|declined|declines|unfriended|complained|complains|quit"
    "|renew|renews|renewed|extend|extends|extended|end|ends|ended|default|defaults|defaulted"
)
_AUX: Final = (
    "(?:wants? to |wanted to |has |have |had |just |suddenly |already |am |is |are |was "
    "|can |could |may |might |will |would |did |do |does "
    "|(?:ca|do|does|did|wo|could|would|has|have)n't "
    "|need to |needs to |tries to |try to |must |should ){0,3}"
)
_OTHERS: Final = (
    "driver|landlord|landlady|seller|host|airline|hotel|tenant|buyer|customer|client|shop|store|company|bank"
    "|employer|boss|manager|doctor|clinic|courier|guest|vendor|merchant|restaurant|rider|passenger"
    "|player|neighbou?r|contractor|agent|insurer|school|landlords|supplier|employee|friend|someone"
)
_BY_ME: Final = re.compile(
    rf"(?<!am )(?<!was )(?<!are )(?<!were )\b(?:i|we) {_AUX}(?P<deed>{_DEEDS})\b"
    rf"|\b(?:can|could|may|should|do|did|how do) (?:i|we) (?P<asked>{_DEEDS})\b"
)
_BY_OTHERS: Final = re.compile(rf"\b(?:{_OTHERS}) {_AUX}(?P<deed>{_DEEDS})\b")
_UPON: Final = "(?: up| back| out)?(?: on| at| with| to| for)?"
_I: Final = re.compile(r"\b(?:i|we)\b")
# "can I call you", "can you call me".
_I_TO_YOU: Final = re.compile(rf"\b(?:i|we) {_AUX}(?P<deed>[a-z]+){_UPON} (?:you|them|him|her)\b")
_YOU_TO_ME: Final = re.compile(rf"\b(?:you|they|he|she) {_AUX}(?P<deed>[a-z]+){_UPON} (?:me|us)\b")
_I_DO: Final = re.compile(rf"\b(?:i|we) {_AUX}(?P<deed>[a-z]+)\b")
# "I tagged someone", "I was tagged".
_I_DO_TO: Final = re.compile(
    r"\b(?:i|we) (?P<deed>[a-z]+ed) (?:someone|somebody|another|him|her|them|an?|the|my|other)\b"
)
_I_SUFFER: Final = re.compile(
    r"\b(?:i|we)(?: was| were| got| have been|'ve been) (?P<deed>[a-z]+ed)\b"
)
_THEY_DO: Final = re.compile(rf"\b(?:the|my|our) (?P<who>[a-z]+) {_AUX}(?P<deed>[a-z]+)\b")


def _others_do(text: str) -> bool:
    return any(said.search(text) for said in (_BY_OTHERS, _YOU_TO_ME, _I_SUFFER, _THEY_DO))


@needs(_I.search, _others_do)
@either_way
def by_another_english(mine: str, other: str) -> Pair | None:
    """Return where I do what the other side does in the other text: "driver cancelled"."""
    return (
        _cancelled(mine, other)
        or _each_other(mine, other)
        or _done_to_me(mine, other)
        or _all_the_same(mine, other)
    )


def _each_other(mine: str, other: str) -> Pair | None:
    found = set_against(mine, other, _I_TO_YOU, _YOU_TO_ME)
    if found is None or stem(found.here["deed"]) != stem(found.there["deed"]):
        return None
    return found.words if shared(mine, other) >= _SAID else None


def _done_to_me(mine: str, other: str) -> Pair | None:
    me = _I_DO_TO.search(mine)
    suffered = _I_SUFFER.search(other) if me else None
    if me is None or suffered is None or stem(me["deed"]) != stem(suffered["deed"]):
        return None
    return (me[0], suffered[0]) if shared(mine, other) >= _SAID else None


def _all_the_same(mine: str, other: str) -> Pair | None:
    """Return who does it where all else that is said is the same: "I own", "the council owns"."""
    me = _I_DO.search(mine)
    if me is None:
        return None
    said = content(mine)
    for they in _THEY_DO.finditer(other):
        who = content(they["who"])
        if stem(they["deed"]) == stem(me["deed"]) and who and not who & said:
            deed = {they["deed"], me["deed"], stem(me["deed"])}
            return (me[0], they[0]) if content(other) - who - deed == said - deed else None
    return None


def _cancelled(mine: str, other: str) -> Pair | None:
    found = set_against(mine, other, _BY_ME, _BY_OTHERS)
    if found is None or shared(mine, other) < _SAID:
        return None
    mine_is = stem(found.here["deed"] or found.here["asked"])
    return found.words if mine_is == stem(found.there["deed"]) else None


_STOPS: Final = re.compile(r"\b(?:stop|stopped|stops|quit|cease) (?P<deed>[a-z]{3,}ing)\b")
_ENDING: Final = re.compile(
    r"\b(?:stop|quit|cease|cancel|end|off|disable|avoid|prevent|block|without|no|not|never"
    r"|fail[a-z]*|unable|broken|stuck)\b|n't\b|\bcan(?:no)?t\b"
)


@needs(_STOPS.search)
@either_way
def stopped(mine: str, other: str) -> Pair | None:
    """Return where the one is to stop what the other is to do: "stop forwarding my mail"."""
    stops = _STOPS.search(mine)
    if stops is None or _ENDING.search(other):
        return None
    said = stem(stops["deed"])
    if said in content(other) and len(content(other)) > 2 and alike(mine, other) >= 0.6:
        return stops[0], stops["deed"]
    return None


_UNENDING: Final = re.compile(
    r"\b(?:[a-z]+n't|not|never) (?:stop|quit) (?P<deed>[a-z]{3,}ing)\b"
    r"|\bkeeps? (?P<kept>[a-z]{3,}ing)\b"
)


@needs(_UNENDING.search)
@either_way
def unending(mine: str, other: str) -> Pair | None:
    """Return where the one never ends what the other never does: "won't stop flushing"."""
    goes_on = _UNENDING.search(mine)
    if goes_on is None or _UNENDING.search(other):
        return None
    deed = stem(goes_on["deed"] or goes_on["kept"])
    never = re.search(rf"\b(?:[a-z]+n't|not|never) {deed}[a-z]{{0,2}}\b", other)
    return (goes_on[0], never[0]) if never and shared(mine, other) >= _SAID else None


_WORKS: Final = re.compile(
    r"\b(?:works?|working|fine|ok) (?:fine |ok )?(?:only )?"
    r"(?:on|at|in|with|from) (?:the |my )?(?P<where>[a-z-]+)"
)
_FAILS: Final = re.compile(
    r"\b(?:crash(?:es|ing)?|fails?|freezes?|drops?|broken|slow"
    r"|(?:not|n't|wont|doesnt|cant) [a-z]+(?: [a-z]+)?)"
    r" (?:only )?(?:on|at|in|with|from) (?:the |my )?(?P<where>[a-z-]+)"
)


@needs(_WORKS.search)
@either_way
def fails_there(mine: str, other: str) -> Pair | None:
    """Return where it works in the one where it fails in the other: "works on wifi"."""
    works = _WORKS.search(mine)
    fails = _FAILS.search(other) if works else None
    if works is None or fails is None or works["where"] != fails["where"]:
        return None
    failing = {m["where"] for m in _FAILS.finditer(mine)}
    if works["where"] not in failing and not _WORKS.search(other):
        return works[0], fails[0]
    return None

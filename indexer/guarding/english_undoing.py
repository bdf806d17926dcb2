"""What one English text asks to do and the other to undo: "tip the driver", "take back a tip"."""

from __future__ import annotations

import re
from typing import Final

from indexer.guarding.content import content, shared
from indexer.guarding.cues import needs
from indexer.guarding.either_way import Pair, either_way

_SAID: Final = 0.5
_I_ASK: Final = (
    r"\b(?:how (?:do|can|could|should|would) (?:i|we|you)|how to|can (?:i|we|you)|i'd like to"
    r"|i (?:want|need|wish|would like) to|a way to|please|help me) "
)
_UNDO: Final = (
    "take back|take down|take off|get back|get out of|get rid of|opt out of|back out of|call off"
    "|claw back|roll back|turn off|switch off|give up|undo|reverse|retract|revoke|withdraw|void"
    "|rescind|unsend|recall|stop|cancel|remove|delete|disable|unlink|disconnect|detach|close|end"
    "|terminate|drop|reject|decline"
)
_UNDOES: Final = re.compile(rf"{_I_ASK}(?:{_UNDO})\b")
_DOES: Final = re.compile(rf"{_I_ASK}(?P<deed>[a-z]+)\b")
# What tells of something that ended or failed, or asks for no deed that could be undone.
_ELSE: Final = re.compile(
    rf"\b(?:{_UNDO}|[a-z]+n't|not|no|never|without|un[a-z]+|off|out|away|back|down|rid|lost|wrong"
    r"|mistake"
    "|failed|error|cancell?ed|stopped|removed|deleted|avoid|skip|leave|quit|refund|return|clear|erase"
    "|disable[a-z]*|deactivate|hide|block|mute|contact|know|find|see|check|change|pause|restore|recover"
    r"|refuse|resign|exit|log|sign|replace|dispute)\b"
)


def _does(text: str) -> re.Match[str] | None:
    return None if _ELSE.search(text) else _DOES.search(text)


@needs(_UNDOES.search, _DOES.search)
@either_way
def taken_back_english(mine: str, other: str) -> Pair | None:
    """Return what is to be undone in the one that the other asks to do."""
    undoes = _UNDOES.search(mine)
    does = _does(other) if undoes else None
    if undoes is None or does is None:
        return None
    rest, thing = mine[: undoes.start()] + mine[undoes.end() :], other[does.start("deed") :]
    return (undoes[0], does[0]) if content(thing) and shared(rest, thing) >= _SAID else None

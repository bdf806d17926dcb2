"""What becomes of a new row that asks the same as an entry that is there already.

Who judges is not known here: an import is given a `Screen`, and does what it advises. Nothing
is dropped silently: a row that is left out is rejected, with the entry that it resembles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from store.drafts import EntryDraft


class Fate(StrEnum):
    """What is done with a row."""

    ADD = "add"
    SKIP = "skip"
    SIMILAR = "similar"


@dataclass(frozen=True)
class Resemblance:
    """The nearest entry of a new row, by one of its questions; `score` is the cosine."""

    entry_id: int
    question: str
    score: float


@dataclass(frozen=True)
class Advice:
    """What to do with a row, and the entry because of which."""

    fate: Fate = Fate.ADD
    like: Resemblance | None = None


Screen = Callable[[Sequence[EntryDraft]], Sequence[Advice]]


def reason(like: Resemblance) -> str:
    """Return why a row was left out."""
    return (
        f"asks the same as entry {like.entry_id} '{like.question[:60]}' ({like.score:.3f});"
        " change that entry, or import with --on-duplicate add"
    )


def contradiction(like: Resemblance) -> str:
    """Return why a row could not be joined to the entry it resembles."""
    return (
        f"asks the same as entry {like.entry_id} '{like.question[:60]}' ({like.score:.3f}), but"
        " answers otherwise; correct one of them, or import with --on-duplicate add"
    )


def moved(like: Resemblance) -> str:
    """Return why a row could not be joined to the entry that it resembled."""
    return (
        f"asked the same as entry {like.entry_id} '{like.question[:60]}' ({like.score:.3f}), which"
        " another row changed to ask something else; import this one again, in a file of its own"
    )

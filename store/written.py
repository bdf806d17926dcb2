"""What an import that began with an empty collection knows to be new without looking it up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from store.text import text_hash

Key = str | bytes
_SLOTS = 1 << 24


class Written:
    """The keys of the entries written so far, by external id and by question.

    A key that is not here was not written. One that is here may share its slot with another: of a
    million, one in seventeen does, and is looked for in vain.
    """

    def __init__(self) -> None:
        self._slots = np.zeros(_SLOTS, dtype=np.bool_)

    def add(self, keys: Iterable[Key]) -> None:
        """Remember keys."""
        self._slots[_slots(list(keys))] = True

    def among(self, keys: Sequence[Key]) -> list[Key]:
        """Return those of the keys that may have been written."""
        return [keys[place] for place in np.flatnonzero(self._slots[_slots(keys)]).tolist()]


def _slots(keys: Sequence[Key]) -> NDArray[np.uint64]:
    digests = b"".join(text_hash(key) if isinstance(key, str) else key for key in keys)
    halves = np.frombuffer(digests, dtype="<u8").reshape(-1, 2)
    slots: NDArray[np.uint64] = halves[:, 0] % _SLOTS
    return slots

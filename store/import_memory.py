"""What an import remembers of its own: the entries that it saw, the keys that it wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from store.text import text_hash

Key = str | bytes
_SLOTS = 1 << 24


class Seen:
    """Entry ids that rows were already found for; one bit each, for millions of them."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, entry_id: int) -> None:
        """Remember an id."""
        byte = entry_id >> 3
        if byte >= len(self._bits):
            self._bits.extend(bytes(byte + 1 - len(self._bits) + 4096))
        self._bits[byte] |= 1 << (entry_id & 7)

    def __contains__(self, entry_id: int) -> bool:
        byte = entry_id >> 3
        return byte < len(self._bits) and bool(self._bits[byte] >> (entry_id & 7) & 1)

    def update(self, other: Seen) -> None:
        """Remember the ids that another one does."""
        longer = max(len(self._bits), len(other._bits))
        self._bits.extend(bytes(longer - len(self._bits)))
        for at, byte in enumerate(other._bits):
            self._bits[at] |= byte


class Written:
    """The keys of the entries written so far, by external id and by question.

    An import that began with an empty collection need not look for any other key.

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

"""The questions that the index of words does not have yet, kept in memory by their words.

What people write since the last reindex is few and is found at once; of a bulk import that
waits for its reindex only the newest are, and the others are counted. A tail never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from store.database import Session
from store.lexical import Indexed, count_unindexed, has_index, indexed
from store.questions import Numbers, newest_normalised
from store.tokens import Tokens, tokens

# Making their words takes some 50 ms.
MOST_ROWS = 4_000
_NOTHING = Indexed(0, 0, 0)


@dataclass(frozen=True)
class Tail:
    """The questions after `indexed.until`, at the change number `change`; `waiting` are not in."""

    change: int = -1
    indexed: Indexed = _NOTHING
    waiting: int = 0
    rows: Mapping[int, Tokens] = field(default_factory=dict)
    postings: Mapping[str, Numbers] = field(default_factory=dict)

    @property
    def documents(self) -> int:
        """How many questions can be found by words, here or in the index."""
        return self.indexed.documents + len(self.rows)

    @property
    def mean_length(self) -> float:
        """How many tokens they have on average."""
        count = self.indexed.tokens + sum(map(len, self.rows.values()))
        return count / max(self.documents, 1)

    def questions_with(self, token: str) -> Numbers:
        """Return the ids of the questions here that have the token."""
        return self.postings.get(token, np.empty(0, dtype=np.int64))

    def advanced(self, session: Session, change: int) -> Tail:
        """Return the tail as the session sees it."""
        if not has_index(session):
            return self
        now = indexed(session)
        if change == self.change and now == self.indexed:
            return self
        found = newest_normalised(session, after=now.until, limit=MOST_ROWS)
        rows = {number: self.rows.get(number) or tokens(text) for number, text in found}
        gathered: dict[str, list[int]] = {}
        for number, row in rows.items():
            for token in {*row.unigrams, *row.words}:
                gathered.setdefault(token, []).append(number)
        postings = {token: np.array(ids, dtype=np.int64) for token, ids in gathered.items()}
        waiting = count_unindexed(session) - len(rows) if len(rows) == MOST_ROWS else 0
        return Tail(change, now, waiting, rows, postings)

"""What was said about two entries, by people and by the guards, listed as a pair or not.

Of many entries that share a question not every two are listed, nor are two of one side where one
collection is compared against another. What holds of those that are, holds of these.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from indexer.duplicates.clustering import Link
from indexer.duplicates.edges import objections
from indexer.duplicates.linking import facts_key
from store.database import Session
from store.duplicate_texts import EntryFacts, read_standards
from store.models import Judgement
from store.pair_decisions import Pair


class Said:
    """Knows the decision about each two entries, and which two are in no cluster together.

    `listed` are the decisions about the pairs that were found; `apart` has those of them that
    are refused.
    """

    def __init__(
        self,
        session: Session,
        facts: Mapping[int, EntryFacts],
        decisions: Mapping[Pair, Judgement],
        listed: Mapping[Link, Judgement | None],
    ) -> None:
        self.apart: set[Link] = set()
        self._session = session
        self._facts = facts
        self._decisions = decisions
        self._listed = listed
        self._refused: dict[Link, bool] = {}
        self._texts: dict[int, str] = {}

    def of(self, first: int, second: int) -> Judgement | None:
        """Return what was decided about two entries."""
        link = (min(first, second), max(first, second))
        if link in self._listed:
            return self._listed[link]
        if not self._decisions:
            return None
        return self._decisions.get(facts_key(self._facts[first], self._facts[second]))

    def all_later(self, entries: Sequence[int]) -> bool:
        """Whether somebody put off every two of the entries."""
        pairs = itertools.combinations(entries, 2)
        return all(self.of(one, other) is Judgement.LATER for one, other in pairs)

    def __contains__(self, link: object) -> bool:
        """Whether two entries, the lower first, are in no cluster together."""
        assert isinstance(link, tuple)
        if link in self._listed:
            return link in self.apart
        if link not in self._refused:
            self._refused[link] = self._refuses(*link)
        return self._refused[link]

    def _refuses(self, first: int, second: int) -> bool:
        decision = self.of(first, second)
        if decision is not None:
            return decision is Judgement.DIFFERENT
        if self._facts[first].standard == self._facts[second].standard:
            return False
        return bool(objections(self._text(first), self._text(second)))

    def _text(self, entry: int) -> str:
        if entry not in self._texts:
            self._texts[entry] = read_standards(self._session, [entry]).get(entry, "")
        return self._texts[entry]

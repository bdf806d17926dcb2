"""Whether a new entry asks the same as one that is there, before it is stored.

What is there is read once, at the start. A pair that the guards object to, or that somebody
called different, is not the same; a score that ties goes to the older entry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from indexer.duplicates.edges import objections
from indexer.duplicates.gathering import Gathered, Numbers, gather
from indexer.duplicates.kinship import standing
from indexer.duplicates.thresholds import SURE, UNFITTED, contrast_of, floor_of, read_rule
from indexer.embedding import embed_missing, register
from indexer.encoder import Encoder, Vectors
from indexer.guards import conflicts
from store.browsing import EntryRecord, read_entries
from store.collections import find_collection
from store.database import Database
from store.drafts import EntryDraft
from store.errors import NotFoundError
from store.models import Judgement
from store.pair_decisions import Asked, Pair, all_decisions, pair_key
from store.questions import read_texts
from store.screening import Advice, Fate, Resemblance

_NEAREST = 5
# The nearest of k questions that ask something else is that much nearer for each e-fold of k:
# 0.70, 0.81 and 0.84 for 1, 30 and 110 pairs of questions of other sample entries (the nearest
# twentieth), for int8 vectors of the shipped model.
_CHANCE = 0.028
# A question that stands alone is held to be like one of the entries with several only, the best for
# it, from so far above the threshold on in its cosine with their centroid. Of the labelled queries
# that ship, beside the entries that ship, 66 % are found, 3 % are taken for another, and of those
# that nothing answers 5 % for one that is there; with 0.05 60, 2 and 2 %. By the nearest of its
# questions, from 0.03 on, it was 57, 3 and 5 %.
_BEST = 0.03
Choose = Callable[[EntryDraft, Resemblance], Fate]


@dataclass(frozen=True)
class Known:
    """What is there, and from which cosine on a question is one of it.

    An `automatic` one rises with the questions that are compared.
    """

    database: Database
    encoder: Encoder
    gathered: Gathered | None
    threshold: float
    different: frozenset[Pair]
    automatic: bool = False

    @classmethod
    def read(
        cls,
        database: Database,
        home: Path,
        encoder: Encoder,
        collection: str,
        threshold: float | None = None,
    ) -> Known:
        """Read the collection as it is now; what has no vector gets one first."""
        with database.reading() as session:
            try:
                scope = [find_collection(session, collection).id]
            except NotFoundError:  # The import will make it.
                return cls(database, encoder, None, threshold or 1.0, frozenset())
        with database.writing() as session:
            model = register(session, encoder)
        embed_missing(database, encoder, model, collection_ids=scope)
        with database.reading() as session:
            gathered = gather(session, model, collection_ids=scope)
            decisions = all_decisions(session)
        automatic = threshold is None
        if threshold is None:
            rule = read_rule(model.fingerprint, home) or UNFITTED
            threshold = rule.at(contrast_of(gathered.vectors))
        different = {pair for pair, what in decisions.items() if what is Judgement.DIFFERENT}
        return cls(database, encoder, gathered, threshold, frozenset(different), automatic)

    def nearest(self, drafts: Sequence[EntryDraft]) -> list[list[Resemblance]]:
        """Return for each draft the entries that its questions are near, the nearest first.

        None of them contradicts a draft or was called different from it. Among many questions
        something is near by chance, so an automatic threshold rises with them; a question that
        stands alone is held to be like the best entry only, and by its centroid.
        """
        asked = [
            (place, text)
            for place, draft in enumerate(drafts)
            for text in (draft.standard, *draft.similar)
        ]
        if self.gathered is None or not len(self.gathered.vectors) or not asked:
            return [[] for _ in drafts]
        vectors = self.encoder.encode([text for _, text in asked]).vectors
        floor = floor_of(self.threshold, automatic=self.automatic)
        near = _nearest_rows(self.gathered, vectors, floor)
        ids = [int(self.gathered.ids[row]) for rows in near for row, _ in rows]
        entries = {int(self.gathered.entries[row]) for rows in near for row, _ in rows}
        with self.database.reading() as session:
            texts = read_texts(session, ids)
            stored = read_entries(session, sorted(entries))
        found: list[dict[int, Resemblance]] = [{} for _ in drafts]
        for (place, text), vector, rows in zip(asked, vectors, near, strict=True):
            there = [
                (self.gathered.entries[row].item(), texts[number], score)
                for row, score in rows
                if (number := int(self.gathered.ids[row])) in texts
                and self.gathered.entries[row].item() in stored
            ]
            for entry, score in self._alike(text, drafts[place], vector, there, stored):
                known = found[place].get(entry)
                if known is None or score > known.score:
                    standard = stored[entry].draft.standard
                    found[place][entry] = Resemblance(entry, standard, round(score, 6))
        order = [sorted(one.values(), key=lambda r: (-r.score, r.entry_id)) for one in found]
        return [one[:_NEAREST] for one in order]

    def _alike(
        self,
        text: str,
        new: EntryDraft,
        vector: Vectors,
        there: Sequence[tuple[int, str, float]],
        stored: Mapping[int, EntryRecord],
    ) -> list[tuple[int, float]]:
        """Return which entries a question of a draft is near, of their questions and cosines."""
        several = {entry for entry, _, _ in there if stored[entry].draft.similar}
        beside = {} if new.similar else self._beside(vector, several)
        left = [
            (entry, score)
            for entry, known, score in there
            if score >= self.threshold or entry in beside
            if self._may_be(text, new, known, stored[entry].draft)
        ]
        among = beside.keys() & {entry for entry, _ in left}
        best = max(among, key=lambda entry: (beside[entry], -entry), default=None)
        return [
            (entry, score)
            for entry, score in left
            if entry == best or score >= self._wanted(new, stored[entry].draft)
        ]

    def _may_be(self, text: str, new: EntryDraft, known: str, there: EntryDraft) -> bool:
        """Whether nothing was said against the two questions, nor against the two entries."""
        first, second = (Asked(draft.standard, draft.answer) for draft in (new, there))
        if pair_key(first, second) in self.different:
            return False
        # "Log in" and "log out" may share a wording of their similar questions.
        opposed = objections(new.standard, there.standard, conflicts)
        return not objections(text, known) and not opposed

    def _wanted(self, new: EntryDraft, there: EntryDraft) -> float:
        """Return from which cosine on the two are near."""
        if not self.automatic:
            return self.threshold
        if there.similar and not new.similar:
            return SURE
        compared = (1 + len(there.similar)) * (1 + len(new.similar))
        return min(self.threshold + _CHANCE * math.log(compared), SURE)

    def _beside(self, vector: Vectors, entries: Set[int]) -> dict[int, float]:
        """Return those of the entries whose centroid is near enough to a question alone, each with
        the number by which a search puts them in order.
        """
        if self.gathered is None or not self.automatic:
            return {}
        found = {}
        for entry in entries:
            vectors = self.gathered.vectors[self._nodes_of(entry)].astype(np.float32)
            its = standing(vector, vectors)
            if its.centroid >= min(self.threshold + _BEST, SURE):
                found[entry] = its.number
        return found

    def _nodes_of(self, entry: int) -> Numbers:
        entries, nodes = self._by_entry
        start, end = np.searchsorted(entries, [entry, entry + 1])
        return np.unique(nodes[start:end])

    @cached_property
    def _by_entry(self) -> tuple[Numbers, Numbers]:
        assert self.gathered is not None
        order = np.argsort(self.gathered.entries, kind="stable")
        return self.gathered.entries[order], self.gathered.nodes[order]

    def screen(self, choose: Choose) -> Callable[[Sequence[EntryDraft]], list[Advice]]:
        """Return what an import asks about its new rows."""

        def advise(drafts: Sequence[EntryDraft]) -> list[Advice]:
            return [
                Advice(choose(draft, near[0]), near[0]) if near else Advice()
                for draft, near in zip(drafts, self.nearest(drafts), strict=True)
            ]

        return advise


def _nearest_rows(
    gathered: Gathered, vectors: Vectors, threshold: float
) -> list[list[tuple[int, float]]]:
    """Return for each vector its nearest rows from the threshold on, the nearest first."""
    first = np.full(len(gathered.vectors), -1, dtype=np.int64)
    first[gathered.nodes[::-1]] = np.arange(len(gathered.nodes))[::-1]
    found: list[list[tuple[int, float]]] = []
    for start in range(0, len(vectors), 256):
        scores = vectors[start : start + 256] @ gathered.vectors.astype(np.float32, copy=False).T
        for line in scores:
            near = np.flatnonzero(line >= threshold)
            near = near[np.argsort(-line[near], kind="stable")][: 4 * _NEAREST]
            found.append([(int(first[node]), min(float(line[node]), 1.0)) for node in near])
    return found

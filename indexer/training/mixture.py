"""What a training step is made of: so many pairs of each set, so many translations.

All texts are tokenised once and known by number. Drawing is seeded by the step, so a
resumed run draws what the unbroken run would have drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from tokenizers import Tokenizer

from indexer.training.corpora import Pair, Translation
from indexer.training.tokens import Ragged, tokenise

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class PairSet:
    """Labelled pairs by text number; `positive` marks those that mean the same."""

    name: str
    first: Rows
    second: Rows
    labels: NDArray[np.float32]
    positive: NDArray[np.bool_]
    per_step: int
    weight: float


@dataclass(frozen=True)
class Draw:
    """One step: rows of each set of pairs, rows of the translations, and text numbers of lines."""

    pairs: tuple[tuple[PairSet, Rows], ...]
    translations: Rows
    lines: Rows


class Mixture:
    """Every text of the training data, and the sets that refer to them."""

    def __init__(self, tokenizer: Tokenizer, limit: int) -> None:
        self._tokenizer = tokenizer
        self._limit = limit
        self._numbers: dict[str, int] = {}
        self.sets: list[PairSet] = []
        self.chinese: Rows = np.zeros(0, dtype=np.int64)
        self.english: Rows = np.zeros(0, dtype=np.int64)
        self.targets: Rows = np.zeros(0, dtype=np.int64)
        self.lines: Rows = np.zeros(0, dtype=np.int64)
        self.taught: Rows = np.zeros(0, dtype=np.int64)
        self.texts: Ragged
        self.group: Rows

    def _number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def add_pairs(
        self,
        name: str,
        pairs: list[Pair],
        *,
        positive_from: float,
        per_step: int,
        weight: float = 1.0,
    ) -> None:
        """Add a labelled set; a label of `positive_from` or more means the same question."""
        labels = np.array([pair.label for pair in pairs], dtype=np.float32)
        self.sets.append(
            PairSet(
                name,
                np.array([self._number(pair.first) for pair in pairs], dtype=np.int64),
                np.array([self._number(pair.second) for pair in pairs], dtype=np.int64),
                labels,
                labels >= positive_from,
                per_step,
                weight,
            )
        )

    def add_translations(self, rows: list[Translation], targets: Rows) -> None:
        """Add parallel sentences; `targets` says which teacher vector belongs to each."""
        self.chinese = np.array([self._number(row.chinese) for row in rows], dtype=np.int64)
        self.english = np.array([self._number(row.english) for row in rows], dtype=np.int64)
        self.targets = targets

    def add_lines(self, lines: list[str]) -> None:
        """Add unlabelled texts, which only a teacher of ours has something to say about.

        It teaches them and the texts of the pairs added before; a translation has its target.
        """
        self.lines = np.array([self._number(line) for line in lines], dtype=np.int64)
        self.taught = np.arange(len(self._numbers))

    def close(self) -> None:
        """Tokenise everything, and group the texts that positive pairs link together."""
        self.texts = tokenise(self._tokenizer, list(self._numbers), self._limit)
        links = [(s.first[s.positive], s.second[s.positive]) for s in self.sets]
        first = np.concatenate([a for a, _ in links] or [np.zeros(0, dtype=np.int64)])
        second = np.concatenate([b for _, b in links] or [np.zeros(0, dtype=np.int64)])
        n = len(self._numbers)
        graph = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(n, n))
        self.group = connected_components(graph, directed=False)[1].astype(np.int64)
        self._numbers.clear()

    def draw(self, seed: int, step: int, translations: int, lines: int) -> Draw:
        """Return the rows of a step: always the same for the same seed and step."""
        random = np.random.default_rng((seed, step))

        def rows(of: Rows, count: int) -> Rows:
            return random.integers(0, len(of), count if len(of) else 0)

        pairs = tuple((s, rows(s.first, s.per_step)) for s in self.sets)
        return Draw(pairs, rows(self.chinese, translations), self.lines[rows(self.lines, lines)])

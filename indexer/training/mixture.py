"""What a training step is made of: so many pairs of each set, translations, lines, intents.

All texts are tokenised once and known by number. Drawing is seeded by the step, so a
resumed run draws what the unbroken run would have drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from tokenizers import Tokenizer

from indexer.training.corpora import Intent, Pair, Translation
from indexer.training.neighbours import Neighbours, mistyped
from indexer.training.spoken import spoken
from indexer.training.tokens import Ragged, tokenise
from indexer.training.ways import Drawn, Groups, Ways

Rows = NDArray[np.int64]

_MISTYPED = 0.1


@dataclass(frozen=True)
class PairSet:
    """Labelled pairs by text number; `positive` marks those that mean the same.

    A step draws of `judged` ones as many as it says, of others what they ask for.
    """

    name: str
    first: Rows
    second: Rows
    labels: NDArray[np.float32]
    positive: NDArray[np.bool_]
    per_step: int
    weight: float
    judged: bool = False


@dataclass(frozen=True)
class Corner:
    """Lines that stand near each other, by place, and each of them worn down to a query."""

    lines: Neighbours
    places: Rows
    worn: Ragged


@dataclass(frozen=True)
class Draw:
    """One step: rows of each set of pairs, rows of the translations, and text numbers.

    `asked[i]` and `meant[i]` are two texts of one intent; `views` are lines twice over, each
    with other tokens left out; `corners` are to be found again among their neighbours.
    """

    pairs: tuple[tuple[PairSet, Rows], ...]
    translations: Rows
    lines: Rows
    asked: Rows
    meant: Rows
    views: tuple[Ragged, Ragged]
    corners: tuple[Corner, ...]
    ways: Drawn | None = None


@dataclass(frozen=True)
class Sizes:
    """How much of what a step draws; `thinned` is the share of tokens that a view loses.

    Of each set of pairs, a step takes the `pairs` share of what the set asks for; `judged` is how
    many of a set of judgements, in runs of `judged_in_a_row`: those of one message follow each
    other, so that what it asks is told from what was judged to be near and different.
    `neighbours` and `questions` are lines and English questions drawn `together` from corners;
    worn down, each loses up to `worn` of its tokens, and the `spoken` share of them is dressed
    in words that mean nothing. `ways` are lines of ways to ask the same, in runs of `in_a_row`.
    """

    pairs: float = 1.0
    judged: int = 0
    judged_in_a_row: int = 1
    translations: int = 0
    lines: int = 0
    intents: int = 0
    views: int = 0
    thinned: float = 0.3
    neighbours: int = 0
    questions: int = 0
    together: int = 64
    worn: float = 0.6
    spoken: float = 0.0
    ways: int = 0
    in_a_row: int = 16


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
        self.taught = 0
        self.questions: list[str] = []
        self.neighbours: Neighbours | None = None
        self.english_neighbours: Neighbours | None = None
        self._intents: Rows = np.zeros(0, dtype=np.int64)
        self._intent_starts: Rows = np.zeros(1, dtype=np.int64)
        self._ways = Groups([], self._number)
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
        judged: bool = False,
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
                judged,
            )
        )

    def add_intents(self, rows: list[Intent]) -> None:
        """Add messages by what they ask for; the name of an intent is one of its texts."""
        texts: dict[str, dict[str, None]] = {}
        for row in rows:
            texts.setdefault(row.name, {row.name: None}).setdefault(row.text)
        self._intents = np.array([self._number(t) for group in texts.values() for t in group])
        self._intent_starts = np.cumsum([0, *map(len, texts.values())])

    def add_ways(self, ways: list[Ways]) -> None:
        """Add ways to ask the same, with their near misses."""
        self._ways = Groups(ways, self._number)

    def add_translations(self, rows: list[Translation], targets: Rows) -> None:
        """Add parallel sentences; `targets` says which teacher vector belongs to each."""
        self.chinese = np.array([self._number(row.chinese) for row in rows], dtype=np.int64)
        self.english = np.array([self._number(row.english) for row in rows], dtype=np.int64)
        self.targets = targets

    def add_lines(self, lines: list[str]) -> None:
        """Add unlabelled texts, which only a teacher of ours has something to say about.

        It teaches all texts added up to now, `taught` of them; a translation has its target.
        """
        self.lines = np.array([self._number(line) for line in lines], dtype=np.int64)
        self.taught = len(self._numbers)

    def add_questions(self, texts: list[str]) -> None:
        """Add English questions, which the English encoder has something to say about."""
        self.questions = texts
        self.question_numbers = np.array([self._number(text) for text in texts], np.int64)

    @property
    def asked(self) -> Rows:
        """The numbers of the ways to ask, in the order in which they were added."""
        return self._ways.asked

    def close(self) -> None:
        """Tokenise everything, and group the texts that positive pairs link together."""
        self.texts = tokenise(self._tokenizer, list(self._numbers), self._limit)
        links = [(s.first[s.positive], s.second[s.positive]) for s in self.sets]
        links += [
            (self._intents[start:end], np.roll(self._intents[start:end], 1))
            for start, end in pairwise(self._intent_starts)
        ]
        links += self._ways.links()
        none = np.zeros(0, dtype=np.int64)
        first = np.concatenate([none, *(a for a, _ in links)])
        second = np.concatenate([none, *(b for _, b in links)])
        n = len(self._numbers)
        graph = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(n, n))
        self.group = connected_components(graph, directed=False)[1].astype(np.int64)
        self._numbers.clear()

    def draw(self, seed: int, step: int, sizes: Sizes) -> Draw:
        """Return the rows of a step: always the same for the same seed and step."""
        random = np.random.default_rng((seed, step))

        def rows(of: Rows, count: int) -> Rows:
            return random.integers(0, len(of), count if len(of) else 0)

        def runs(of: Rows, count: int, together: int) -> Rows:
            starts = random.integers(0, max(1, len(of) - together + 1), count // together)
            return (starts[:, None] + np.arange(min(together, len(of)))).ravel()

        wanted = [
            (s, sizes.judged if s.judged else round(sizes.pairs * s.per_step)) for s in self.sets
        ]
        pairs = tuple(
            (s, runs(s.first, count, sizes.judged_in_a_row if s.judged else 1))
            for s, count in wanted
            if count
        )
        translations = rows(self.chinese, sizes.translations)
        lines = self.lines[rows(self.lines, sizes.lines)]
        place = rows(self._intents, sizes.intents)
        group = np.searchsorted(self._intent_starts, place, side="right") - 1
        other = random.integers(self._intent_starts[group], self._intent_starts[group + 1])
        whole = self.texts.take(self.lines[rows(self.lines, sizes.views)])
        views = (whole.thinned(random, sizes.thinned), whole.thinned(random, sizes.thinned))
        corners = tuple(
            self._corner(random, lines_of, count, sizes)
            for lines_of, count in (
                (self.neighbours, sizes.neighbours),
                (self.english_neighbours, sizes.questions),
            )
            if lines_of and count
        )
        asked, meant = self._intents[place], self._intents[other]
        ways = (
            self._ways.draw(random, sizes.ways, sizes.in_a_row)
            if sizes.ways and len(self._ways)
            else None
        )
        return Draw(pairs, translations, lines, asked, meant, views, corners, ways)

    def _corner(
        self, random: np.random.Generator, lines: Neighbours, count: int, sizes: Sizes
    ) -> Corner:
        places = lines.draw(random, count, sizes.together)
        texts = [mistyped(lines.texts[place], random, _MISTYPED) for place in places]
        if sizes.spoken:  # else nothing is drawn, so that plans without it draw as they always did
            dressed = random.random(len(texts)) < sizes.spoken
            texts = [spoken(t, random) if d else t for t, d in zip(texts, dressed, strict=True)]
        whole = tokenise(self._tokenizer, texts, self._limit)
        return Corner(
            lines, places, whole.thinned(random, random.uniform(0, sizes.worn, len(whole)))
        )

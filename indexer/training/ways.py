"""Ways to ask the same thing, and what sounds like it but asks for something else.

Written for a recipe: questions that people put in words of their own share few with each other,
which labelled pairs, most of them alike in their words, do not teach. Lines that follow each other
are about one subject, so a step takes runs of lines: what has to be told apart is near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.errors import TrainingError
from indexer.training.corpora import read_lines

Rows = NDArray[np.int64]


class Ways(NamedTuple):
    """Texts that ask the same, in any language, and near misses, which do not."""

    asked: tuple[str, ...]
    missed: tuple[str, ...]


def read_ways(folder: Path) -> list[Ways]:
    """Read the lines of a folder's .tsv files, by name; raises TrainingError if it has none."""
    files = sorted(folder.glob("*.tsv"))
    if not files:
        raise TrainingError(f"no .tsv files of ways to ask in {folder}; mend the recipe's `ways`")
    return [ways for path in files for ways in _read(path)]


def _read(path: Path) -> Iterator[Ways]:
    """Yield `way | way TAB near miss | near miss TAB way in English | way` lines.

    Raises TrainingError for a line of another form: such files are written for this.
    """
    for number, line in enumerate(read_lines(path), 1):
        cells = [tuple(t.strip() for t in c.split("|") if t.strip()) for c in line.split("\t")]
        asked = tuple(dict.fromkeys(cells[0] + cells[-1]))
        if len(cells) != 3 or len(asked) < 2:
            raise TrainingError(
                f"{path}, line {number}: expected ways | ways TAB near misses TAB ways, two or more"
            )
        yield Ways(asked, cells[1])


@dataclass(frozen=True)
class Drawn:
    """Text numbers: `first[i]` and `second[i]` ask the same, and `missed[i]` something else.

    Where nothing sounds like it, `missed[i]` is `second[i]`.
    """

    first: Rows
    second: Rows
    missed: Rows


class Groups:
    """Ways by text number, `asked`, in the order in which they were written."""

    def __init__(self, ways: Sequence[Ways], number: Callable[[str], int]) -> None:
        self.asked = np.array([number(t) for way in ways for t in way.asked], dtype=np.int64)
        self._starts = np.cumsum([0, *(len(way.asked) for way in ways)])
        self._missed = np.array([number(t) for way in ways for t in way.missed], dtype=np.int64)
        self._missed_starts = np.cumsum([0, *(len(way.missed) for way in ways)])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def links(self) -> list[tuple[Rows, Rows]]:
        """Return texts that ask the same, each beside the next."""
        groups = [self.asked[start:end] for start, end in pairwise(self._starts)]
        return [(group, np.roll(group, 1)) for group in groups]

    def draw(self, random: np.random.Generator, count: int, together: int) -> Drawn:
        """Return two ways of about `count` lines, twice over, taken in runs of `together`."""
        seeds = random.integers(0, len(self), max(1, count // together))
        lines = np.unique((seeds[:, None] + np.arange(together)) % len(self))
        lines = np.concatenate([lines, lines])
        start, several = self._starts[lines], self._starts[lines + 1] - self._starts[lines]
        first = random.integers(0, several)
        second = (first + 1 + random.integers(0, several - 1)) % several
        misses = self._missed_starts[lines + 1] - self._missed_starts[lines]
        missed = self.asked[start + second]
        some = misses > 0
        place = self._missed_starts[lines[some]] + random.integers(0, misses[some])
        missed[some] = self._missed[place]
        return Drawn(self.asked[start + first], self.asked[start + second], missed)

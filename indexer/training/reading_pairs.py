"""What the second reading of the guards learns from: pairs, and how much they ask the same.

Written contrasts, ways to ask and their near misses, judgements, labelled pairs, and texts beside
themselves with a slip or a greeting.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from indexer.errors import TrainingError
from indexer.training.corpora import read_lines, read_pairs
from indexer.training.judged import read_judged
from indexer.training.reader import Tuning
from indexer.training.recipe import made, read_table
from indexer.training.slips import Slips
from indexer.training.spoken import spoken
from indexer.training.ways import Ways, read_ways
from store.text import normalise

T = TypeVar("T")

_MOST_CHARACTERS = 60
_HELD_OUT_EVERY = 10


@dataclass(frozen=True)
class Judgements:
    """How many judgements of a kind are drawn, and how much the two texts of one ask the same."""

    most: int
    same: float


@dataclass(frozen=True)
class Plan:
    """What is learned from, and how; `units` are those of the two hidden layers.

    Files are found from the data folder, those whose path begins with "../" from the recipe.
    """

    contrasts: str
    ways: str
    lines: str
    judged: str
    pairs: tuple[str, ...]
    dev: str
    different: Judgements
    near: Judgements
    same: Judgements
    tuning: Tuning
    contrasts_weight: float
    misses_each: int
    ways_share: float
    pairs_each: int
    slips: int
    units: tuple[int, int]
    epochs: int
    batch: int
    rate: float
    seed: int = 1

    @classmethod
    def read(cls, recipe: Path, data: Path) -> Plan:
        """Read a recipe, its paths made whole; TrainingError names what is strange or lacks."""

        def whole(path: str) -> str:
            return str((recipe.parent if path.startswith("../") else data) / path)

        table = read_table(recipe)
        kinds = {
            name: made(Judgements, table.pop(name, {}), name)
            for name in ("different", "near", "same")
        }
        tuning = made(Tuning, table.pop("tuning", {}), "tuning")
        plan = made(cls, {**table, **kinds, "tuning": tuning}, "second reading")
        return replace(
            plan,
            contrasts=whole(plan.contrasts),
            ways=whole(plan.ways),
            lines=whole(plan.lines),
            judged=whole(plan.judged),
            dev=whole(plan.dev),
            pairs=tuple(map(whole, plan.pairs)),
        )


class Sample(NamedTuple):
    """Two texts, and how much they ask the same (0 to 1)."""

    first: str
    second: str
    same: float


def read_contrasts(folder: Path) -> tuple[list[Sample], list[Sample]]:
    """Read `opposite or same TAB text TAB text` lines of a folder: most of them, and every tenth.

    Raises TrainingError for a line of another form: such files are written for this.
    """
    files = sorted(folder.glob("*.tsv"))
    if not files:
        raise TrainingError(f"no .tsv files of contrasts in {folder}; mend the recipe")
    # In their normal form before they are parted, so that none is in both parts.
    found = _short(sample for path in files for sample in _contrasts(path))
    held = found[::_HELD_OUT_EVERY]
    known = {frozenset((one.first, one.second)) for one in held}
    return [s for s in found if frozenset((s.first, s.second)) not in known], held


def _contrasts(path: Path) -> Iterator[Sample]:
    labels = {"opposite": 0.0, "same": 1.0}
    for number, line in enumerate(read_lines(path), 1):
        cells = line.split("\t")
        if len(cells) != 3 or cells[0] not in labels:
            raise TrainingError(
                f"{path}, line {number}: expected opposite or same TAB text TAB text"
            )
        yield Sample(cells[1], cells[2], labels[cells[0]])


def read_labelled(file: Path) -> list[Sample]:
    """Read a file of labelled pairs, all of it."""
    return _short(Sample(p.first, p.second, float(p.label > 0)) for p in read_pairs(file))


def read_others(plan: Plan, random: np.random.Generator) -> list[Sample]:
    """Draw all that is learned from beside the contrasts."""
    return _short(_others(plan, random))


def _others(plan: Plan, random: np.random.Generator) -> Iterator[Sample]:
    ways = read_ways(Path(plan.ways))
    yield from _of_ways(ways, plan, random)
    lines = list(read_lines(Path(plan.lines)))
    texts = itertools.chain(lines, (t for way in ways for t in (*way.asked, *way.missed)))
    judged = read_judged(Path(plan.judged), texts)
    for label, kind in enumerate((plan.different, plan.near, plan.same)):
        of_kind = [pair for pair in judged if pair.label == label]
        for pair in _some(of_kind, kind.most, random):
            yield Sample(pair.first, pair.second, kind.same)
    for file in plan.pairs:
        for pair in _some(read_pairs(Path(file)), plan.pairs_each, random):
            yield Sample(pair.first, pair.second, float(pair.label > 0))
    slips = Slips(lines)
    for text in _some(lines, plan.slips, random):
        if len(text) > 4:
            yield Sample(text, _as_typed(text, slips, random), 1.0)


def _of_ways(ways: Sequence[Ways], plan: Plan, random: np.random.Generator) -> Iterator[Sample]:
    for way in ways:
        for missed in _some(way.missed, plan.misses_each, random):
            yield Sample(way.asked[int(random.integers(len(way.asked)))], missed, 0.0)
        if random.random() < plan.ways_share:
            first, second = _some(way.asked, 2, random)
            yield Sample(first, second, 1.0)


def _as_typed(text: str, slips: Slips, random: np.random.Generator) -> str:
    """Return a text as people say it, or with a slip of the hand."""
    return spoken(text, random) if random.random() < 0.4 else slips.of(text, random)


def _some(from_: Sequence[T], most: int, random: np.random.Generator) -> list[T]:
    places = random.permutation(len(from_))[:most]
    return [from_[int(place)] for place in places]


def _short(samples: Iterable[Sample]) -> list[Sample]:
    """Return the samples in normal form, as the guards read them, without long and equal ones."""
    found = []
    for one in samples:
        first, second = normalise(one.first), normalise(one.second)
        short = max(len(first), len(second)) <= _MOST_CHARACTERS or first.isascii()
        if short and first and second and first != second:
            found.append(Sample(first, second, one.same))
    return found

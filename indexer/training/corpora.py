"""Reading training text: labelled pairs, parallel sentences, glosses and plain lines.

All files are UTF-8, one record a line, plain or gzipped. A line that has not the columns
it should have is skipped and counted, never guessed at.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from indexer.errors import TrainingError


class Pair(NamedTuple):
    """Two texts and how alike they are: larger is more alike; only the order matters."""

    first: str
    second: str
    label: float


class Translation(NamedTuple):
    """A Chinese text and what it says in English."""

    chinese: str
    english: str


class Intent(NamedTuple):
    """A message and the name of what its writer wants."""

    text: str
    name: str


@dataclass(frozen=True)
class Limits:
    """Which parallel sentences are short enough to be worth their time, in characters."""

    chinese: int = 48
    english: int = 200


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file, gzipped or not, without their ends."""
    if not path.exists():
        raise TrainingError(f"no file {path}; check its name, or --data if a recipe names it")
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as lines
        ):
            for line in lines:
                yield line.rstrip("\r\n")
    except OSError as error:
        raise TrainingError(f"cannot read {path} ({error.strerror or error}); check it") from error
    except (EOFError, zlib.error, UnicodeDecodeError) as error:
        raise TrainingError(f"cannot read {path} ({error}); save it as UTF-8 text") from error


def read_pairs(path: Path) -> list[Pair]:
    """Read `text TAB text TAB number` lines; lines of another form are skipped.

    Raises TrainingError if no line has that form.
    """
    pairs = []
    for line in read_lines(path):
        cells = line.split("\t")
        if len(cells) < 3 or not cells[0].strip() or not cells[1].strip():
            continue
        try:
            pairs.append(Pair(cells[0].strip(), cells[1].strip(), float(cells[2])))
        except ValueError:
            continue
    if not pairs:
        raise TrainingError(f"no pairs in {path}; expected lines of text TAB text TAB number")
    return pairs


def consistent(pairs: list[Pair]) -> list[Pair]:
    """Drop repeats, pairs of a text with itself, and pairs labelled in two ways."""
    labels: dict[tuple[str, str], set[float]] = {}
    for pair in pairs:
        key = (min(pair[:2]), max(pair[:2]))
        labels.setdefault(key, set()).add(pair.label)
    return [
        Pair(*key, values.pop())
        for key, values in labels.items()
        if len(values) == 1 and key[0] != key[1]
    ]


def read_translations(paths: list[Path], limits: Limits | None) -> list[Translation]:
    """Read `Chinese TAB English` lines, without repeats; too long ones are left out."""
    seen: dict[Translation, None] = {}
    for path in paths:
        for line in read_lines(path):
            cells = line.split("\t")
            if len(cells) < 2:
                continue
            row = Translation(cells[0].strip(), cells[1].strip())
            if not row.chinese or not row.english:
                continue
            if limits and not (
                1 < len(row.chinese) <= limits.chinese and len(row.english) <= limits.english
            ):
                continue
            seen.setdefault(row)
    return list(seen)


def read_intents(path: Path) -> list[Intent]:
    """Read `text TAB intent` lines; lines of another form are skipped."""
    rows = [line.split("\t") for line in read_lines(path)]
    found = [Intent(r[0].strip(), r[1].strip()) for r in rows if len(r) > 1]
    return [row for row in found if row.text and row.name]


def read_questions(path: Path) -> list[str]:
    """Read texts from pairs, of which both sides count, or the questions of a FAQ in JSONL."""
    if ".jsonl" in path.name:
        return [str(json.loads(line)["question"]).strip() for line in read_lines(path)]
    return [text for pair in read_pairs(path) for text in pair[:2]]

"""Judgements about real texts, told without them: each text is named by a key.

The texts may not be shipped with the judgements; whoever has them trains on both. A line is the
key of a message, and of each text that it was compared with, its key and what was judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from indexer.errors import TrainingError
from indexer.training.corpora import Pair, read_lines

# Among a million texts, two share a key of six bytes once in five hundred times.
_KEY_BYTES = 6


def key_of(text: str) -> str:
    """Return what stands for a text: 12 hexadecimal digits of BLAKE2b over its UTF-8 form."""
    return blake2b(text.strip().encode(), digest_size=_KEY_BYTES).hexdigest()


def read_judged(path: Path, texts: Iterable[str]) -> list[Pair]:
    """Read `key TAB key:label TAB key:label ...` lines, the keys being those of `texts`.

    What is about other texts is left out; TrainingError if nothing remains.
    """
    lines = [line.split("\t") for line in read_lines(path)]
    wanted = {cell[: 2 * _KEY_BYTES] for line in lines for cell in line}
    known = {key: text.strip() for text in texts if (key := key_of(text)) in wanted}
    pairs = list(_pairs(path, lines, known))
    if not pairs:
        raise TrainingError(f"{path} judges none of the texts of this recipe; mend its sources")
    return pairs


def _pairs(path: Path, lines: Iterable[list[str]], known: dict[str, str]) -> Iterator[Pair]:
    for number, (message, *others) in enumerate(lines, 1):
        for other in others:
            key, _, label = other.partition(":")
            try:
                value = float(label)
            except ValueError as error:
                raise TrainingError(
                    f"{path}, line {number}: expected key TAB key:label, not '{other[:40]}'"
                ) from error
            if message in known and key in known:
                yield Pair(known[message], known[key], value)

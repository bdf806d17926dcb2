"""What every reader gives: rows with their headers, from a file of known format and encoding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

# What our own exports put before the name of a column that is to be kept as it is.
EXACT = ("json:", "extra:")

# How well headers are understood: 0 where none of them is a question column.
Score = Callable[[Sequence[str]], int]


class RawRow(NamedTuple):
    """One row as the file has it; `fault` says why it can't be used, where it can't."""

    line: int
    headers: tuple[str, ...]
    values: Sequence[Any]
    fault: str = ""

    def whole(self) -> dict[str, Any]:
        """Return everything the row holds, by header; surplus cells under `cell N`."""
        surplus = range(len(self.headers) + 1, len(self.values) + 1)
        names = (*self.headers, *(f"cell {number}" for number in surplus))
        return dict(zip(names, self.values, strict=False))


@dataclass(frozen=True)
class Opened:
    """An open file: what it is, and its rows, which can be read once.

    `headers` are the column names, of a JSON file the keys of its first rows. `done` returns
    the share of the file read so far. `tabular` says that cells are text to be split.
    """

    format: str
    encoding: str
    headers: tuple[str, ...]
    rows: Iterator[RawRow]
    done: Callable[[], float]
    tabular: bool
    close: Callable[[], None]


def unique(headers: Sequence[Any]) -> tuple[str, ...]:
    """Return the headers as text, empty ones named by position, repeated ones numbered."""
    seen: dict[str, int] = {}
    names = []
    for position, header in enumerate(headers, 1):
        name = "" if header is None else str(header)
        if not name.startswith(EXACT):
            name = name.strip()
        name = name or f"column {position}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)

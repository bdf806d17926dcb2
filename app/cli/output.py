"""How commands speak: results on stdout, everything else on stderr.

With `--json` a command prints exactly one JSON document on stdout; tables, hints and
progress never mix with it. Stored text is printed as text, never as rich markup.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as RichTask
from rich.table import Table
from rich.text import Text

Report = Callable[[int, int | None], None]
_PLAIN_EVERY_SECONDS = 5.0


# Stored text could move the cursor, clear the screen or name the window of whoever reads it.
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "�")


def _shown(text: str) -> str:
    return text.translate(_CONTROLS).encode("utf-8", "replace").decode()


def out() -> Console:
    """The console for results; made anew because tests swap sys.stdout."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def err() -> Console:
    """The console for everything that is not a result."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print one line of result, as text."""
    out().print(Text(_shown(text)))


def hint(text: str) -> None:
    """Print one line for the person only, dimmed, on stderr."""
    err().print(Text(_shown(text), style="dim"))


def fail(text: str) -> None:
    """Print one red line on stderr."""
    err().print(Text(_shown(" ".join(text.split())), style="red"))


def emit(document: object) -> None:
    """Print one JSON document on stdout, non-ASCII text readable.

    A file name that is no text has halves of characters, which stay JSON's own escapes.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print a table on stdout; numbers are set flush right."""
    grid = Table(title=Text(title) if title else None, title_justify="left", header_style="bold")
    cells = [list(row) for row in rows]
    for position, header in enumerate(headers):
        numeric = bool(cells) and all(isinstance(row[position], int | float) for row in cells)
        grid.add_column(header, justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        grid.add_row(*(Text(_shown(_cell(value))) for value in row))
    console = out()
    # Piped into a file there is no width to fit, and a fold would cut words for nothing.
    console.print(grid, width=None if sys.stdout.isatty() else max(console.width, 160))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


class _RateColumn(ProgressColumn):
    def render(self, task: RichTask) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")


@contextmanager
def progress(label: str) -> Iterator[Report]:
    """Yield a function (done, total) that draws a bar with rate and ETA on stderr.

    Where stderr is no terminal it writes a plain line every five seconds instead.
    """
    if not sys.stderr.isatty():
        yield _plain_lines(label)
        return
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(),
        console=err(),
        transient=True,
    )
    tasks: list[TaskID] = []

    def report(done: int, total: int | None) -> None:
        if not tasks:
            tasks.append(bar.add_task(label, total=total))
        bar.update(tasks[0], completed=done, total=total)

    with bar:
        yield report


def _plain_lines(label: str) -> Report:
    started = last = time.monotonic()

    def report(done: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _PLAIN_EVERY_SECONDS:
            return
        last = now
        rate = done / (now - started)
        left = f", {(total - done) / rate:,.0f} s left" if total and rate else ""
        of = f" of {total:,}" if total else ""
        sys.stderr.write(f"{label}: {done:,}{of}, {rate:,.0f}/s{left}\n")
        sys.stderr.flush()

    return report

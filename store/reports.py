"""What an import is told and what it says: options, progress, report and preview.

Counts are rows of the files, so that they add up to what was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from store.drafts import EntryDraft


@dataclass(frozen=True)
class ImportOptions:
    """How to import; `mapping` is field -> header in the file, and wins over recognition.

    `replace` also removes the entries that the files lack, and empties what they do not say.
    `by` is who imports, for the history; `on_duplicate` says which screen is asked, and `asks`
    that it is a person, who may say something else the next time.
    """

    collection: str
    mode: Literal["append", "replace"] = "append"
    mapping: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    recognise_others: bool = True
    by: str = ""
    on_duplicate: str = ""
    asks: bool = False


@dataclass(frozen=True)
class Progress:
    """Rows read so far, and how many there will be, estimated; None before that is known."""

    done: int
    total: int | None


@dataclass(frozen=True)
class FileReport:
    """What a file was found to be; `columns` maps its headers to fields."""

    name: str
    format: str
    encoding: str
    columns: Mapping[str, str]
    read: int


@dataclass(frozen=True)
class ImportReport:
    """What became of every row; `removed` counts entries, not rows."""

    files: tuple[FileReport, ...]
    read: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    removed: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """The start of a file as it would be imported, and what is wrong with it."""

    format: str
    encoding: str
    headers: tuple[str, ...]
    mapping: Mapping[str, str]
    rows: tuple[EntryDraft, ...]
    problems: tuple[str, ...]

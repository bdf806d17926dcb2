"""From the rows of a file to the entries they describe, each with what it is found by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from store.columns import Layout, layout
from store.columns import fold as fold_header
from store.drafts import EntryDraft, digest, validate
from store.errors import StoreError
from store.files import RawRow
from store.reports import ImportOptions
from store.rows import draft_of
from store.text import fold

_LAYOUTS = 1000  # sets of JSON keys to remember


class Row(NamedTuple):
    """A row that describes an entry; `key` is what its entry is found by."""

    raw: RawRow
    layout: Layout
    draft: EntryDraft
    key: str | bytes
    content_hash: bytes


class Refused(NamedTuple):
    """A row that can't be imported, and why."""

    raw: RawRow
    reason: str


Parsed = Row | Refused


class Layouts:
    """What the columns of a file's rows mean; JSON rows need not all have the same."""

    def __init__(self, options: ImportOptions) -> None:
        self._options = options
        self._known: dict[tuple[str, ...], Layout] = {}

    def of(self, headers: tuple[str, ...]) -> Layout:
        """Return the layout of a row with these headers."""
        return self._known.get(headers) or self._learn(headers)

    def _learn(self, headers: tuple[str, ...]) -> Layout:
        # A JSON row need not have every key that the mapping names.
        there = {*headers, *map(fold_header, headers)}
        present = {
            name: header
            for name, header in self._options.mapping.items()
            if header in there or fold_header(header) in there
        }
        columns = layout(headers, present, recognise_others=self._options.recognise_others)
        if len(self._known) < _LAYOUTS:
            self._known[headers] = columns
        return columns


def parse(rows: Iterable[RawRow], options: ImportOptions, *, tabular: bool) -> Iterator[Parsed]:
    """Yield, for each row, the entry it describes or the reason why it describes none."""
    layouts = Layouts(options)
    before: Row | None = None
    for raw in rows:
        try:
            if raw.fault:
                raise StoreError(raw.fault)
            columns = layouts.of(raw.headers)
            draft = draft_of(columns, raw.values, tabular=tabular)
            validate(draft)
            content_hash = digest(draft)
        except StoreError as error:
            yield Refused(raw, str(error))
            continue
        if columns.joins and before and draft.answer and draft.answer == before.draft.answer:
            key = before.key
        else:
            key = draft.external_id or fold(draft.standard).normalised_hash
        before = Row(raw, columns, draft, key, content_hash)
        yield before

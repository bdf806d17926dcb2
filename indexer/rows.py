"""What an index knows of its rows beside their vectors, as arrays.

Row numbers are those of the vector index. A filter is array work here, done before the
nearest rows are chosen, so that no query has to ask the database which rows it may see.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.errors import IndexerError
from indexer.vector_index import Mask
from store.models import Kind, Status
from store.questions import QuestionRow

# The codes in the files; only ever add to the end.
_KINDS = (Kind.STANDARD, Kind.SIMILAR, Kind.NEGATIVE)
_STATUSES = (Status.DRAFT, Status.ACTIVE, Status.ARCHIVED)

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_ALWAYS = np.iinfo(np.int64)


@dataclass(frozen=True)
class RowFilter:
    """Which rows a search may see; `at` None leaves validity unchecked.

    A row needs one of the collections (None: any), the category, and every one of the tags.
    """

    collection_ids: frozenset[int] | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = (Status.ACTIVE,)
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Rows:
    """One element, or line, for each row; `tag_rows[i]` has the tag `tag_codes[i]`.

    `starts` and `ends` are microseconds since 1970 between which the entry is valid.
    """

    ids: NDArray[np.int64]
    entries: NDArray[np.int64]
    collections: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    statuses: NDArray[np.uint8]
    categories: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    tag_rows: NDArray[np.int64]
    tag_codes: NDArray[np.int64]
    category_names: tuple[str, ...]
    tag_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def per_entry(self) -> float:
        """How many rows an entry has, in the mean; each entry has one standard question."""
        entries = int(np.count_nonzero(self.kinds == _KINDS.index(Kind.STANDARD)))
        return len(self) / max(entries, 1)

    def kind(self, row: int) -> Kind:
        """Return what the question of a row is to its entry."""
        return _KINDS[self.kinds[row]]

    def where(self, wanted: RowFilter) -> Mask:
        """Return a flag for each row: whether the filter lets it through."""
        codes = [_STATUSES.index(status) for status in wanted.statuses]
        mask: Mask = np.isin(self.statuses, codes)
        if wanted.collection_ids is not None:
            mask &= np.isin(self.collections, list(wanted.collection_ids))
        if wanted.category is not None:
            mask &= self.categories == _code(self.category_names, wanted.category)
        for tag in wanted.tags:
            tagged = np.zeros(len(self), dtype=np.bool_)
            tagged[self.tag_rows[self.tag_codes == _code(self.tag_names, tag)]] = True
            mask &= tagged
        return self.valid(mask, wanted.at) if wanted.at is not None else mask

    def valid(self, mask: Mask, at: dt.datetime) -> Mask:
        """Return the flags without the rows whose entry is not valid at that moment."""
        if not len(self.limited):
            return mask
        now, mask = _microseconds(at), mask.copy()
        mask[self.limited] &= (self.starts[self.limited] <= now) & (now < self.ends[self.limited])
        return mask

    @cached_property
    def limited(self) -> NDArray[np.int64]:
        """The rows whose entries are not valid for ever; mostly there are few."""
        return np.flatnonzero((self.starts != _ALWAYS.min) | (self.ends != _ALWAYS.max))

    def find(self, question_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each question, -1 where it has none."""
        if not len(self):
            return np.full(len(question_ids), -1, dtype=np.int64)
        # Rows are in the order of their ids. Where none is missing, each is where it must be;
        # looking for thousands among a million takes a twentieth of a search.
        places = np.clip(question_ids - self.ids[0], 0, len(self) - 1)
        there = self.ids[places] == question_ids
        if not there.all():
            places = np.minimum(np.searchsorted(self.ids, question_ids), len(self) - 1)
            there = self.ids[places] == question_ids
        return np.where(there, places, -1)

    def updated(self, questions: Sequence[QuestionRow]) -> Rows:
        """Return these rows with what is said of some of their questions said anew."""
        places = self.find(np.array([q.id for q in questions], dtype=np.int64))
        builder = RowsBuilder(self.category_names, self.tag_names)
        builder.add(questions)
        new = builder.finish()
        changed: dict[str, Any] = {}
        for name in ("kinds", "statuses", "categories", "starts", "ends"):
            changed[name] = getattr(self, name).copy()
            changed[name][places] = getattr(new, name)
        touched = np.zeros(len(self), dtype=np.bool_)
        touched[places] = True
        kept = ~touched[self.tag_rows]
        return replace(
            self,
            **changed,
            tag_rows=np.concatenate([self.tag_rows[kept], places[new.tag_rows]]),
            tag_codes=np.concatenate([self.tag_codes[kept], new.tag_codes]),
            category_names=new.category_names,
            tag_names=new.tag_names,
        )

    def to_bytes(self) -> bytes:
        """Return the content of a rows file."""
        names = json.dumps([self.category_names, self.tag_names]).encode()
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, names=np.frombuffer(names, dtype=np.uint8), **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Rows:
        """Return the rows in the content of a rows file; IndexerError where it is none."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                categories, tags = json.loads(file["names"].tobytes())
                arrays = {name: file[name] for name in _ARRAYS}
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise IndexerError("the rows file is damaged; run `tongwen reindex`") from error
        return cls(**arrays, category_names=tuple(categories), tag_names=tuple(tags))


_ARRAYS = (
    *("ids", "entries", "collections", "kinds", "statuses", "categories"),
    *("starts", "ends", "tag_rows", "tag_codes"),
)


class RowsBuilder:
    """Collects questions, in the order of their vectors, into `Rows`."""

    def __init__(self, categories: Iterable[str] = (), tags: Iterable[str] = ()) -> None:
        self._numbers: list[NDArray[np.int64]] = []
        self._tag_pairs: list[tuple[int, int]] = []
        self._categories = {name: code for code, name in enumerate(categories)}
        self._tags = {name: code for code, name in enumerate(tags)}
        self._count = 0

    def add(self, questions: Sequence[QuestionRow]) -> None:
        """Add questions, by rising id."""
        if not questions:
            return
        self._numbers.append(np.array([self._row(q) for q in questions], dtype=np.int64))
        for row, question in enumerate(questions, self._count):
            for tag in question.tags:
                self._tag_pairs.append((row, self._tags.setdefault(tag, len(self._tags))))
        self._count += len(questions)

    def _row(self, question: QuestionRow) -> tuple[int, ...]:
        start, end = question.valid_from, question.valid_until
        return (
            question.id,
            question.entry_id,
            question.collection_id,
            _KINDS.index(question.kind),
            _STATUSES.index(question.status),
            self._categories.setdefault(question.category, len(self._categories)),
            _ALWAYS.min if start is None else _microseconds(start),
            _ALWAYS.max if end is None else _microseconds(end),
        )

    def finish(self) -> Rows:
        """Return everything that was added."""
        table = np.concatenate(self._numbers or [np.empty((0, 8), dtype=np.int64)]).T.copy()
        pairs = np.array(self._tag_pairs, dtype=np.int64).reshape(-1, 2)
        return Rows(
            ids=table[0],
            entries=table[1],
            collections=table[2],
            kinds=table[3].astype(np.uint8),
            statuses=table[4].astype(np.uint8),
            categories=table[5],
            starts=table[6],
            ends=table[7],
            tag_rows=pairs[:, 0].copy(),
            tag_codes=pairs[:, 1].copy(),
            category_names=tuple(self._categories),
            tag_names=tuple(self._tags),
        )


def _code(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else -1


def _microseconds(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)

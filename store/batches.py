"""One batch of rows against the database: what is new, what changed, what is the same.

Entries are found by external id, else by the normal form of the standard question; of
several with the same question, one that says just what the row says is taken. Reading is a
few queries for the whole batch, and an unchanged entry is known by its digest alone.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from store.browsing import read_entries
from store.changes import next_change
from store.chunks import chunks
from store.drafts import EntryDraft, digest, validate
from store.errors import StoreError
from store.files import RawRow
from store.history import Change, collection_name, record
from store.import_memory import Key, Seen, Written
from store.joining import join_rows
from store.merging import join, overlay
from store.models import Action, Entry, Kind, Question
from store.parsing import Row
from store.scratch import Scratch
from store.screening import Advice, Fate
from store.text import fold
from store.writing import Rewrite, insert_entries, rewrite_entries

# Made once: a large import asks this thousands of times.
_BY_QUESTION = (
    select(Question.normalised_hash, Entry.id, Entry.content_hash)
    .join(Entry, Entry.id == Question.entry_id)
    .where(
        Question.collection_id == bindparam("collection"),
        Question.normalised_hash.in_(bindparam("hashes", expanding=True)),
        Question.kind == Kind.STANDARD,
    )
    .order_by(Entry.id)
)


class Stored(NamedTuple):
    """What is known of a stored entry without reading it."""

    id: int
    content_hash: bytes


@dataclass
class Counts:
    """What became of rows; `added` counts those that made a new entry."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def add(self, other: Counts) -> None:
        """Add the counts of another batch."""
        self.added += other.added
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.rejected += other.rejected


@dataclass(slots=True)
class _Group:
    """The rows of one batch that speak of one entry; `again` if an earlier batch did too."""

    rows: list[Row]
    stored: Stored | None = None
    again: bool = False


class BatchWriter:
    """Writes the batches of one file into one collection, or into a `scratch` of its base."""

    def __init__(
        self,
        collection_id: int,
        *,
        replace: bool,
        reject: Callable[[RawRow, str], None],
        scratch: Scratch | None = None,
    ) -> None:
        self._refused: set[int] = set()
        self.seen = Seen()
        self._collection_id = collection_id
        self._replace = replace
        self._reject = reject
        self._scratch = scratch

    def new(
        self, session: Session, rows: Sequence[Row], written: Written | None = None
    ) -> dict[Key, EntryDraft]:
        """Return what the rows would add to the base as it is, by key; changes nothing."""
        found = self._find(session, rows, written)
        drafts: dict[Key, EntryDraft] = {}
        for row in rows:
            if row.key in found:
                continue
            # A further row that contradicts is refused once it is written.
            with contextlib.suppress(StoreError):
                known = drafts.get(row.key)
                drafts[row.key] = join(known, row.draft) if known else row.draft
        return drafts

    def write(
        self,
        session: Session,
        rows: Sequence[Row],
        written: Written | None = None,
        advice: Mapping[Key, Advice] | None = None,
    ) -> Counts:
        """Bring the rows into the database and say what became of them.

        `written`: the keys of everything that is in the collection, where that is known;
        `advice`: what is to become of new entries, by key.
        """
        counts = Counts()
        self._refused.clear()
        groups = self._match(rows, self._find(session, rows, written), counts)
        there = [group.stored.id for group in groups if group.stored]
        self._take(session, there)
        old = read_entries(session, there)
        new: list[tuple[EntryDraft, bytes]] = []
        fresh: list[tuple[_Group, Counts]] = []
        rewrites: list[Rewrite] = []
        for group in groups:
            if group.stored is None:
                own = Counts() if advice else counts
                new.append(self._new(group, own))
                fresh.append((group, own))
                continue
            before = old[group.stored.id].draft
            after = self._changed(group, before, counts)
            if after is not None:
                rewrites.append(Rewrite(group.stored.id, before, after))
        if rewrites:
            rewrite_entries(session, self._collection_id, rewrites, next_change(session))
            self._remember(session, rewrites)
        if advice and new:  # after the rewrites: what a row joins may be one of those
            new = self._screened(session, advice, fresh, new)
            for _, own in fresh:
                counts.add(own)
        drafts, hashes = [draft for draft, _ in new], [content_hash for _, content_hash in new]
        if new:
            change = next_change(session)
            for entry_id in insert_entries(session, self._collection_id, drafts, hashes, change):
                self.seen.add(entry_id)
        if written:
            written.add(_keys([*drafts, *(one.new for one in rewrites)]))
        return counts

    def _screened(
        self,
        session: Session,
        advice: Mapping[Key, Advice],
        fresh: Sequence[tuple[_Group, Counts]],
        new: Sequence[tuple[EntryDraft, bytes]],
    ) -> list[tuple[EntryDraft, bytes]]:
        """Return those of the new entries that are let in; recounts the others' rows."""
        kept, advised = [], []
        likes = [one.like for one in advice.values() if one.fate is Fate.SIMILAR]
        self._take(session, [one.entry_id for one in likes if one])
        for one, (group, own) in zip(new, fresh, strict=True):
            said = advice.get(group.rows[0].key, Advice())
            if said.fate is Fate.ADD:
                kept.append(one)
                continue
            advised.append(said)
            rows = [row.raw for row in group.rows if id(row.raw) not in self._refused]
            joined = join_rows(session, one[0], rows, said, self._reject)
            own.added = 0
            own.updated, own.unchanged = joined
            own.rejected += len(rows) - sum(joined)
        # What an entry took in is part of what the files hold.
        for said in advised:
            if said.like is not None:
                self.seen.add(said.like.entry_id)
        return kept

    def _take(self, session: Session, entry_ids: Sequence[int]) -> None:
        if self._scratch:
            self._scratch.take(session, self._collection_id, entry_ids)

    def _remember(self, session: Session, rewrites: Sequence[Rewrite]) -> None:
        name = collection_name(session, self._collection_id)
        changes = [Change(one.entry_id, name, Action.IMPORT, one.old, one.new) for one in rewrites]
        record(session, changes)

    def _find(
        self, session: Session, rows: Sequence[Row], written: Written | None
    ) -> dict[str | bytes, list[Stored]]:
        """Return the stored entries that each key of the batch may mean, oldest first."""
        keys = list(dict.fromkeys(row.key for row in rows))
        if written:
            keys = written.among(keys)
        found = self._look_up(session, keys)
        if self._scratch:
            for key, several in self._look_up(self._scratch.base, keys).items():
                if left := [one for one in several if one.id not in self._scratch.taken]:
                    found[key] = sorted(found[key] + left)
        return found

    def _look_up(self, session: Session, keys: Sequence[Key]) -> dict[Key, list[Stored]]:
        found: dict[Key, list[Stored]] = defaultdict(list)
        mine = Entry.collection_id == self._collection_id
        for part in chunks([key for key in keys if isinstance(key, str)]):
            named = select(Entry.external_id, Entry.id, Entry.content_hash)
            for key, entry_id, known in session.execute(
                named.where(mine, Entry.external_id.in_(part))
            ):
                found[key or ""].append(Stored(entry_id, known))
        # In the order of the index, each part reads only its own stretch of it.
        for asked in chunks(sorted(key for key in keys if isinstance(key, bytes))):
            values = {"collection": self._collection_id, "hashes": asked}
            for question, entry_id, known in session.connection().execute(_BY_QUESTION, values):
                found[question].append(Stored(entry_id, known))
        return found

    def _match(
        self, rows: Sequence[Row], found: dict[str | bytes, list[Stored]], counts: Counts
    ) -> list[_Group]:
        """Give every row to a group, except those that a digest shows to be unchanged."""
        groups: list[_Group] = []
        by_key: dict[str | bytes, _Group] = {}
        by_entry: dict[int, _Group] = {}
        for row in rows:
            candidates = found.get(row.key, ())
            if not candidates and row.key not in by_key:
                by_key[row.key] = only = _Group([row])
                groups.append(only)
                continue
            same = next((one for one in candidates if one.content_hash == row.content_hash), None)
            if same and same.id not in by_entry:
                self.seen.add(same.id)
                counts.unchanged += 1
                continue
            group = by_key.get(row.key)
            fresh = next((one for one in candidates if one.id not in self.seen), None)
            repeats = group is not None and any(
                row.content_hash == other.content_hash for other in group.rows
            )
            if group is None or (fresh and not repeats):
                stored = fresh or next(iter(candidates), None)
                group = by_entry.get(stored.id) if stored else None
                if group is None:
                    group = _Group([], stored, again=stored is not None and fresh is None)
                    groups.append(group)
                    if stored:
                        by_entry[stored.id] = group
                        self.seen.add(stored.id)
                by_key[row.key] = group
            group.rows.append(row)
        return groups

    def _new(self, group: _Group, counts: Counts) -> tuple[EntryDraft, bytes]:
        first, *rest = group.rows
        counts.added += 1
        if not rest:
            return first.draft, first.content_hash
        draft, effects = self._join(first.draft, rest, counts)
        counts.updated += sum(effects)
        counts.unchanged += len(effects) - sum(effects)
        return draft, digest(draft) if any(effects) else first.content_hash

    def _changed(self, group: _Group, before: EntryDraft, counts: Counts) -> EntryDraft | None:
        """Return what a stored entry becomes, None where it stays; counts the group's rows."""
        after, rest = before, group.rows
        effects = []
        if not group.again:
            first, *rest = group.rows
            after = self._first(before, first)
            try:
                validate(after)  # the stored half and the given half may not go together
            except StoreError as error:
                self._reject(first.raw, str(error))
                counts.rejected += 1
                after = before
            else:
                effects = [after != before]
        after, added = self._join(after, rest, counts)
        effects += added
        same = group.stored is not None and digest(after) == group.stored.content_hash
        counts.updated += 0 if same else sum(effects)
        counts.unchanged += len(effects) if same else len(effects) - sum(effects)
        return None if same else after

    def _first(self, before: EntryDraft, row: Row) -> EntryDraft:
        if self._replace:
            return replace(row.draft, external_id=row.draft.external_id or before.external_id)
        return overlay(before, row.draft, row.layout)

    def _join(
        self, draft: EntryDraft, rows: Sequence[Row], counts: Counts
    ) -> tuple[EntryDraft, list[bool]]:
        """Join further rows; returns for each accepted one whether it added something."""
        effects = []
        for row in rows:
            try:
                joined = join(draft, row.draft)
                validate(joined)
            except StoreError as error:
                self._reject(row.raw, str(error))
                self._refused.add(id(row.raw))
                counts.rejected += 1
                continue
            effects.append(joined != draft)
            draft = joined
        return draft, effects


def _keys(drafts: Iterable[EntryDraft]) -> Iterator[Key]:
    """Yield what a later row may find each entry by."""
    for draft in drafts:
        yield fold(draft.standard).normalised_hash
        if draft.external_id is not None:
            yield draft.external_id

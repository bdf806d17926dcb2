"""Merging with the guards asked first: what contradicts is not made one by oversight."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.duplicates.edges import objections
from indexer.errors import IndexerError
from indexer.guards import conflicts
from store.browsing import read_entries
from store.database import Session
from store.entry_merges import MergeRecord, merge_entries


class OpposedError(IndexerError):
    """Entries whose questions look alike and contradict each other."""


def merge_checked(
    session: Session, kept_id: int, other_ids: Sequence[int], *, despite: bool = False
) -> MergeRecord:
    """Merge entries into the kept one, unless their standard questions contradict.

    `despite`: a person has seen that, and wants it all the same.
    """
    if not despite:
        stored = read_entries(session, [kept_id, *other_ids])
        kept = stored.get(kept_id)
        for number in other_ids:
            other = stored.get(number)
            if kept is None or other is None or number == kept_id:
                continue
            found = objections(kept.draft.standard, other.draft.standard, conflicts)
            if found:
                raise OpposedError(
                    f"entries {kept_id} and {number} differ in '{found[0].asked}' and"
                    f" '{found[0].found}'; mark them as different, or merge them all the same"
                    " with --despite-conflicts"
                )
    return merge_entries(session, kept_id, other_ids)

"""Entries merged into one, and taken apart again to the byte.

The others become similar questions of the one that is kept, and are gone; all that they were
stands in the merge's row. Undoing brings them back under their own ids and times, as long as
the kept entry says what the merge made of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.browsing import EntryRecord, read_entries
from store.changes import next_change
from store.collections import find_collection
from store.drafts import EntryDraft, answers, digest, validate
from store.entries import check_free
from store.errors import NotFoundError, StoreError
from store.history import Change, gone, record
from store.models import Action, Entry, EntryMerge, Judgement, Status, utc_now
from store.pair_decisions import Asked, decide, find_decision, forget, pair_key
from store.snapshots import draft_from_json, draft_to_json
from store.text import normalise
from store.writing import Rewrite, bury_entries, place_entries, rewrite_entries


@dataclass(frozen=True)
class MergeRecord:
    """A merge; `absorbed` are the ids of the entries that went into the kept one."""

    id: int
    kept_id: int
    absorbed: tuple[int, ...]
    questions: tuple[str, ...]
    by: str
    merged_at: dt.datetime
    undone_at: dt.datetime | None
    undone_by: str | None


def merge_entries(session: Session, kept_id: int, other_ids: Sequence[int]) -> MergeRecord:
    """Merge the others into one entry, which keeps its answer, or takes theirs if it has none."""
    others = [number for number in dict.fromkeys(other_ids) if number != kept_id]
    if not others:
        raise StoreError(f"nothing to merge into entry {kept_id}; name another entry")
    stored = read_entries(session, [kept_id, *others])
    missing = [number for number in (kept_id, *others) if number not in stored]
    if missing:
        raise NotFoundError(f"no entry {missing[0]}; it may have been merged or deleted meanwhile")
    kept, absorbed = stored[kept_id], [stored[number] for number in others]
    drafts = [one.draft for one in absorbed]
    check_answers_on(kept.draft, drafts)
    merged = absorb(kept.draft, drafts)
    validate(merged)
    pairs = _pairs(kept.draft, drafts)
    decided = [_decided(session, *pair) for pair in pairs]
    snapshots = [_snapshot(one) for one in (kept, *absorbed)]
    change = next_change(session)
    bury_entries(session, others, change)
    owner = find_collection(session, kept.collection).id
    rewrite_entries(session, owner, [Rewrite(kept_id, kept.draft, merged)], change)
    record(session, gone(absorbed, Action.MERGED))
    record(session, [Change(kept_id, kept.collection, Action.MERGE, kept.draft, merged)])
    decide(session, pairs, Judgement.DUPLICATE)
    row = EntryMerge(
        kept_id=kept_id,
        entries=snapshots,
        decided=decided,
        made=draft_to_json(merged),
        by=str(session.info.get("by", "")),
    )
    session.add(row)
    session.flush()
    return _record(row)


def absorb(kept: EntryDraft, others: Sequence[EntryDraft]) -> EntryDraft:
    """Return what the kept entry says afterwards: every question once, by its normal form."""
    known = {normalise(text) for text in (kept.standard, *kept.similar)}
    similar, negative = list(kept.similar), list(kept.negative)
    answer = kept.answer
    category, tags = kept.category, list(kept.tags)
    for other in others:
        answer = answer or other.answer
        for text in (other.standard, *other.similar):
            if normalise(text) not in known:
                known.add(normalise(text))
                similar.append(text)
        negative += [text for text in other.negative if text not in negative]
        category = category or other.category
        tags += [tag for tag in other.tags if tag not in tags]
    for text in negative:
        if normalise(text) in known:
            raise StoreError(
                f"'{text[:40]}' is a question of one entry and a negative question of the other;"
                " correct one of them, then merge"
            )
    return replace(
        kept,
        answer=answer,
        similar=tuple(similar),
        negative=tuple(negative),
        category=category,
        tags=tuple(tags),
    )


def _made(row: EntryMerge, drafts: Sequence[EntryDraft]) -> EntryDraft:
    """Return what the kept entry said after the merge."""
    if row.made is not None:
        return draft_from_json(row.made)
    first = drafts[0]  # Merges that did not keep it took over neither tags nor categories.
    return replace(absorb(first, drafts[1:]), category=first.category, tags=first.tags)


def check_answers_on(kept: EntryDraft, others: Sequence[EntryDraft]) -> None:
    """Refuse to hide what answers today behind an entry that does not."""
    now = utc_now()
    lively = next((other for other in others if answers(other, now)), None)
    if lively is not None and not answers(kept, now):
        why = kept.status if kept.status is not Status.ACTIVE else "not valid today"
        raise StoreError(
            f"'{kept.standard[:40]}' is {why}, and '{lively.standard[:40]}' would answer"
            " nobody any more; keep the active one, or make the other active first"
        )


def undo_merge(session: Session, merge_id: int) -> MergeRecord:
    """Bring everything back that the merge changed, decisions included."""
    row = session.get(EntryMerge, merge_id)
    if row is None:
        raise NotFoundError(f"no merge {merge_id}; `tongwen duplicates merges` lists them")
    if row.undone_at is not None:
        raise StoreError(f"merge {merge_id} is undone already")
    kept = read_entries(session, [row.kept_id]).get(row.kept_id)
    snapshots = [draft_from_json(one["draft"]) for one in row.entries]
    if kept is None or kept.draft != _made(row, snapshots):
        raise StoreError(
            f"entry {row.kept_id} was changed after merge {merge_id}; restore what the merge made"
            f" of it (`tongwen history {row.kept_id}` shows its revision), then undo"
        )
    first, *others = row.entries
    back = read_entries(session, [one["id"] for one in others])
    if back:
        raise StoreError(
            f"entry {min(back)} is back already; restore entry {row.kept_id} to what it said before"
            f" merge {merge_id} (`tongwen history {row.kept_id}` shows its revision)"
        )
    change = next_change(session)
    before = snapshots[0]
    owner = find_collection(session, kept.collection).id
    rewrite_entries(session, owner, [Rewrite(kept.id, kept.draft, before)], change)
    for one, draft in zip(others, snapshots[1:], strict=True):
        _revive(session, one, draft, change)
    session.execute(update(Entry).where(Entry.id == kept.id).values(_stamp(first)))
    changes = [Change(kept.id, kept.collection, Action.UNMERGE, kept.draft, before)]
    for one, draft in zip(others, snapshots[1:], strict=True):
        changes.append(Change(one["id"], one["collection"], Action.UNMERGE, None, draft))
    record(session, changes)
    _take_back(session, row, snapshots)
    row.undone_at, row.undone_by = utc_now(), str(session.info.get("by", ""))
    session.flush()
    session.expire_all()
    return _record(row)


def list_merges(session: Session, *, limit: int = 100) -> list[MergeRecord]:
    """Return merges, the newest first."""
    return [
        _record(row)
        for row in session.scalars(select(EntryMerge).order_by(EntryMerge.id.desc()).limit(limit))
    ]


def _snapshot(entry: EntryRecord) -> dict[str, Any]:
    return {
        "id": entry.id,
        "collection": entry.collection,
        "created_at": entry.created_at.isoformat(),
        "updated_at": entry.updated_at.isoformat(),
        "revision": entry.revision,
        "draft": draft_to_json(entry.draft),
    }


def _stamp(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {
        "created_at": dt.datetime.fromisoformat(snapshot["created_at"]),
        "updated_at": dt.datetime.fromisoformat(snapshot["updated_at"]),
        "revision": snapshot["revision"],
    }


def _revive(session: Session, snapshot: dict[str, Any], draft: EntryDraft, change: int) -> None:
    owner = find_collection(session, snapshot["collection"]).id
    check_free(session, owner, draft.external_id)
    stamp = _stamp(snapshot)
    stamps = [(stamp["created_at"], stamp["updated_at"], stamp["revision"])]
    place_entries(session, owner, [snapshot["id"]], [draft], [digest(draft)], stamps, change)


def _pairs(kept: EntryDraft, others: Sequence[EntryDraft]) -> list[tuple[Asked, Asked]]:
    first = Asked(kept.standard, kept.answer)
    return [(first, Asked(other.standard, other.answer)) for other in others]


def _decided(session: Session, first: Asked, second: Asked) -> list[Any] | None:
    """Return what was decided about a pair before: what, by whom, when, in which words; or None."""
    known = find_decision(session, pair_key(first, second))
    if known is None:
        return None
    when = known.decided_at.isoformat()
    return [known.decision, known.by, when, known.first, known.second]


def _take_back(session: Session, row: EntryMerge, drafts: Sequence[EntryDraft]) -> None:
    for pair, before in zip(_pairs(drafts[0], drafts[1:]), row.decided, strict=True):
        if before is None:
            forget(session, [pair_key(*pair)])
        else:
            what, by, when, *texts = before  # Older merges did not keep the words.
            asked = [Asked(text, one.answer) for text, one in zip(texts, pair, strict=False)]
            first, second = asked or pair
            at = dt.datetime.fromisoformat(when)
            decide(session, [(first, second)], Judgement(what), by=by, decided_at=at)


def _record(row: EntryMerge) -> MergeRecord:
    first, *others = row.entries
    return MergeRecord(
        id=row.id,
        kept_id=row.kept_id,
        absorbed=tuple(one["id"] for one in others),
        questions=tuple(one["draft"]["standard"] for one in (first, *others)),
        by=row.by,
        merged_at=row.merged_at,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )

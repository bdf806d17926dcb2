"""What the log tells, gathered once for the page and the command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from app.home import Home
from app.settings import days_kept
from store.insights import (
    CollectionUse,
    Counts,
    Lines,
    TopQuestion,
    collections_compared,
    counts_by_day,
    expiring_entries,
    never_hit,
    top_questions,
)
from store.query_log import days_ago
from store.unanswered import PoorQuery, poor_queries

_RECENT_DAYS = 7


@dataclass(frozen=True)
class Insights:
    """What was asked in some days, and what of the base was of use; lists are cut at a limit."""

    days: Mapping[dt.date, Counts]
    total: Counts
    top: tuple[TopQuestion, ...]
    poor: tuple[PoorQuery, ...]
    never_hit: Lines
    expiring: Lines
    collections: tuple[CollectionUse, ...]


def gather(home: Home, days: int, *, limit: int = 20) -> Insights:
    """Return what the last days tell; a day is one of this machine's time zone."""
    since = days_ago(days_kept(days))
    zone = dt.datetime.now().astimezone().tzinfo
    with home.database.reading() as session:
        by_day = counts_by_day(session, since, zone)
        recent = days_ago(_RECENT_DAYS)
        return Insights(
            days=by_day,
            total=sum(by_day.values(), Counts()),
            top=tuple(top_questions(session, since, limit)),
            poor=tuple(poor_queries(session, since=since, recent_since=recent, limit=limit)),
            never_hit=never_hit(session, since, limit),
            expiring=expiring_entries(session, limit=limit),
            collections=tuple(collections_compared(session, since)),
        )


def share(part: int, whole: int) -> float | None:
    """Return the share, None of nothing."""
    return part / whole if whole else None

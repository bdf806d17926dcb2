"""Unanswered queries put together by meaning, those of most visits first.

A query joins the first group whose leading query it is near to and not in conflict with; the
leader is the one asked most. So a group never drifts: every member is near its leader.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.encoder import Encoder
from indexer.guards import conflicts
from store.database import Database
from store.query_log import days_ago
from store.unanswered import PoorQuery, poor_queries

RECENT_DAYS = 7
NEAR = 0.75
MOST = 1000  # different queries, those asked most


@dataclass(frozen=True)
class Unanswered:
    """Queries that mean the same; the first one leads.

    `recent` of the `asked` were asked in the last seven days, over which `trend` is told:
    new, up, down or level, against the days before.
    """

    queries: tuple[PoorQuery, ...]
    asked: int
    askers: int
    recent: int
    unhelpful: int
    last_asked: dt.datetime
    trend: str

    @property
    def lead(self) -> str:
        """The query that stands for all of them."""
        return self.queries[0].query


def read_poor(database: Database, days: int, most: int = MOST) -> list[PoorQuery]:
    """Return what was asked in the last days and not answered well, what most visits asked."""
    with database.reading() as session:
        return poor_queries(
            session,
            since=days_ago(days),
            recent_since=days_ago(RECENT_DAYS),
            limit=most,
        )


def group_queries(
    encoder: Encoder, poor: Sequence[PoorQuery], *, days: int, near: float = NEAR
) -> list[Unanswered]:
    """Return the groups, those that most visits asked first."""
    poor = [one for one in poor if one.query.strip()]
    if not poor:
        return []
    vectors = encoder.encode([one.query for one in poor]).vectors
    leaders: list[int] = []
    members: list[list[PoorQuery]] = []
    for row, one in enumerate(poor):
        scores = vectors[leaders] @ vectors[row] if leaders else np.empty(0, dtype=np.float32)
        near_ones = [place for place in np.argsort(-scores, kind="stable") if scores[place] >= near]
        for place in near_ones:
            if not conflicts(one.query, members[place][0].query):
                members[place].append(one)
                break
        else:
            leaders.append(row)
            members.append([one])
    groups = [_group(queries, days) for queries in members]
    return sorted(groups, key=lambda group: (-group.askers, -group.asked))


def _group(queries: Sequence[PoorQuery], days: int) -> Unanswered:
    asked, recent = sum(one.asked for one in queries), sum(one.recent for one in queries)
    return Unanswered(
        queries=tuple(queries),
        asked=asked,
        askers=sum(one.askers for one in queries),
        recent=recent,
        unhelpful=sum(one.unhelpful for one in queries),
        last_asked=max(one.last_asked for one in queries),
        trend=trend_of(recent, asked - recent, days),
    )


def trend_of(recent: int, before: int, days: int) -> str:
    """Return whether a question is asked more or less a day than before the last seven days."""
    if days <= RECENT_DAYS:
        return "level"  # nothing is known of before
    if not before:
        return "new"
    now, then = recent / RECENT_DAYS, before / (days - RECENT_DAYS)
    # A fifth more or less is chance more often than change.
    return "up" if now > 1.2 * then else "down" if now < 0.8 * then else "level"

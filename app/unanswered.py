"""Unanswered queries as people meet them: grouped by meaning, with the entries nearest to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from app.home import Home, load_encoder
from app.settings import days_kept
from store.builds import live_build

if TYPE_CHECKING:
    from indexer.encoder import Encoder
    from indexer.search import Hit, Searcher
    from indexer.unanswered import Unanswered

NEAREST = 3


def unanswered(
    home: Home, days: int, load: Callable[[str], Encoder] | None = None, most: int | None = None
) -> list[Unanswered]:
    """Return what was asked in the last days and not answered well, most visits first."""
    from indexer.unanswered import MOST, group_queries, read_poor

    days = days_kept(days)
    poor = read_poor(home.database, days, most or MOST)
    if not poor:
        return []
    return group_queries((load or load_encoder)(answering_model(home)), poor, days=days)


def answering_model(home: Home) -> str:
    """Return the name of the model that answers, or would."""
    from indexer.loading import name_now

    with home.database.reading() as session:
        live = live_build(session)
    return name_now(live.model) if live else home.model_to_index()


def nearest(searcher: Searcher, query: str) -> Sequence[Hit]:
    """Return the entries nearest to a query; it is not logged as asked."""
    return searcher.search(query, k=NEAREST).hits


def unanswered_document(group: Unanswered, hits: Sequence[Hit]) -> dict[str, Any]:
    """Return a group in the shape that `--json` promises."""
    return {
        "query": group.lead,
        "asked": group.asked,
        "askers": group.askers,
        "last_7_days": group.recent,
        "before": group.asked - group.recent,
        "trend": group.trend,
        "unhelpful": group.unhelpful,
        "last_asked": group.last_asked.isoformat(),
        "queries": [
            {"query": one.query, "asked": one.asked, "askers": one.askers} for one in group.queries
        ],
        "nearest": [
            {
                "entry_id": hit.entry_id,
                "external_id": hit.external_id,
                "collection": hit.collection,
                "question": hit.question,
                "score": hit.score,
            }
            for hit in hits
        ],
    }

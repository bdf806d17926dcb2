"""What is kept of a search: the command and the page both call this after they have answered.

Keeping it never fails a search and hardly slows one: a locked or read-only database costs a
line in the log of the home, nothing else.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from app.home import Home
from app.settings import Settings
from store.errors import StoreError
from store.query_log import Asked, log_query, set_feedback

if TYPE_CHECKING:
    from indexer.search import Filters, SearchResult

_PATIENCE_MS = 1000
_log = logging.getLogger(__name__)


def remember(
    home: Home,
    settings: Settings,
    result: SearchResult,
    filters: Filters,
    *,
    source: str,
    asker: str | None = None,
) -> int | None:
    """Log a search and return the number of its row; None where it is not logged."""
    if not settings.query_log:
        return None
    best = result.hits[0] if result.hits else None
    asked = Asked(
        query=result.query,
        source=source,
        mode=str(result.mode),
        model=result.model,
        build_id=result.build,
        took_ms=result.took.total_ms,
        verdict=str(result.verdict),
        score=best.score if best else None,
        entry_id=best.entry_id if best else None,
        collection=", ".join(filters.collections)[:200] or None,
        asker=asker,
        topic=result.is_choice,
    )
    try:
        with home.database.writing(patience_ms=_PATIENCE_MS) as session:
            return log_query(session, asked, keep_days=settings.query_log_days)
    except StoreError as error:
        _log.warning("the query was answered but not logged: %s", error)
        return None


def give_feedback(home: Home, query_id: int, helpful: bool | None) -> None:
    """Keep whether the answer to a logged query helped."""
    with home.database.writing() as session:
        set_feedback(session, query_id, helpful)

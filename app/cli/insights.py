"""`tongwen insights`: what the log of queries tells about the base."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any

import typer

from app.cli import options
from app.cli.output import emit, say, table
from app.insights import Insights, gather, share
from app.settings import days_kept
from store.insights import Counts

group = typer.Typer()


@group.command()
def insights(
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Over the last days.")] = 30,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How long lists may be.")] = 20,
    as_json: options.Json = False,
) -> None:
    """Say what people ask, how much of it is answered, and which entries are of no use."""
    days = days_kept(days)
    with options.opened() as home:
        found = gather(home, days, limit=limit)
    if as_json:
        emit({"days": days, **_document(found)})
        return
    _show(found, days)


def _show(found: Insights, days: int) -> None:
    total = found.total
    table(
        (f"last {days} days", ""),
        [
            ("queries", f"{total.asked:,}"),
            ("answered", _percent(share(total.answered, total.asked))),
            ("helpful", _percent(share(total.helpful, total.helpful + total.unhelpful))),
            ("entries never hit", f"{found.never_hit.count:,}"),
            ("entries expiring in 30 days", f"{found.expiring.count:,}"),
        ],
    )
    lists: list[tuple[tuple[str, ...], list[tuple[object, ...]]]] = [
        (
            ("top questions", "visits", "asked", "verdict"),
            [(one.query, one.askers, one.asked, one.verdict) for one in found.top],
        ),
        (
            ("top unanswered", "visits", "asked"),
            [(one.query, one.askers, one.asked) for one in found.poor],
        ),
        (
            ("never hit", "collection", "question"),
            [(str(one.id), one.collection, one.question) for one in found.never_hit.entries],
        ),
        (
            ("collection", "entries", "asked", "answered"),
            [
                (
                    one.name,
                    one.entries,
                    one.counts.asked,
                    _percent(share(one.counts.answered, one.counts.asked)),
                )
                for one in found.collections
            ],
        ),
    ]
    for headers, rows in lists:
        if rows:
            table(headers, rows)
    if not total.asked:
        say(f"nothing was asked in the last {days} days")


@group.command()
def expiring(
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Within so many days.")] = 30,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How long the list may be.")] = 100,
    as_json: options.Json = False,
) -> None:
    """List the entries that stop answering soon, the first to go first."""
    from store.insights import expiring_entries

    with options.opened() as home, home.database.reading() as session:
        found = expiring_entries(session, days, limit)
    if as_json:
        emit(
            {"days": days, "entries": [asdict(one) for one in found.entries], "count": found.count}
        )
    elif found.count:
        table(
            ("entry", "collection", "question", "valid until"),
            [
                (str(one.id), one.collection, one.question, _last_day(one.valid_until))
                for one in found.entries
            ],
        )
    else:
        say(f"no entry expires within {days} days")


def _last_day(end: dt.datetime | None) -> dt.datetime | str | None:
    """Return the last day of validity where it ends with a day, else the moment."""
    if end is None or end.time() != dt.time():
        return end
    return f"{end - dt.timedelta(days=1):%Y-%m-%d}"


def _document(found: Insights) -> dict[str, Any]:
    return {
        "total": _counts(found.total),
        "queries_a_day": [
            {"day": day.isoformat(), **_counts(counts)} for day, counts in found.days.items()
        ],
        "top_questions": [asdict(one) for one in found.top],
        "top_unanswered": [asdict(one) for one in found.poor],
        "never_hit": {
            "count": found.never_hit.count,
            "entries": [asdict(one) for one in found.never_hit.entries],
        },
        "expiring": [asdict(one) for one in found.expiring.entries],
        "expiring_count": found.expiring.count,
        "collections": [
            {"name": one.name, "entries": one.entries, **_counts(one.counts)}
            for one in found.collections
        ],
    }


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        **asdict(counts),
        "unanswered": counts.unanswered,
        "answered_share": share(counts.answered, counts.asked),
        "helpful_share": share(counts.helpful, counts.helpful + counts.unhelpful),
    }


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"

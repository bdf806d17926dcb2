"""Hit tests as people meet them: run here or by a worker, kept, written to a file, compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.home import Home, load_encoder
from indexer.requests import HITTEST, HitTestRequest
from store.files.aside import aside
from store.files.workbook import Sheet, write_sheets
from store.hit_tests import HitTestRecord, find_hit_test, read_hit_test
from store.jobs import JobRecord, enqueue
from store.tables_out import write_table

if TYPE_CHECKING:
    from indexer.hit_figures import Difference, QueryOutcome
    from indexer.saved_tests import Kept

HEADERS = (
    "query",
    "expected",
    "rank",
    "score",
    "verdict",
    "confidence",
    "right",
    "found_id",
    "found_question",
    "found_entry",
    "missing",
    "took_ms",
)


def test_here(
    home: Home, request: HitTestRequest, progress: Callable[[int, int], None] | None = None
) -> Kept:
    """Run a hit test in this process and keep it."""
    from indexer.saved_tests import run_and_keep

    return run_and_keep(home.database, home.folder, load_encoder, request, progress=progress)


def enqueue_test(home: Home, request: HitTestRequest) -> JobRecord:
    """Ask some worker to run a hit test; a file that can't be read is said now."""
    from indexer.saved_tests import read_queries

    with home.database.reading() as session:
        read_queries(session, request)
    with home.database.writing() as session:
        return enqueue(session, HITTEST, request.as_parameters())


def write_results(out: Path, record: HitTestRecord, tested: Sequence[QueryOutcome]) -> None:
    """Write a run to a file: an .xlsx has a summary beside the queries."""
    rows = [_cells(one) for one in tested]
    if out.suffix.lower() != ".xlsx":
        write_table(out, HEADERS, rows)
        return
    summary = [(name, _cell(value)) for name, value in summary_of(record).items()]
    with aside(out) as path:
        write_sheets(
            path, [Sheet("results", HEADERS, rows), Sheet("summary", ("name", "value"), summary)]
        )


def summary_of(record: HitTestRecord) -> dict[str, Any]:
    """Return all that is known of a run, flat."""
    return {
        "run": record.id,
        "name": record.name,
        "created_at": record.created_at.isoformat(),
        "model": record.model,
        "fingerprint": record.fingerprint,
        "build": record.build_id,
        **record.settings,
        **record.figures,
    }


def read_run(home: Home, number: int) -> tuple[HitTestRecord, list[QueryOutcome]]:
    """Return a kept run and its queries."""
    from indexer.saved_tests import tested_of

    with home.database.reading() as session:
        return find_hit_test(session, number), [
            tested_of(row) for row in read_hit_test(session, number)
        ]


def tested_document(one: QueryOutcome) -> dict[str, Any]:
    """Return a query of a run in the shape that `--json` promises."""
    return {**dataclasses.asdict(one), "right": one.right}


def difference_document(difference: Difference) -> dict[str, Any]:
    """Return the difference of two runs in the shape that `--json` promises."""

    def changes(found: Sequence[Any]) -> list[dict[str, Any]]:
        return [
            {
                "query": change.query,
                "before": tested_document(change.before),
                "after": tested_document(change.after),
            }
            for change in found
        ]

    return {
        "better": changes(difference.better),
        "worse": changes(difference.worse),
        "same": difference.same,
        "only_before": difference.only_before,
        "only_after": difference.only_after,
        "figures": {
            name: {"before": before, "after": after, "difference": _minus(after, before)}
            for name, (before, after) in difference.figures.items()
        },
    }


def _minus(after: float | int | None, before: float | int | None) -> float | int | None:
    return None if after is None or before is None else after - before


def _cells(one: QueryOutcome) -> list[str | float | None]:
    return [
        one.query,
        "|".join(one.expected),
        one.rank,
        one.score,
        one.verdict,
        one.confidence,
        "yes" if one.right else "no",
        one.external_id,
        one.question,
        one.entry_id,
        "|".join(one.missing),
        one.took_ms,
    ]


def _cell(value: Any) -> str | float | None:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return ", ".join(map(str, value))

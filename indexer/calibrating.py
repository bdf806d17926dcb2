"""From labelled queries to thresholds that every later search goes by."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.calibration import Fitted, Observation, accuracy, fit
from indexer.encoder import Encoder, Progress
from indexer.errors import IndexerError
from indexer.hit_test import ready
from indexer.judging import evidence
from indexer.labelled import Labelled, resolve
from indexer.search import JUDGED, Filters, SearchResult
from indexer.verdicts import NUMBER, Thresholds
from store.calibrations import CalibrationRecord, save_calibration
from store.collections import find_collection
from store.database import Database, Session
from store.models import utc_now


@dataclass(frozen=True)
class Asked:
    """What the queries met, and under which model and thresholds."""

    observations: tuple[Observation, ...]
    missing: tuple[str, ...]
    fingerprint: str
    model: str
    build_id: int
    before: Thresholds


def ask_all(
    database: Database,
    home: Path,
    load_encoder: Callable[[str], Encoder],
    queries: Mapping[str, Sequence[Labelled]],
    progress: Progress | None = None,
) -> Asked:
    """Ask labelled queries, each within the collection it is listed under; "" is all of them."""
    texts = list({query.query: None for part in queries.values() for query in part})
    with database.reading() as session:
        within = {n: [find_collection(session, n).id] if n else None for n in queries}
    searcher, prepared = ready(database, home, load_encoder, texts)
    observations: list[Observation] = []
    missing: list[str] = []
    result: SearchResult | None = None
    for collection, part in queries.items():
        filters = Filters(collections=(collection,) if collection else ())
        with database.reading() as session:
            expected = resolve(session, part, within[collection])
        for query, wanted in zip(part, expected, strict=True):
            missing += wanted.missing
            if query.answerable and not wanted.entry_ids:
                continue  # what it expects is not here, so nothing that is found can be right
            result = searcher.search(query.query, k=JUDGED, filters=filters)
            hits = result.hits
            observations.append(
                Observation(
                    evidence(query.query, hits, result.conflicts),
                    answerable=query.answerable,
                    right=bool(hits) and hits[0].entry_id in wanted.entry_ids,
                )
            )
            if progress:
                progress(len(observations), sum(map(len, queries.values())))
    if missing and not any(one.answerable for one in observations):
        raise IndexerError(
            f"the base has none of the expected ids ({', '.join(sorted(set(missing))[:5])});"
            " give queries of this base or another --collection"
        )
    if result is None:
        raise IndexerError(
            "no labelled queries to calibrate with; decide about unanswered ones or give a file"
        )
    return Asked(
        tuple(observations),
        tuple(sorted(set(missing))),
        prepared[-1].fingerprint,
        result.model,
        result.build,
        result.thresholds,
    )


def calibrate(asked: Asked, collection: str) -> CalibrationRecord:
    """Return the thresholds that serve what was asked best, ready to be kept."""
    fitted = fit(asked.observations)
    return CalibrationRecord(
        fingerprint=asked.fingerprint,
        collection=collection,
        model=asked.model,
        answer=fitted.thresholds.answer,
        suggest=fitted.thresholds.suggest,
        gap=fitted.thresholds.gap,
        build_id=asked.build_id,
        figures=_figures(asked, fitted),
        fitted_at=utc_now(),
    )


def keep(session: Session, record: CalibrationRecord) -> None:
    """Let every later search of the collection under this model go by these thresholds."""
    save_calibration(session, record)


def _figures(asked: Asked, fitted: Fitted) -> dict[str, Any]:
    answerable = sum(one.answerable for one in asked.observations)
    return {
        "number": NUMBER,
        "queries": len(asked.observations),
        "answerable": answerable,
        "unanswerable": len(asked.observations) - answerable,
        "accuracy": fitted.accuracy,
        "held_out_accuracy": fitted.held_out,
        "accuracy_before": accuracy(asked.observations, asked.before),
        "answer_precision": fitted.answer_precision,
        "recall@1": sum(one.right for one in asked.observations) / answerable,
        "answer_interval": dataclasses.astuple(fitted.answer_interval),
        "suggest_interval": dataclasses.astuple(fitted.suggest_interval),
        "curve": [dataclasses.asdict(point) for point in fitted.curve],
    }

"""Finding duplicates: from stored vectors to clusters that a person can decide about.

What was called different stays apart and is not shown again; what was called a duplicate stays
together even where the model of now would not find it. The same base gives the same report.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.duplicates.assembling import Assembly, assemble, judge_pairs
from indexer.duplicates.clustering import Link
from indexer.duplicates.edges import Edge, Match, judge, texts_of
from indexer.duplicates.gathering import Gathered, gather
from indexer.duplicates.kinship import alone_beside_several, of_one_entry, strangers
from indexer.duplicates.linking import Entries, best_pairs, entry_edges, exact_edges
from indexer.duplicates.neighbours import close_pairs
from indexer.duplicates.report import DuplicateReport
from indexer.duplicates.requests import DuplicateRequest
from indexer.duplicates.thresholds import UNFITTED, Threshold, contrast_of, floor_of, read_rule
from indexer.encoder import Progress
from indexer.errors import IndexerError
from indexer.watching import UNWATCHED, Watch
from store.collections import collection_ids, find_collection
from store.database import Database, Session
from store.duplicate_texts import read_facts, stream_answers
from store.models import Judgement
from store.pair_decisions import Pair, all_decisions
from store.vectors import ModelRecord, find_model


@dataclass(frozen=True)
class Scope:
    """The ids of the collections on each side; `first` None: all."""

    first: tuple[int, ...] | None
    second: tuple[int, ...]

    @property
    def all(self) -> list[int] | None:
        """Every collection that is read, None for all."""
        return None if self.first is None else [*self.first, *self.second]


def scope_of(session: Session, request: DuplicateRequest) -> Scope:
    """Return the collections that the request names."""
    second = tuple(find_collection(session, name).id for name in request.against)
    if request.collections:
        return Scope(tuple(find_collection(session, n).id for n in request.collections), second)
    if second:
        return Scope(tuple(n for n in collection_ids(session) if n not in second), second)
    return Scope(None, ())


def find_duplicates(
    database: Database,
    home: Path,
    fingerprint: str,
    request: DuplicateRequest,
    *,
    progress: Progress | None = None,
    watch: Watch = UNWATCHED,
) -> DuplicateReport:
    """Compare all questions that have a vector under the model; one state of the base is read."""
    clock = _Clock()
    with database.reading() as session:
        model = find_model(session, fingerprint)
        if model is None:
            raise IndexerError(f"no vectors of model {request.model}; run `tongwen reindex`")
        scope = scope_of(session, request)
        watch.phase("read")
        gathered = gather(
            session,
            model,
            collection_ids=scope.first,
            against=scope.second,
            checkpoint=watch.checkpoint,
        )
        clock.note("read")
        watch.phase("compare")
        threshold = _threshold(gathered, model, home, request)
        edges = _edges(session, gathered, threshold, progress, watch)
        clock.note("compare")
        watch.phase("cluster")
        decisions = all_decisions(session)
        assembly = _assembled(session, scope, gathered, threshold, edges, decisions, watch)
        clock.note("cluster")
    return DuplicateReport(
        scope={"collections": list(request.collections), "against": list(request.against)},
        model=model.name,
        threshold=threshold,
        entries=len(np.unique(gathered.entries)),
        questions=len(gathered.ids),
        clusters=assembly.clusters,
        pairs=assembly.pairs,
        opposites=assembly.opposites,
        seconds=round(clock.total(), 3),
        phases=clock.phases,
    )


def _threshold(
    gathered: Gathered, model: ModelRecord, home: Path, request: DuplicateRequest
) -> Threshold:
    if request.threshold is not None:
        return Threshold(request.threshold, automatic=False, fitted=False)
    rule = read_rule(model.fingerprint, home)
    contrast = contrast_of(gathered.vectors)
    value = (rule or UNFITTED).at(contrast)
    return Threshold(value, automatic=True, fitted=rule is not None, contrast=contrast)


def _edges(
    session: Session,
    gathered: Gathered,
    threshold: Threshold,
    progress: Progress | None,
    watch: Watch,
) -> list[Edge]:
    floor = floor_of(threshold.value, automatic=threshold.automatic)
    two_sided = bool((gathered.sides & 2).any())
    pairs = close_pairs(
        gathered.vectors,
        floor,
        sides=gathered.sides if two_sided else None,
        progress=progress,
        checkpoint=watch.checkpoint,
    )
    nodes = np.unique(np.concatenate([pairs.first, pairs.second]))
    texts = texts_of(session, gathered, nodes)
    wanted = pairs.score >= threshold.value
    if threshold.automatic:
        wanted |= alone_beside_several(gathered, pairs)
    wanted &= ~of_one_entry(gathered, pairs)
    return judge(pairs, texts, threshold.value, wanted, watch.checkpoint)


def _assembled(
    session: Session,
    scope: Scope,
    gathered: Gathered,
    threshold: Threshold,
    edges: list[Edge],
    decisions: Mapping[Pair, Judgement],
    watch: Watch,
) -> Assembly:
    edges = edges + _remembered(gathered, edges, decisions)
    ends = [end for edge in edges for end in (edge.first, edge.second)]
    entries = Entries(gathered, np.unique(np.array(ends, dtype=np.int64)))
    found = [*exact_edges(entries), *entry_edges(entries, edges)]
    pairs = best_pairs(found, entries, two_sided=bool(scope.second))
    watch.checkpoint()
    facts = read_facts(session, sorted({e for pair in pairs for e in (pair.first, pair.second)}))
    answers = [one for page in stream_answers(session, scope.all) for one in page]
    watch.checkpoint()
    judged = judge_pairs(session, gathered, entries, pairs, facts, decisions)
    strange: set[Link] = set()
    if threshold.automatic:  # One that somebody gave is taken at its word.
        # Who was called different from the one entry may ask the same as the next.
        left = [pair for pair, decision in judged if decision is not Judgement.DIFFERENT]
        strange = strangers(left, entries, gathered, edges, threshold.value)
    return assemble(session, gathered, entries, edges, judged, strange, facts, answers, decisions)


def _remembered(
    gathered: Gathered, edges: Sequence[Edge], decisions: Mapping[Pair, Judgement]
) -> list[Edge]:
    """Return edges between questions that were called duplicates and are not near enough now."""
    wanted = [pair for pair, what in decisions.items() if what is Judgement.DUPLICATE]
    if not wanted:
        return []
    names = {half for pair in wanted for half in pair}
    node_of = {key: node for node, key in enumerate(map(bytes, gathered.hashes)) if key in names}
    known = {(edge.first, edge.second) for edge in edges}
    found = []
    for one, other in wanted:
        if one in node_of and other in node_of and one != other:
            first, second = sorted((node_of[one], node_of[other]))
            if (first, second) not in known:
                score = float(np.dot(*gathered.vectors[[first, second]].astype(np.float32)))
                found.append(Edge(first, second, min(score, 1.0), Match.DECIDED))
    return found


class _Clock:
    """Takes the time of each phase."""

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}
        self._started = self._last = time.monotonic()

    def note(self, phase: str) -> None:
        now = time.monotonic()
        self.phases[phase] = round(now - self._last, 3)
        self._last = now

    def total(self) -> float:
        return time.monotonic() - self._started

"""How good a model is: rank correlation on labelled pairs, recall on labelled queries.

Every cosine is taken between unit vectors from `Encoder.encode`, in float32, so the figures
are those of the model card's own snippets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from indexer.encoder import Encoder
from indexer.errors import IndexerError
from indexer.training.corpora import Pair, read_lines, read_pairs


@dataclass(frozen=True)
class PairScores:
    """Spearman x100 of cosine against label for each set, and their plain mean."""

    model: str
    sets: Mapping[str, float]

    @property
    def mean(self) -> float:
        """Mean over the sets."""
        return float(np.mean(list(self.sets.values())))


@dataclass(frozen=True)
class RetrievalScores:
    """Shares of queries, in percent, whose entry is among the first 1, 5, 10; MRR@10 x100."""

    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    mrr_at_10: float
    queries: int


@dataclass(frozen=True)
class LabelledBase:
    """Standard questions, and queries each with the row of the question it belongs to."""

    questions: tuple[str, ...]
    queries: tuple[str, ...]
    expected: NDArray[np.int64]


def pair_cosines(encoder: Encoder, pairs: Sequence[Pair]) -> NDArray[np.float32]:
    """Return the cosine of each pair."""
    texts = [pair.first for pair in pairs] + [pair.second for pair in pairs]
    vectors = encoder.encode(texts).vectors
    first, second = vectors[: len(pairs)], vectors[len(pairs) :]
    cosines: NDArray[np.float32] = (first * second).sum(axis=1)
    return cosines


def spearman(cosines: NDArray[np.float32], labels: Sequence[float]) -> float:
    """Return Spearman's rank correlation x100; ties share their mean rank."""
    return 100 * float(spearmanr(cosines, labels).statistic)


def evaluate_pairs(encoder: Encoder, files: Mapping[str, Path]) -> PairScores:
    """Return the Spearman figure of each named pair file."""
    sets = {}
    for name, path in files.items():
        pairs = read_pairs(path)
        if len({pair.label for pair in pairs}) < 2:
            raise IndexerError(f"{path} has one label only, so nothing can be ranked; name another")
        sets[name] = spearman(pair_cosines(encoder, pairs), [pair.label for pair in pairs])
    return PairScores(encoder.name, sets)


def read_labelled_base(path: Path) -> LabelledBase:
    """Read FAQ rows `{"question", "queries": [...]}`; only standard questions form the base."""
    questions: list[str] = []
    queries: list[str] = []
    expected: list[int] = []
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        row = _row(path, number, line)
        for query in _queries_of(path, number, row):
            queries.append(query)
            expected.append(len(questions))
        questions.append(str(row["question"]))
    if not queries:
        raise IndexerError(f'no labelled queries in {path}; rows need "question" and "queries"')
    return LabelledBase(tuple(questions), tuple(queries), np.array(expected, dtype=np.int64))


def _queries_of(path: Path, number: int, row: Mapping[str, Any]) -> list[str]:
    given = row.get("queries") or []
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise IndexerError(f'{path}, line {number}: "queries" is no list of texts; correct it')
    return [query for query in found if query.strip()]


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise IndexerError(
            f"{path}, line {number}: not JSON ({error.msg}); expected one FAQ row a line"
        ) from error
    if not isinstance(row, dict) or not isinstance(row.get("question"), str):
        raise IndexerError(f'{path}, line {number}: no "question"; expected one FAQ row a line')
    return row


def evaluate_retrieval(encoder: Encoder, base: LabelledBase) -> RetrievalScores:
    """Return recall and MRR of dense search over the base's standard questions alone."""
    questions = encoder.encode(base.questions).vectors
    queries = encoder.encode(base.queries).vectors
    ranks = np.empty(len(queries), dtype=np.int64)
    for start in range(0, len(queries), 1024):
        scores = queries[start : start + 1024] @ questions.T
        rows = base.expected[start : start + 1024]
        own = scores[np.arange(len(rows)), rows]
        # Ties count against us: a question that scores the same may come first.
        ranks[start : start + 1024] = (scores >= own[:, None]).sum(1)
    reciprocal = np.where(ranks <= 10, 1 / ranks, 0.0)
    within = {k: 100 * float((ranks <= k).mean()) for k in (1, 5, 10)}
    return RetrievalScores(
        recall_at_1=within[1],
        recall_at_5=within[5],
        recall_at_10=within[10],
        mrr_at_10=100 * float(reciprocal.mean()),
        queries=len(ranks),
    )

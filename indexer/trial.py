"""A trial base: labelled queries put to the search itself, in a base that is made for it.

So the figures of `lexical` and `hybrid` are those of what people use, index of words and all.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from indexer.builds import reindex
from indexer.encoder import Encoder, Progress
from indexer.evaluation import LabelledBase, RetrievalScores
from indexer.hit_test import run_hit_test
from indexer.labelled import Labelled
from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry

_AT_ONCE = 500


def evaluate_search(
    encoder: Encoder, base: LabelledBase, mode: str, *, progress: Progress | None = None
) -> RetrievalScores:
    """Return recall and MRR of a search over the base's standard questions alone."""
    with tempfile.TemporaryDirectory(prefix="tongwen-") as name:
        home = Path(name)
        with contextlib.closing(Database.at(home / "tongwen.db")) as database:
            database.upgrade()
            _fill(database, base)
            reindex(database, home, encoder)
            queries = [
                Labelled(text, (str(row),))
                for text, row in zip(base.queries, base.expected.tolist(), strict=True)
            ]
            load: Callable[[str], Encoder] = lambda name: encoder  # noqa: E731
            tested = run_hit_test(database, home, load, queries, mode=mode, progress=progress)
    ranks = np.array([one.rank or np.inf for one in tested.tested])
    within = {k: 100 * float((ranks <= k).mean()) for k in (1, 5, 10)}
    return RetrievalScores(
        recall_at_1=within[1],
        recall_at_5=within[5],
        recall_at_10=within[10],
        mrr_at_10=100 * float((1 / ranks).mean()),
        queries=len(ranks),
    )


def _fill(database: Database, base: LabelledBase) -> None:
    numbered = list(enumerate(base.questions))
    for start in range(0, len(numbered), _AT_ONCE):
        with database.writing() as session:
            collection = ensure_collection(session, "trial")
            for row, text in numbered[start : start + _AT_ONCE]:
                add_entry(session, collection, EntryDraft(text, external_id=str(row)))

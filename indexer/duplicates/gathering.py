"""What is compared: the questions of some collections, equal ones taken together.

Questions with the same normal form are one node, so that ten thousand copies of a question
cost no more than one. Nodes are in the order of their first question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Progress
from store.database import Session
from store.duplicate_texts import stream_texts
from store.vectors import ModelRecord

Numbers = NDArray[np.int64]
# Beyond so many questions, vectors are held with half the bits.
_HALVED_BEYOND = 200_000


@dataclass(frozen=True)
class Gathered:
    """Questions as rows, by rising id; `nodes` says which node a row is.

    `vectors` and `hashes` have a line for each node, `sides` a bit for each side on which it
    occurs. `entries` holds entry ids.
    """

    ids: Numbers
    entries: Numbers
    nodes: Numbers
    standard: NDArray[np.bool_]
    row_sides: NDArray[np.uint8]
    vectors: NDArray[np.floating]
    hashes: NDArray[np.void]
    sides: NDArray[np.uint8]

    def rows_of_nodes(self) -> list[Numbers]:
        """Return the rows of each node, rising."""
        order = np.argsort(self.nodes, kind="stable")
        ends = np.cumsum(np.bincount(self.nodes, minlength=len(self.vectors)))
        return np.split(order, ends[:-1]) if len(ends) else []


def gather(
    session: Session,
    model: ModelRecord,
    expected: int,
    *,
    collection_ids: Sequence[int] | None,
    against: Sequence[int] = (),
    progress: Progress | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> Gathered:
    """Read the questions; those of the collections `against` are the second side.

    `expected` is about how many there are.
    """
    wanted = None if collection_ids is None else [*collection_ids, *against]
    kind = np.float16 if expected > _HALVED_BEYOND else np.float32
    vectors = np.empty((expected, model.dimension), dtype=kind)
    ids, entries, owners, hashes, standard = [], [], [], [], []
    count = 0
    for block in stream_texts(session, model.id, dimension=model.dimension, collection_ids=wanted):
        checkpoint()
        more = count + len(block.ids)
        if more > len(vectors):
            larger = np.empty((more + more // 4, model.dimension), dtype=kind)
            larger[:count] = vectors[:count]
            vectors = larger
        vectors[count:more] = block.vectors
        count = more
        ids.append(block.ids)
        entries.append(block.entries)
        owners.append(block.collections)
        hashes.append(block.hashes)
        standard.append(block.standard)
        if progress:
            progress(count, max(expected, count))
    sides = np.where(np.isin(_joined(owners), list(against)), 2, 1).astype(np.uint8)
    keys = np.concatenate(hashes) if hashes else np.empty(0, dtype="V16")
    nodes, first = _nodes(keys)
    node_sides = np.zeros(len(first), dtype=np.uint8)
    np.bitwise_or.at(node_sides, nodes, sides)
    return Gathered(
        ids=_joined(ids),
        entries=_joined(entries),
        nodes=nodes,
        standard=_joined(standard).astype(np.bool_),
        row_sides=sides,
        # Where no question is there twice, a copy of all vectors would be for nothing.
        vectors=vectors[:count] if len(first) == count else vectors[first],
        hashes=keys[first],
        sides=node_sides,
    )


def _nodes(hashes: NDArray[np.void]) -> tuple[Numbers, Numbers]:
    """Return the node of each row, and the first row of each node."""
    halves = hashes.view(">u8").reshape(-1, 2)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    in_order = halves[order]
    new = np.r_[True, (in_order[1:] != in_order[:-1]).any(axis=1)][: len(order)]
    # The sort is stable, so the first row of a group is its lowest.
    first = order[new]
    by_first = np.argsort(first)
    number = np.empty(len(first), dtype=np.int64)
    number[by_first] = np.arange(len(first))
    nodes = np.empty(len(order), dtype=np.int64)
    nodes[order] = number[np.cumsum(new) - 1]
    return nodes, first[by_first]


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)

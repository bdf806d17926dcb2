"""What is compared: the questions of some collections, equal ones taken together.

Questions with the same normal form are one node, so that ten thousand copies of a question
cost no more than one. Nodes are in the order of their first question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.database import Session
from store.duplicate_texts import TextBlock, stream_texts
from store.vectors import ModelRecord, read_vectors, stored_hashes, stream_vectors

Numbers = NDArray[np.int64]
# The vectors of so few questions are looked up one by one, whatever else there is.
_FEW = 20_000
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
    *,
    collection_ids: Sequence[int] | None,
    against: Sequence[int] = (),
    checkpoint: Callable[[], None] = lambda: None,
) -> Gathered:
    """Read the questions that have a vector; those of `against` are the second side."""
    wanted = None if collection_ids is None else [*collection_ids, *against]
    blocks = []
    for block in stream_texts(session, collection_ids=wanted):
        checkpoint()
        blocks.append(block)
    texts = _joined(blocks, "text_hashes", "V16")
    known = read_vectors(session, model.id, texts.tolist()) if len(texts) <= _FEW else None
    stored = _stored(session, model, texts, known)
    keys = _joined(blocks, "hashes", "V16")[stored]
    sides = np.where(np.isin(_joined(blocks, "collections"), list(against)), 2, 1)[stored]
    sides = sides.astype(np.uint8)
    nodes, first = _nodes(keys)
    node_sides = np.zeros(len(first), dtype=np.uint8)
    np.bitwise_or.at(node_sides, nodes, sides)
    return Gathered(
        ids=_joined(blocks, "ids")[stored],
        entries=_joined(blocks, "entries")[stored],
        nodes=nodes,
        standard=_joined(blocks, "standard", "?")[stored],
        row_sides=sides,
        vectors=_vectors(session, model, texts[stored][first], known, checkpoint),
        hashes=keys[first],
        sides=node_sides,
    )


def _stored(
    session: Session,
    model: ModelRecord,
    texts: NDArray[np.void],
    known: Mapping[bytes, NDArray[np.float32]] | None,
) -> NDArray[np.bool_]:
    """Return which of the texts have a vector; `known` are those that were read already."""
    if known is None:
        return _places(stored_hashes(session, model.id), texts) >= 0
    return np.array([text in known for text in texts.tolist()], dtype=np.bool_)


def _vectors(
    session: Session,
    model: ModelRecord,
    texts: NDArray[np.void],
    known: Mapping[bytes, NDArray[np.float32]] | None,
    checkpoint: Callable[[], None],
) -> NDArray[np.floating]:
    """Return the vector of each text, no text twice; every one has a vector."""
    kind = np.float16 if len(texts) > _HALVED_BEYOND else np.float32
    vectors = np.empty((len(texts), model.dimension), dtype=kind)
    if known is not None:
        for place, text in enumerate(texts.tolist()):
            vectors[place] = known[text]
        return vectors
    order = np.argsort(texts.view("S16"), kind="stable")
    in_order = texts[order]
    for hashes, block in stream_vectors(session, model.id):
        checkpoint()
        places = _places(in_order, np.frombuffer(b"".join(hashes), dtype="V16"))
        vectors[order[places[places >= 0]]] = block[places >= 0]
    return vectors


def _places(rising: NDArray[np.void], wanted: NDArray[np.void]) -> Numbers:
    """Return where among rising hashes, none of them twice, each of the wanted is; -1: nowhere."""
    if not len(rising):
        return np.full(len(wanted), -1, dtype=np.int64)
    # As text, bytes have an order; the zeros at an end that text does not count are there in both.
    places = np.searchsorted(rising.view("S16"), wanted.view("S16"))
    places = np.minimum(places, len(rising) - 1)
    return np.where(rising.view("S16")[places] == wanted.view("S16"), places, -1)


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


def _joined(blocks: Sequence[TextBlock], name: str, dtype: str = "i8") -> NDArray[Any]:
    parts = [getattr(block, name) for block in blocks]
    return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)

"""How any encoder goes through many texts: each text once, like lengths together.

The order of the result is the order of the texts, whatever the order of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Encoded, Progress, Vectors
from indexer.errors import ModelError

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Batching:
    """A batch holds at most `texts` texts and `tokens` tokens, padding included; `workers`
    threads encode one each at a time.
    """

    tokens: int
    texts: int
    workers: int = 1


@dataclass(frozen=True)
class Unique:
    """Each different text once; `row` says for each given text which one it is."""

    texts: list[str]
    row: Rows

    @classmethod
    def of(cls, texts: Sequence[str]) -> Unique:
        """Take texts apart; ModelError for the first that has nothing to encode."""
        refuse_empty(texts)
        unique = list(dict.fromkeys(texts))
        number = {text: row for row, text in enumerate(unique)}
        return cls(unique, np.fromiter((number[t] for t in texts), np.int64, count=len(texts)))


def encode_in_batches(
    unique: Unique,
    lengths: Rows,
    encode: Callable[[Rows], Vectors],
    batching: Batching,
    *,
    limit: int,
    dimension: int,
    progress: Progress | None = None,
) -> Encoded:
    """Return a vector for each given text.

    `lengths` are the tokens of each unique text, uncut; `limit` is where the model cuts a text.
    `encode` returns the vectors of the unique texts in some rows.
    """
    copies = np.bincount(unique.row, minlength=len(unique.texts))
    vectors = np.empty((len(unique.texts), dimension), dtype=np.float32)
    batches = list(_batches(np.minimum(lengths, limit) if limit else lengths, batching))
    done = 0
    for batch, found in zip(batches, _encoded(batches, encode, batching.workers), strict=True):
        vectors[batch] = found
        done += int(copies[batch].sum())
        if progress:
            progress(done, len(unique.row))
    cut = int(copies[lengths > limit].sum()) if limit else 0
    return Encoded(vectors[unique.row], cut)


def refuse_empty(texts: Sequence[str]) -> None:
    """Raise ModelError for the first text that has nothing to encode."""
    for position, text in enumerate(texts, 1):
        if not text.strip():
            raise ModelError(f"text {position} of {len(texts)} is empty; remove or fill it")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ModelError(
                f"text {position} of {len(texts)} has a broken character at"
                f" {error.start}; save it as UTF-8"
            ) from error


def _encoded(
    batches: Sequence[Rows], encode: Callable[[Rows], Vectors], workers: int
) -> Iterator[Vectors]:
    if workers == 1 or len(batches) == 1:
        yield from map(encode, batches)
        return
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(encode, batches)
        finally:
            pool.shutdown(cancel_futures=True)


def _batches(lengths: Rows, batching: Batching) -> Iterator[Rows]:
    """Yield row numbers, longest texts first, so that a batch has little padding.

    Longest first also shows at once whether the memory suffices.
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = max(int(lengths[order[start]]), 1)
        size = min(max(batching.tokens // longest, 1), batching.texts)
        yield order[start : start + size]
        start += size

"""How any encoder goes through many texts: each text once, like lengths together.

The order of the result is the order of the texts, whatever the order of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Encoded, Progress, Vectors
from indexer.errors import ModelError

EncodeBatch = Callable[[list[str]], Vectors]


def encode_in_batches(
    texts: Sequence[str],
    lengths: Callable[[Sequence[str]], NDArray[np.int64]],
    encode: EncodeBatch,
    *,
    limit: int,
    dimension: int,
    tokens: int,
    most: int,
    progress: Progress | None = None,
) -> Encoded:
    """Return a vector for each text; equal texts are computed once.

    A batch holds at most `most` texts and `tokens` tokens, padding included; `limit` is where
    the model cuts a text.
    """
    refuse_empty(texts)
    unique = list(dict.fromkeys(texts))
    number = {text: row for row, text in enumerate(unique)}
    rows = np.fromiter((number[text] for text in texts), dtype=np.int64, count=len(texts))
    copies = np.bincount(rows, minlength=len(unique))
    counts = lengths(unique)
    vectors = np.empty((len(unique), dimension), dtype=np.float32)
    done = 0
    for batch in _batches(np.minimum(counts, limit) if limit else counts, tokens, most):
        vectors[batch] = encode([unique[row] for row in batch])
        done += int(copies[batch].sum())
        if progress:
            progress(done, len(texts))
    cut = int(copies[counts > limit].sum()) if limit else 0
    return Encoded(vectors[rows], cut)


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


def _batches(lengths: NDArray[np.int64], tokens: int, most: int) -> Iterator[NDArray[np.int64]]:
    """Yield row numbers, longest texts first, so that a batch has little padding.

    Longest first also shows at once whether the memory suffices.
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = max(int(lengths[order[start]]), 1)
        size = min(max(tokens // longest, 1), most)
        yield order[start : start + size]
        start += size

"""An encoder that remembers what it encoded last, for pages that look at the same again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from indexer.encoder import Encoded, Encoder, Progress, Vectors

CAPACITY = 8192


class Remembering:
    """Encodes each text once while it is among the last ones; in all else the encoder it wraps.

    Any number of threads may use it.
    """

    def __init__(self, encoder: Encoder, capacity: int = CAPACITY) -> None:
        self._encoder = encoder
        self._capacity = capacity
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoded:
        """Return a unit vector for each text."""
        with self._lock:
            rows = {text: self._known[text] for text in texts if text in self._known}
        unknown = [text for text in dict.fromkeys(texts) if text not in rows]
        truncated = 0
        if unknown:
            made = self._encoder.encode(unknown, progress=progress)
            rows |= dict(zip(unknown, made.vectors, strict=True))
            truncated = made.truncated
        with self._lock:
            for text in texts:
                self._known[text] = rows[text]
                self._known.move_to_end(text)
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)
        vectors = np.array([rows[text] for text in texts], dtype=np.float32)
        return Encoded(vectors.reshape(len(texts), self._encoder.dimension), truncated)

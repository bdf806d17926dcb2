"""The encoder of a build, loaded by the first text that it is to encode.

What needs no vector of its own (a search by words alone) is answered without the model, which
may be gone. A model that could not be loaded is tried again by the next text.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from indexer.encoder import Encoded, Encoder, Progress
from indexer.publishing import encoder_of
from store.builds import BuildRecord


class OnDemand:
    """Knows name and fingerprint from the build; in all else it is the encoder that it loads.

    Any number of threads may use it.
    """

    def __init__(self, build: BuildRecord, load: Callable[[str], Encoder]) -> None:
        self._build = build
        self._load = load
        self._encoder: Encoder | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """What was asked for: resolvable again later."""
        return self._encoder.name if self._encoder else self._build.model.name

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides the vectors."""
        return self._build.model.fingerprint

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loaded(), name)

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoded:
        """Return a unit vector for each text; ModelError where the model is not there."""
        return self._loaded().encode(texts, progress=progress)

    def _loaded(self) -> Encoder:
        with self._lock:
            if self._encoder is None:
                self._encoder = encoder_of(self._build, self._load)
            return self._encoder

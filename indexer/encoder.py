"""The seam to whatever turns texts into vectors.

An encoder gives unit vectors, so that an inner product always is a cosine similarity, and
gives a text the same vector whatever it is encoded together with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Encoded:
    """One float32 unit row per text, and how many texts were cut at the model's limit."""

    vectors: Vectors
    truncated: int


class Encoder(Protocol):
    """A model that is ready to encode; any number of threads may use it."""

    @property
    def name(self) -> str:
        """What was asked for: resolvable again later."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides the vectors."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""

    @property
    def layers(self) -> int:
        """Transformer layers."""

    @property
    def width(self) -> int:
        """Numbers in a token's hidden state."""

    @property
    def parameters(self) -> int:
        """Weights in the model's files."""

    @property
    def max_tokens(self) -> int:
        """Tokens that are read of a text, special ones included."""

    @property
    def device(self) -> str:
        """Where it computes: `cpu`, `cuda`."""

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoded:
        """Return a unit vector for each text; ModelError names the first empty one."""

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return how many tokens each text has, special ones included, before any cut."""

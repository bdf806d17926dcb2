"""What a search for duplicates is asked for, as the parameters of its job; quick to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indexer.errors import IndexerError

AUTO = "auto"


@dataclass(frozen=True)
class DuplicateRequest:
    """Which collections (none: all), against which, and from which cosine on (None: by itself).

    `out` is a file that the clusters are written to, one row for each of their entries.
    """

    model: str
    collections: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    threshold: float | None = None
    out: str | None = None

    def __post_init__(self) -> None:
        both = set(self.collections) & set(self.against)
        if both:
            raise IndexerError(
                f"collection '{min(both)}' cannot be compared against itself; leave --against out"
            )
        if self.threshold is not None and not 0.3 <= self.threshold <= 1:
            raise IndexerError(
                f"threshold {self.threshold:g} is not between 0.3 and 1; choose one, or 'auto'"
            )

    def as_parameters(self) -> dict[str, Any]:
        """Return the request as the parameters of a job."""
        found: dict[str, Any] = {"model": self.model}
        if self.collections:
            found["collections"] = list(self.collections)
        if self.against:
            found["against"] = list(self.against)
        if self.threshold is not None:
            found["threshold"] = self.threshold
        if self.out is not None:
            found["out"] = self.out
        return found

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> DuplicateRequest:
        """Return the request that a job's parameters say."""
        return cls(
            model=parameters["model"],
            collections=tuple(parameters.get("collections", ())),
            against=tuple(parameters.get("against", ())),
            threshold=parameters.get("threshold"),
            out=parameters.get("out"),
        )


def read_threshold(text: str) -> float | None:
    """Return the number that was typed, None for `auto`."""
    if text.strip().lower() == AUTO:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise IndexerError(f"threshold '{text}' is no number; write auto or e.g. 0.9") from error
    if not 0 < value <= 1:
        raise IndexerError(f"threshold {text} is no cosine; write auto, or more than 0 and up to 1")
    return value

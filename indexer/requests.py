"""What jobs of this package are asked for, as the parameters in their rows; quick to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

REINDEX, FOLD, HITTEST, DUPLICATES = "reindex", "fold", "hittest", "duplicates"
# Of a query, in characters.
LONGEST_QUERY = 10_000


@dataclass(frozen=True)
class ReindexRequest:
    """The model by name, which collections (none: all), what the build must reach, which index."""

    model: str
    collections: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    queries: str | None = None
    index: str = "auto"

    def as_parameters(self) -> dict[str, Any]:
        """Return the request as the parameters of a job."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> ReindexRequest:
        """Return the request that a job's parameters say."""
        return cls(
            model=parameters["model"],
            collections=tuple(parameters.get("collections", ())),
            gates=tuple(parameters.get("gates", ())),
            queries=parameters.get("queries"),
            index=parameters.get("index", "auto"),
        )


@dataclass(frozen=True)
class HitTestRequest:
    """The files of labelled queries, or those labelled in the base, and what to put them to."""

    queries: tuple[str, ...] = ()
    labelled: bool = False
    collections: tuple[str, ...] = ()
    mode: str | None = None
    name: str = ""

    def as_parameters(self) -> dict[str, Any]:
        """Return the request as the parameters of a job."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> HitTestRequest:
        """Return the request that a job's parameters say."""
        return cls(
            queries=tuple(parameters.get("queries", ())),
            labelled=bool(parameters.get("labelled", False)),
            collections=tuple(parameters.get("collections", ())),
            mode=parameters.get("mode"),
            name=parameters.get("name", ""),
        )

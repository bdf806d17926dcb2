"""What can go wrong where meaning is made, said so that a person knows what to do next."""

from __future__ import annotations


class IndexerError(Exception):
    """Base of every error this package raises: names the thing, the fault and the remedy."""


class ModelError(IndexerError):
    """A model cannot be found, read or trusted, or cannot encode what it was given."""


class IndexMissingError(IndexerError):
    """There is no index to search yet."""


class DamagedBuildError(IndexerError):
    """A file of a build is missing or is not what was written."""


class TrainingError(IndexerError):
    """A recipe or its training data is not usable."""

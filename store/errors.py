"""What can go wrong in the store, said so that a person knows what to do next."""

from __future__ import annotations


class StoreError(Exception):
    """Base of every error this package raises: names the thing, the fault and the remedy."""


class SchemaError(StoreError):
    """The database is newer, older or not a Tongwen database."""


class NotFoundError(StoreError):
    """A collection, entry, build or other row that was named does not exist."""


class FileFormatError(StoreError):
    """A file to import cannot be read as a whole (one bad row is a rejected row instead)."""


class DamagedWordsError(StoreError):
    """The index of words cannot be read; it can be made again from the questions."""

"""Python's search for reference cycles, put off where many objects are made that have none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let Python look for cycles rarely: to do so over and over among the objects of a batch costs
    a quarter of an import, and a tenth of a search for duplicates.
    """
    usual = gc.get_threshold()
    gc.set_threshold(1_000_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)

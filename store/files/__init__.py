"""Reading files that people bring: what they are is found from their content, then their name.

Whatever the format, rows come out one at a time with their headers and line number. A row
that can't be read comes out too, with its fault, so that nobody loses it.
"""

from __future__ import annotations

from store.files.opening import check_file, open_file
from store.files.shapes import Opened, RawRow

__all__ = ["Opened", "RawRow", "check_file", "open_file"]

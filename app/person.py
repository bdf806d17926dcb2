"""Who works here, as the history and the decisions name them."""

from __future__ import annotations

import getpass

from app.settings import read_settings

_LONGEST = 200


def person() -> str:
    """Return TONGWEN_USER, else the name that this process was started under."""
    named = read_settings().user
    if named and named.strip():
        return named.strip()[:_LONGEST]
    try:
        return getpass.getuser()[:_LONGEST]
    except (OSError, KeyError):  # Nobody, as in some containers.
        return ""

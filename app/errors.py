"""What can go wrong at the edge: a setting, a file named on the command line, a taken port."""

from __future__ import annotations


class AppError(Exception):
    """Base of every error this package raises: names the thing, the fault and the remedy."""


class OvertakenError(AppError):
    """What was looked at when this was asked for has been changed by somebody else since."""

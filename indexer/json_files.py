"""Reading the small JSON files of a model: a broken one is said by name, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from indexer.errors import ModelError


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file."""
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}); is this a model?") from error
    except ValueError as error:
        raise ModelError(f"{path} is not JSON; copy the model again") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} is not a JSON object; copy the model again")
    return value

"""Settings, read once at the edge from `TONGWEN_*` environment variables.

Below the edge plain values are passed. Only `TONGWEN_DEBUG` is read once more, where the command
reports a fault: the fault may lie in the settings.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import AppError

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_COLLECTIONS = ROOT / "data" / "collections"
LABELLED_QUERIES = ROOT / "data" / "queries"


class Settings(BaseSettings):
    """Where Tongwen works, which database and model it uses, where it serves, and for whom."""

    model_config = SettingsConfigDict(env_prefix="TONGWEN_", env_ignore_empty=True)

    home: Path = Path("var")
    database_url: str | None = None
    model: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8501, ge=1, le=65535)
    debug: bool = False
    user: str | None = None
    fold_share: float = Field(default=0.1, gt=0)
    silent_seconds: float = Field(default=30.0, gt=0)
    query_log: bool = True
    query_log_days: int = Field(default=180, ge=1, le=36_500)

    @property
    def folder(self) -> Path:
        """The working folder, absolute, so that a change of directory does not move it."""
        return self.home.expanduser().resolve()


def days_kept(days: int | None = None) -> int:
    """Return how many days of the log may be read: those asked for, no more than are kept."""
    kept = read_settings().query_log_days
    return min(days or kept, kept)


def read_settings() -> Settings:
    """Read the environment; AppError names the variable that holds nonsense."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "TONGWEN_" + "_".join(str(part) for part in first["loc"]).upper()
        fault = str(first["msg"])[:1].lower() + str(first["msg"])[1:]
        raise AppError(f"setting {name}={first['input']!r}: {fault}") from error

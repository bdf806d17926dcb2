"""The working folder, opened: its database, its encoder, its searcher.

The heavy parts (torch, FAISS) are imported only when an encoder or a searcher is asked for,
so that commands about rows start at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import AppError
from app.logs import keep_log
from app.settings import Settings
from store.builds import live_build
from store.database import Database
from store.errors import StoreError

if TYPE_CHECKING:
    from indexer.encoder import Encoder
    from indexer.search import Searcher

DATABASE_FILE = "tongwen.db"


@dataclass(frozen=True)
class Home:
    """An opened working folder; leaving its `with` block closes the database."""

    folder: Path
    database: Database
    model: str | None
    silent_seconds: float

    def __enter__(self) -> Home:
        return self

    def __exit__(self, *error: object) -> None:
        self.database.close()

    def model_to_index(self, model: str | None = None) -> str:
        """Return the full name of the model to index with.

        The one that is asked for, else that of the settings, else that of the live build:
        a reindex never changes the model by itself.
        """
        from indexer.loading import name_now

        asked = model or self.model
        if asked is None:
            with self.database.reading() as session:
                live = live_build(session)
            asked = name_now(live.model) if live else None
        return full_name(asked)

    def searcher(self, load: Callable[[str], Encoder] | None = None) -> Searcher:
        """Return a searcher over the live build; it loads its encoder with the first query."""
        from indexer.search import Searcher

        load = load or load_encoder
        if self.model is None:
            return Searcher(self.database, self.folder, load)
        return Searcher(self.database, self.folder, load, default_model=self.model)


def open_home(settings: Settings, *, create: bool = False, check: bool = True) -> Home:
    """Open the working folder; with `create`, make what is missing, else name `tongwen init`."""
    if create:
        create_folder(settings.folder)
    keep_log(settings.folder)
    url = settings.database_url
    database = Database(url) if url else Database.at(settings.folder / DATABASE_FILE)
    home = Home(settings.folder, database, settings.model, settings.silent_seconds)
    try:
        if create and home.database.version() is None:
            home.database.upgrade()
        if check:
            home.database.check()
    except StoreError:
        home.database.close()
        raise
    return home


def create_folder(folder: Path, remedy: str = "set TONGWEN_HOME to another folder") -> None:
    """Make a folder, the working folder as a rule; AppError with the remedy where it can't be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AppError(f"cannot create {folder} ({error.strerror}); {remedy}") from error


def full_name(model: str | None) -> str:
    """Return the one name of a model, however it was asked for; None means the default one."""
    from indexer import loading, models

    return loading.full_name(model or models.DEFAULT_MODEL)


def load_encoder(model: str | None = None) -> Encoder:
    """Load an encoder by preset, folder or hub name, once in a process while its files stay."""
    name = full_name(model)
    return _load_encoder(name, stamp_of(name))


def stamp_of(name: str) -> object:
    """Return a value that is another one when the files of a model were replaced."""
    from indexer import loading

    return loading.stamp(name)


@lru_cache(maxsize=4)
def _load_encoder(name: str, stamp: object) -> Encoder:
    from indexer import loading

    return loading.load_encoder(name)

"""The database: opening it, the two kinds of session, and its schema version.

Reading sessions begin DEFERRED and see one consistent state; writing sessions begin
IMMEDIATE, because a reader that turns writer half way fails at once whatever the busy
timeout says. Functions elsewhere in store/ take a session and never commit.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, exc, inspect, make_url, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from store.errors import SchemaError, StoreError

__all__ = ["MIGRATIONS", "Database", "Session"]

MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_MILLISECONDS = 30_000
# Pages of an index in order of a hash are touched at random: a writer that cannot keep them
# reads and writes each of them again with every batch.
_WRITER_CACHE_KILOBYTES = 262_144
_CHECKPOINT_PAGES = 16_384


class Database:
    """One database, by SQLAlchemy URL; SQLite unless told otherwise."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)

    @classmethod
    def at(cls, path: Path) -> Database:
        """Return the SQLite database in the file at `path`; nothing is created yet."""
        return cls(f"sqlite:///{path.resolve().as_posix()}")

    @property
    def path(self) -> Path | None:
        """The database file, or None where the database is not a file."""
        name = make_url(self.url).database
        return Path(name) if self.is_sqlite and name else None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self._engine.dialect.name == "sqlite"

    def upgrade(self) -> None:
        """Create the schema, or bring an older one up to this version."""
        # Imported here: it takes a quarter of the time in which a command starts.
        from alembic import command
        from alembic.config import Config

        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._plain_errors():
            if self.is_newer():
                raise SchemaError(
                    f"database {self.url} was made by a newer Tongwen; upgrade Tongwen to open it"
                )
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            # The write lock first: of two processes at once, the second finds it done.
            with self._engine.execution_options(writes=True).begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    def version(self) -> str | None:
        """Return the schema revision found, None for an empty or missing database."""
        if self.path and not self.path.exists():
            return None
        with self._plain_errors(), self._engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found

    def is_newer(self) -> bool:
        """Whether the schema revision is one that this version does not know."""
        found = self.version()
        return found is not None and found not in revisions()

    def is_current(self) -> bool:
        """Whether the schema revision is this version's."""
        return self.version() == revisions()[-1]

    def check(self) -> None:
        """Raise SchemaError, with the command that helps, unless the schema is this version's."""
        found = self.version()
        if found is None:
            raise SchemaError(f"no database at {self.path or self.url}; run `tongwen init`")
        if self.is_newer():
            raise SchemaError(
                f"database {self.path or self.url} was made by a newer Tongwen ({found});"
                " upgrade Tongwen to open it"
            )
        if found != revisions()[-1]:
            raise SchemaError(
                f"database {self.path or self.url} is of an older version ({found});"
                " run `tongwen init` to upgrade it"
            )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that reads one state of the database and changes nothing."""
        with self._plain_errors(), Session(self._engine, autoflush=False) as session:
            yield session
            session.rollback()

    @contextmanager
    def writing(self, *, patience_ms: int = _BUSY_MILLISECONDS, by: str = "") -> Iterator[Session]:
        """Yield a session that holds the write lock; commits at the end, or rolls back.

        Another writer is waited for at most `patience_ms`; then StoreError says "locked".
        `by` is who writes, for the history.
        """
        engine = self._engine.execution_options(writes=True, patience_ms=patience_ms)
        with (
            self._plain_errors(),
            Session(engine, info={"by": by}) as session,
            session.begin(),
        ):
            yield session

    def close(self) -> None:
        """Close every connection; the database can still be used and opens again."""
        self._engine.dispose()

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Turn what the driver says into one line that names the remedy."""
        try:
            yield
        except exc.DatabaseError as error:
            raise StoreError(self._explain(str(error.orig))) from error
        except exc.TimeoutError as error:
            name = self.path or self.url
            raise StoreError(f"database {name} has no free connection; try again") from error

    def _explain(self, fault: str) -> str:
        name = self.path or self.url
        if "locked" in fault or "busy" in fault:
            return f"database {name} is locked by another process; let it finish and try again"
        if "readonly" in fault or "read-only" in fault:
            return f"database {name} is read-only; give this user the right to write it"
        if "full" in fault or "disk I/O" in fault:
            return (
                f"the disk of database {name} is full or fails ({fault}); free some space and run"
                " the command again"
            )
        if "not a database" in fault or "malformed" in fault:
            return f"{name} is damaged or not a database ({fault}); restore it from a backup"
        if "unable to open" in fault:
            return f"cannot open database {name}; check that the folder exists and is writable"
        return f"database {name}: {fault}"


def revisions() -> list[str]:
    """Return the schema revisions that this version knows, oldest first, by their file names."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return sorted(file.name.partition("_")[0] for file in files)


def _engine(url: str) -> Engine:
    try:
        engine = create_engine(url)
        if engine.dialect.name == "sqlite" and isinstance(engine.pool, QueuePool):
            # Each thread that searches holds a connection while it waits for one that works for
            # all of them, so that these must never run out.
            engine = create_engine(url, max_overflow=-1)
    except (exc.ArgumentError, ImportError) as error:
        fault = str(error).split("\n")[0]
        driver = "install its driver, or " if isinstance(error, ImportError) else ""
        raise StoreError(
            f"the database URL cannot be used ({fault}); {driver}write sqlite:////folder/file.db"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _connect_frozen)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _connect_frozen(dialect: Any, record: Any, where: Any, options: Any) -> Any:
    """Open a database on a read-only disk; None has any other opened as usual.

    SQLite keeps files beside the database while it is read, which such a disk does not take.
    """
    path = Path(str(where[0])) if where else Path()
    if not path.is_file() or not os.statvfs(path).f_flag & os.ST_RDONLY:
        return None
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        return None  # What it holds is not in the database yet.
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, **{k: v for k, v in options.items() if k != "uri"})


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # The driver's own transaction handling begins too late; ours is in _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    patience = options.get("patience_ms", _BUSY_MILLISECONDS)
    # The driver's connection is used again by sessions with another patience.
    if connection.info.get("patience_ms", _BUSY_MILLISECONDS) != patience:
        connection.execute(text(f"PRAGMA busy_timeout = {int(patience)}"))
        connection.info["patience_ms"] = patience
    if options.get("writes") and "writer" not in connection.info:
        connection.execute(text(f"PRAGMA cache_size = -{_WRITER_CACHE_KILOBYTES}"))
        connection.info["writer"] = True
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN DEFERRED")

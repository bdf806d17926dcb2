"""The database: opening it, the two kinds of session, and its schema version.

Reading sessions begin DEFERRED and see one consistent state; writing sessions begin
IMMEDIATE, because a reader that turns writer half way fails at once whatever the busy
timeout says. Functions elsewhere in store/ take a session and never commit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import URL, Engine, create_engine, event, exc, inspect, make_url, text
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
# What SQLite says where it may not, or cannot, make or write a file.
_CANNOT_WRITE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
}


class Frozen(NamedTuple):
    """A file that is read as one that nobody writes, as it was when opened, and why."""

    path: Path
    stamp: tuple[int, ...]
    fault: str


class Database:
    """One database, by SQLAlchemy URL; SQLite unless told otherwise."""

    def __init__(self, url: str | URL) -> None:
        self._engine = _engine(url)

    @classmethod
    def at(cls, path: Path) -> Database:
        """Return the SQLite database in the file at `path`; nothing is created yet."""
        # Written as text, a `?` or a `%` in the path would lead to another file.
        return cls(URL.create("sqlite", database=path.resolve().as_posix()))

    @property
    def url(self) -> URL:
        """Where the database is; as text it shows no password."""
        return self._engine.url

    @property
    def path(self) -> Path | None:
        """The database file, or None where the database is not a file."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name else None

    @property
    def name(self) -> str:
        """What a person knows the database by: its file, or its URL without the password."""
        return str(self.path or self.url.render_as_string())

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
                    f"database {self.name} was made by a newer Tongwen; upgrade Tongwen to open it"
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
            raise SchemaError(f"no database at {self.name}; run `tongwen init`")
        if self.is_newer():
            raise SchemaError(
                f"database {self.name} was made by a newer Tongwen ({found});"
                " upgrade Tongwen to open it"
            )
        if found != revisions()[-1]:
            raise SchemaError(
                f"database {self.name} is of an older version ({found});"
                " run `tongwen init` to upgrade it"
            )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that reads one state of the database and changes nothing."""
        with self._plain_errors(), Session(self._engine, autoflush=False) as session:
            yield session
            frozen: Frozen | None = session.connection().info.get("frozen")
            if frozen and _stamp(frozen.path) != frozen.stamp:
                raise StoreError(f"database {frozen.path} was written while it was read; try again")
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
            raise StoreError(f"database {self.name} has no free connection; try again") from error

    def _explain(self, fault: str) -> str:
        name = self.name
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


def _engine(url: str | URL) -> Engine:
    try:
        if isinstance(url, str) and "?" in url and not make_url(url).query:
            raise exc.ArgumentError("what follows its `?` is no option")
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
        event.listen(engine, "do_connect", _connect_sqlite)
        event.listen(engine, "checkin", _let_go)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _connect_sqlite(dialect: Any, record: Any, where: Any, options: Any) -> Any:
    """Open a database for reading and writing, or for reading alone where that is all it takes.

    SQLite keeps files beside a database while it is read, which a disk that is full or read-only
    does not take. What is then opened believes that nobody writes, so it serves one session.
    """
    connection = dialect.connect(*where, **options)
    try:
        _prepare(connection)
        return connection
    except sqlite3.Error as fault:
        connection.close()
        frozen = _frozen(Path(str(where[0])), fault)
        if frozen is None:
            raise
        uri = f"{frozen.path.resolve().as_uri()}?mode=ro&immutable=1"
        record.info["frozen"] = frozen
        return dialect.connect(uri, **{**options, "uri": True, "isolation_level": None})


def _prepare(connection: sqlite3.Connection) -> None:
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


def _frozen(path: Path, fault: sqlite3.Error) -> Frozen | None:
    """Return the file that can be read in spite of the fault, None where it cannot."""
    log = Path(f"{path}-wal")
    if fault.sqlite_errorcode & 0xFF not in _CANNOT_WRITE or not path.is_file():
        return None
    if log.exists() and log.stat().st_size:
        return None  # What it holds is not in the database yet.
    return Frozen(path, _stamp(path), str(fault))


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()  # Moved away meanwhile.
    return found.st_ino, found.st_size, found.st_mtime_ns


def _let_go(connection: Any, record: Any) -> None:
    if "frozen" in record.info:
        record.invalidate()


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    frozen: Frozen | None = connection.info.get("frozen")
    if frozen and options.get("writes"):
        raise StoreError(
            f"database {frozen.path} can be read but not written ({frozen.fault}); free some space"
            " or give this user the right to write its folder"
        )
    patience = options.get("patience_ms", _BUSY_MILLISECONDS)
    # The driver's connection is used again by sessions with another patience.
    if connection.info.get("patience_ms", _BUSY_MILLISECONDS) != patience:
        connection.execute(text(f"PRAGMA busy_timeout = {int(patience)}"))
        connection.info["patience_ms"] = patience
    if options.get("writes") and "writer" not in connection.info:
        connection.execute(text(f"PRAGMA cache_size = -{_WRITER_CACHE_KILOBYTES}"))
        connection.info["writer"] = True
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN DEFERRED")

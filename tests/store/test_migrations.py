from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from store.database import MIGRATIONS, Database, revisions
from store.errors import SchemaError
from store.models import Base


def _is_modelled(name: str | None, kind: str, parents: object) -> bool:
    """The index of words is a virtual table, with tables of its own beside it."""
    return kind != "table" or not (name or "").startswith("lexical") or name == "lexical_frequency"


def _differences(path: Path) -> list[object]:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        opts = {"compare_type": True, "include_name": _is_modelled}
        context = MigrationContext.configure(connection, opts=opts)
        found = list(compare_metadata(context, Base.metadata))
    engine.dispose()
    return found


def _tables(path: Path) -> dict[str, str]:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        found = {name: " ".join(sql.split()) for name, sql in rows}
    engine.dispose()
    return found


def test_the_migrations_make_exactly_what_the_models_say(database: Database) -> None:
    assert database.path is not None
    assert _differences(database.path) == []


def test_options_that_only_sqlite_has_are_in_the_migrations_too(
    database: Database, tmp_path: Path
) -> None:
    by_models = tmp_path / "models.db"
    engine = create_engine(f"sqlite:///{by_models}")
    Base.metadata.create_all(engine)
    engine.dispose()
    assert database.path is not None
    migrated, modelled = _tables(database.path), _tables(by_models)
    for name in Base.metadata.tables:
        for option in ("AUTOINCREMENT", "WITHOUT ROWID"):
            assert (option in migrated[name]) == (option in modelled[name]), (name, option)


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    assert database.path is not None
    before = _tables(database.path)
    database.upgrade()
    assert _tables(database.path) == before
    database.check()


def test_every_migration_can_be_undone(database: Database) -> None:
    engine = create_engine(database.url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
    database.upgrade()
    database.check()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (database.check, database.upgrade):
        with pytest.raises(SchemaError, match=r"newer Tongwen.*upgrade Tongwen"):
            attempt()
    assert database.version() == "9999"


def test_a_file_without_the_schema_names_the_command_that_makes_it(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(SchemaError, match="tongwen init"):
        database.check()


def test_revisions_are_those_that_alembic_walks_in_its_order():
    walked = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    assert revisions() == [script.revision for script in walked][::-1]

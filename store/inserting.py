"""Many rows at once, straight to the driver.

The usual way compiles and converts each value of each row again, which costs more than the
database itself; here a column's conversion is looked up once, and each value is converted once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import LargeBinary, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from store.models import Base

Convert = Callable[[Any], Any]


def insert_rows(
    session: Session,
    model: type[Base],
    rows: Iterable[Sequence[Any]],
    columns: Sequence[str],
) -> None:
    """Insert rows whose values are in the order of the columns."""
    connection = session.connection()
    given: list[Sequence[Any]] = list(zip(*rows, strict=True))
    # A column without a value is left out: the driver is slow at None.
    places = [place for place, values in enumerate(given) if values.count(None) < len(values)]
    names = tuple(columns[place] for place in places)
    conversions = _conversions(model, names, connection.dialect)
    converted = [
        given[place] if name not in conversions else _column(given[place], conversions[name])
        for place, name in zip(places, names, strict=True)
    ]
    if converted:
        sql = _statement(model, names, connection.dialect)
        connection.exec_driver_sql(sql, list(zip(*converted, strict=True)))


def _column(values: Sequence[Any], convert: Convert) -> list[Any]:
    first = next((value for value in values if value is not None), None)
    if isinstance(first, dict):
        return [convert(value) if value or value is None else "{}" for value in values]
    if isinstance(first, list):
        return [convert(value) for value in values]
    if isinstance(first, bytes):
        return [None if value is None else convert(value) for value in values]
    # Most rows of a batch have the same time, status and kind.
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]


@lru_cache
def _conversions(
    model: type[Base], columns: tuple[str, ...], dialect: Dialect
) -> dict[str, Convert]:
    table = cast(Table, model.__table__)
    found: dict[str, Convert] = {}
    for name in columns:
        kind = table.c[name].type
        convert = kind.dialect_impl(dialect).bind_processor(dialect)
        if isinstance(kind, LargeBinary):
            # SQLite's driver looks for an adapter of each bytes, and takes a bytearray as it is.
            found[name] = bytearray
        elif convert is not None:
            found[name] = cast(Convert, convert)
    return found


@lru_cache
def _statement(model: type[Base], columns: tuple[str, ...], dialect: Dialect) -> str:
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    marks = ", ".join([mark] * len(columns))
    names = ", ".join(columns)
    return f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks})"

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
    converted = _converted(rows, _conversions(model, tuple(columns), connection.dialect))
    if converted:
        sql = _statement(model, tuple(columns), connection.dialect)
        connection.exec_driver_sql(sql, converted)


def _converted(
    rows: Iterable[Sequence[Any]], conversions: dict[int, Convert]
) -> list[tuple[Any, ...]]:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for place, convert in conversions.items() if columns else ():
        columns[place] = _column(columns[place], convert)
    return list(zip(*columns, strict=True))


def _column(values: Sequence[Any], convert: Convert) -> list[Any]:
    first = next((value for value in values if value is not None), None)
    if isinstance(first, dict):
        return [convert(value) if value or value is None else "{}" for value in values]
    if isinstance(first, list):
        return [convert(value) for value in values]
    # Most rows of a batch have the same time, status and kind.
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]


@lru_cache
def _conversions(
    model: type[Base], columns: tuple[str, ...], dialect: Dialect
) -> dict[int, Convert]:
    table = cast(Table, model.__table__)
    found = {}
    for place, name in enumerate(columns):
        kind = table.c[name].type
        convert = kind.dialect_impl(dialect).bind_processor(dialect)
        # Bytes go as they are: there is nothing to convert, and each row has its own.
        if convert is not None and not isinstance(kind, LargeBinary):
            found[place] = cast(Convert, convert)
    return found


@lru_cache
def _statement(model: type[Base], columns: tuple[str, ...], dialect: Dialect) -> str:
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    marks = ", ".join([mark] * len(columns))
    names = ", ".join(columns)
    return f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks})"

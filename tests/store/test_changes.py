from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from store.changes import last_change, next_change
from store.database import Database


def test_an_empty_database_has_given_out_no_number(database: Database) -> None:
    with database.reading() as session:
        assert last_change(session) == 0


def test_numbers_rise_by_one_across_sessions(database: Database) -> None:
    given = []
    for _ in range(3):
        with database.writing() as session:
            given += [next_change(session), next_change(session)]
    assert given == [1, 2, 3, 4, 5, 6]
    with database.reading() as session:
        assert last_change(session) == 6


def test_a_number_that_was_rolled_back_is_given_again(database: Database) -> None:
    with pytest.raises(KeyError), database.writing() as session:
        assert next_change(session) == 1
        raise KeyError
    with database.writing() as session:
        assert next_change(session) == 1


def test_writers_at_the_same_time_never_get_the_same_number(database: Database) -> None:
    def take(_: int) -> int:
        with database.writing() as session:
            return next_change(session)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(40))) == list(range(1, 41))

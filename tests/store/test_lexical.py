from __future__ import annotations

import sqlite3

import pytest

from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry, delete_entries
from store.errors import DamagedWordsError
from store.lexical import (
    clear,
    common_tokens,
    count_stale,
    count_unindexed,
    frequencies,
    index_more,
    indexed,
    keep_common,
    questions_with,
)
from store.text import normalise
from store.tokens import tokens


def add(database, *texts, collection="库"):
    with database.writing() as session:
        into = ensure_collection(session, collection)
        return [add_entry(session, into, EntryDraft(text)) for text in texts], into.id


def take_in(database, limit=100):
    with database.writing() as session:
        return index_more(session, limit)


def found(database, token, **asked):
    asked = {"until": 1_000, "limit": 1_000, **asked}
    with database.reading() as session:
        return questions_with(session, [token], **asked)[0].tolist()


def test_questions_are_taken_in_by_rising_id_batch_by_batch(database) -> None:
    add(database, "密码忘了", "c++ 报错", "忘了带卡", "退款")
    assert take_in(database, 3) == 3
    with database.reading() as session:
        assert (indexed(session).until, indexed(session).documents) == (3, 3)
        assert count_unindexed(session) == 1
    assert take_in(database) == 1 and take_in(database) == 0
    assert found(database, "忘了") == [1, 3]
    assert found(database, "c++") == [2]
    assert found(database, "忘了", until=2) == [1]
    assert found(database, "忘了", limit=1) == [1]


def test_a_collection_is_searched_by_itself(database) -> None:
    _, first = add(database, "退款", "退货")
    _, other = add(database, "退款多久", collection="别的")
    take_in(database)
    assert found(database, "退款") == [1, 3]
    assert found(database, "退款", collection_ids=[other]) == [3]
    assert found(database, "退款", collection_ids=[first, other]) == [1, 3]


@pytest.mark.parametrize(
    "text",
    ['"', "a OR b", "x*", "NEAR(a b)", "tokens:退货", "^a", "- a", "it's", "a-b/c_d&e.f+#%", "AND"],
)
def test_whatever_is_asked_finds_itself_and_is_never_syntax(database, text) -> None:
    add(database, "保险", text)
    take_in(database)
    asked = tokens(normalise(text))
    for token in [*asked.words, *asked.unigrams]:
        assert found(database, token) == [2]


def test_frequencies_are_those_of_the_vocabulary_whether_counted_beforehand_or_not(
    database, monkeypatch
) -> None:
    add(database, *["密码忘了"] * 5, "密码锁定")
    take_in(database)
    with database.reading() as session:
        before = frequencies(session, ["密码", "忘了", "锁定", "退款"])
        assert common_tokens(session) == {}  # too few to be worth it
    assert before == {"密码": 6, "忘了": 5, "锁定": 1}
    monkeypatch.setattr("store.lexical._COUNTED_FROM", 1)
    monkeypatch.setattr("store.lexical._COMMON", 5)
    with database.writing() as session:
        counted = common_tokens(session)
        keep_common(session, counted)
    assert counted["密码"] == 6 and "锁定" not in counted
    with database.reading() as session:
        assert frequencies(session, ["密码", "忘了", "锁定", "退款"]) == before
        assert common_tokens(session) == {}  # nothing has grown since


def test_what_was_deleted_is_counted_as_stale_and_emptying_starts_anew(database) -> None:
    ids, _ = add(database, "一", "二", "三")
    take_in(database)
    with database.writing() as session:
        delete_entries(session, ids[:2])
    with database.writing() as session:
        assert count_stale(session) == 2
        clear(session)
        assert indexed(session).documents == 0
    assert found(database, "三") == []
    assert take_in(database) == 1
    assert found(database, "三") == [3]


def test_a_rolled_back_batch_leaves_nothing(database) -> None:
    add(database, "退款")
    with pytest.raises(KeyboardInterrupt), database.writing() as session:
        index_more(session, 10)
        raise KeyboardInterrupt
    assert found(database, "退款") == []
    assert take_in(database) == 1
    assert found(database, "退款") == [1]


def test_the_index_passes_the_databases_own_check(database) -> None:
    add(database, "退款", "密码")
    take_in(database)
    with sqlite3.connect(database.path) as connection:
        connection.execute("INSERT INTO lexical (lexical) VALUES ('integrity-check')")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_index_that_lost_its_structure_is_emptied_and_is_made_as_the_migrations_make_it(
    database,
) -> None:
    def made() -> list[tuple[str, str]]:
        with sqlite3.connect(database.path) as connection:
            query = "SELECT name, sql FROM sqlite_schema WHERE name LIKE 'lexical%' ORDER BY name"
            return [(name, " ".join(sql.split())) for name, sql in connection.execute(query)]

    before = made()
    add(database, "退款", "密码")
    take_in(database)
    with sqlite3.connect(database.path) as connection:
        connection.execute("DELETE FROM lexical_data WHERE id = 10")
    database.close()
    add(database, "密码锁定")
    # What is damaged is the index of words: nobody has to go back to a backup.
    with pytest.raises(DamagedWordsError, match="doctor --fix"):
        take_in(database)
    with database.writing() as session:
        clear(session)
    assert made() == before
    assert take_in(database) == 3
    assert found(database, "密码") == [2, 3]

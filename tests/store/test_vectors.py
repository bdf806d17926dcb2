from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import text

from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry
from store.errors import StoreError
from store.text import text_hash
from store.vectors import (
    ModelRecord,
    TextToEmbed,
    count_missing,
    find_model,
    missing_texts,
    put_vectors,
    read_vectors,
    register_model,
)


def _register(database: Database, fingerprint: str = "f", name: str = "m") -> ModelRecord:
    with database.writing() as session:
        return register_model(
            session,
            name=name,
            fingerprint=fingerprint,
            dimension=8,
            layers=4,
            parameters=3_000_000_000,
        )


def _fill(database: Database) -> list[str]:
    """Two collections that share a text; return every different text."""
    with database.writing() as session:
        bank, shop = ensure_collection(session, "bank"), ensure_collection(session, "shop")
        add_entry(session, bank, EntryDraft("一", similar=("共有",), negative=("非",)))
        add_entry(session, shop, EntryDraft("共有", similar=("共有 ",)))
    return ["一", "共有", "非", "共有 "]


def _rows(count: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_model_is_known_by_its_fingerprint_whatever_it_is_called(database: Database) -> None:
    first = _register(database)
    again = _register(database, name="renamed")
    other = _register(database, fingerprint="g")
    assert (again.id, again.name) == (first.id, "renamed")
    assert other.id != first.id
    with database.reading() as session:
        assert find_model(session, "f") == again
        assert find_model(session, "h") is None
    assert again.parameters == 3_000_000_000


def test_every_different_text_misses_its_vector_once(database: Database) -> None:
    model = _register(database)
    texts = _fill(database)
    expected = sorted((text_hash(asked), asked) for asked in texts)
    with database.reading() as session:
        assert count_missing(session, model.id) == 4
        assert missing_texts(session, model.id, limit=10) == [
            TextToEmbed(key, asked) for key, asked in expected
        ]
        assert count_missing(session, model.id, [2]) == 2
        found = missing_texts(session, model.id, collection_ids=[2], limit=10)
        assert {missing.text for missing in found} == {"共有", "共有 "}
        assert count_missing(session, model.id, []) == 0


def test_pages_of_missing_texts_put_together_are_all_of_them(database: Database) -> None:
    model = _register(database)
    texts = _fill(database)
    seen: list[TextToEmbed] = []
    with database.reading() as session:
        while page := missing_texts(
            session, model.id, limit=3, after=seen[-1].text_hash if seen else b""
        ):
            seen += page
    assert sorted(missing.text for missing in seen) == sorted(texts)


def test_a_text_with_a_vector_is_missing_for_other_models_only(database: Database) -> None:
    one, two = _register(database, "f"), _register(database, "g")
    texts = _fill(database)
    with database.writing() as session:
        put_vectors(session, one.id, [text_hash(texts[0]), text_hash(texts[1])], _rows(2))
    with database.reading() as session:
        assert {missing.text for missing in missing_texts(session, one.id, limit=9)} == {
            "非",
            "共有 ",
        }
        assert (count_missing(session, one.id), count_missing(session, two.id)) == (2, 4)


def test_float32_vectors_come_back_bit_for_bit(database: Database) -> None:
    model = _register(database)
    rows = _rows(1200)
    hashes = [text_hash(str(n)) for n in range(1200)]
    with database.writing() as session:
        put_vectors(session, model.id, hashes, rows)
    with database.reading() as session:
        found = read_vectors(session, model.id, [*hashes, text_hash("absent")])
    assert found.keys() == set(hashes)
    assert np.array_equal(np.stack([found[key] for key in hashes]), rows)
    assert found[hashes[0]].dtype == np.float32


def test_float16_vectors_come_back_rounded_in_half_the_bytes(database: Database) -> None:
    model = _register(database)
    rows = _rows(3)
    hashes = [text_hash(str(n)) for n in range(3)]
    with database.writing() as session:
        put_vectors(session, model.id, hashes, rows, "float16")
    with database.reading() as session:
        found = read_vectors(session, model.id, hashes)
        sizes = session.scalars(text("SELECT length(data) FROM vector")).all()
    assert list(sizes) == [16, 16, 16]
    expected = rows.astype(np.float16).astype(np.float32)
    assert np.array_equal(np.stack([found[key] for key in hashes]), expected)


def test_a_vector_that_is_there_is_replaced(database: Database) -> None:
    model = _register(database)
    key = text_hash("x")
    for seed, dtype in [(1, "float32"), (2, "float16"), (3, "float32")]:
        with database.writing() as session:
            put_vectors(session, model.id, [key], _rows(1, seed), dtype)  # type: ignore[arg-type]
    with database.reading() as session:
        assert np.array_equal(read_vectors(session, model.id, [key])[key], _rows(1, 3)[0])


def test_a_sliced_or_transposed_array_is_stored_as_it_reads(database: Database) -> None:
    model = _register(database)
    wide = _rows(16).reshape(8, 16).T  # 16 rows of 8, in column order
    hashes = [text_hash(str(n)) for n in range(8)]
    with database.writing() as session:
        put_vectors(session, model.id, hashes, wide[::2])
    with database.reading() as session:
        found = read_vectors(session, model.id, hashes)
    assert np.array_equal(np.stack([found[key] for key in hashes]), wide[::2])


def test_a_damaged_vector_is_an_error_and_never_a_wrong_score(database: Database) -> None:
    model = _register(database)
    with database.writing() as session:
        put_vectors(session, model.id, [text_hash("x")], _rows(1))
        session.execute(text("UPDATE vector SET data = substr(data, 1, 30)"))
    with database.reading() as session, pytest.raises(StoreError, match="is damaged"):
        read_vectors(session, model.id, [text_hash("x")])


def test_no_vectors_at_all_is_fine_and_a_wrong_number_is_not(database: Database) -> None:
    model = _register(database)
    with database.writing() as session:
        put_vectors(session, model.id, [], _rows(0))
        with pytest.raises(ValueError, match="1 hashes for 2 vectors"):
            put_vectors(session, model.id, [text_hash("x")], _rows(2))

"""Vectors as rows, keyed by model and by the hash of the text as given.

They are what a long embedding run leaves behind batch by batch: a text that has its row is
never embedded again, and an index can be made again from the rows alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVarTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.chunks import chunks
from store.errors import StoreError
from store.models import Model, Question, Vector

Columns = TypeVarTuple("Columns")

_ROWS_AT_ONCE = 5_000
_NAMES_KEPT = 8
_STORED: dict[str, np.dtype[Any]] = {"float32": np.dtype("<f4"), "float16": np.dtype("<f2")}


@dataclass(frozen=True)
class ModelRecord:
    """An encoder that vectors were made with; `parameters` is their number.

    The same weights may have come under other names before, the latest of them first.
    """

    id: int
    fingerprint: str
    name: str
    other_names: tuple[str, ...]
    dimension: int
    layers: int
    parameters: int


@dataclass(frozen=True)
class TextToEmbed:
    """A text without a vector, by its hash."""

    text_hash: bytes
    text: str


def register_model(
    session: Session, *, name: str, fingerprint: str, dimension: int, layers: int, parameters: int
) -> ModelRecord:
    """Return the model of that fingerprint, made now if there was none.

    The last name leads; those that it had before are kept.
    """
    model = session.scalar(select(Model).where(Model.fingerprint == fingerprint))
    if model is None:
        model = Model(
            name=name,
            fingerprint=fingerprint,
            dimension=dimension,
            layers=layers,
            parameters=parameters,
        )
        session.add(model)
    if model.name != name:
        before = (model.name, *(model.other_names or ()))
        model.other_names = [other for other in before if other != name][:_NAMES_KEPT]
        model.name = name
    session.flush()
    return model_record(model)


def find_model(session: Session, fingerprint: str) -> ModelRecord | None:
    """Return the model of that fingerprint, None where nothing was made with it."""
    model = session.scalar(select(Model).where(Model.fingerprint == fingerprint))
    return None if model is None else model_record(model)


def model_record(model: Model) -> ModelRecord:
    """Return the row as a plain value."""
    return ModelRecord(
        id=model.id,
        fingerprint=model.fingerprint,
        name=model.name,
        other_names=tuple(model.other_names or ()),
        dimension=model.dimension,
        layers=model.layers,
        parameters=model.parameters,
    )


def count_missing(
    session: Session, model_id: int, collection_ids: Sequence[int] | None = None
) -> int:
    """Return how many different question texts have no vector under the model."""
    query = select(func.count(func.distinct(Question.text_hash)))
    return session.scalar(_without_vector(query, model_id, collection_ids)) or 0


def missing_texts(
    session: Session,
    model_id: int,
    *,
    collection_ids: Sequence[int] | None = None,
    limit: int,
    after: bytes = b"",
) -> list[TextToEmbed]:
    """Return different texts without a vector, by rising hash above `after`; every kind."""
    query = select(Question.text_hash, func.min(Question.text)).where(Question.text_hash > after)
    query = _without_vector(query, model_id, collection_ids)
    query = query.group_by(Question.text_hash).order_by(Question.text_hash).limit(limit)
    return [TextToEmbed(text_hash, text) for text_hash, text in session.execute(query)]


def _without_vector(
    query: Select[*Columns], model_id: int, collection_ids: Sequence[int] | None
) -> Select[*Columns]:
    has_vector = exists().where(Vector.model_id == model_id, Vector.text_hash == Question.text_hash)
    query = query.where(~has_vector)
    if collection_ids is not None:
        # Plus 0 keeps SQLite on the index by hash, in whose order texts are read batch by batch.
        query = query.where((Question.collection_id + 0).in_(collection_ids))
    return query


def put_vectors(
    session: Session,
    model_id: int,
    hashes: Sequence[bytes],
    vectors: NDArray[np.float32],
    dtype: Literal["float32", "float16"] = "float32",
) -> None:
    """Store one row of `vectors` for each hash; a vector already there is replaced."""
    if len(hashes) != len(vectors):
        raise ValueError(f"{len(hashes)} hashes for {len(vectors)} vectors")
    if not len(hashes):
        return
    rows = np.ascontiguousarray(vectors, dtype=_STORED[dtype])
    values = [
        {
            "model_id": model_id,
            "text_hash": text_hash,
            "dimension": rows.shape[1],
            "dtype": dtype,
            "data": row.tobytes(),
        }
        for text_hash, row in zip(hashes, rows, strict=True)
    ]
    session.execute(_upsert(session), values)


def _upsert(session: Session) -> Any:
    dialect = session.get_bind().dialect.name
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = make(Vector)
    return statement.on_conflict_do_update(
        index_elements=["model_id", "text_hash"],
        set_={name: statement.excluded[name] for name in ("dimension", "dtype", "data")},
    )


def read_vectors(
    session: Session, model_id: int, hashes: Sequence[bytes]
) -> dict[bytes, NDArray[np.float32]]:
    """Return the vectors that exist, as float32; a row that is damaged raises StoreError."""
    found: dict[bytes, NDArray[np.float32]] = {}
    for part in chunks(hashes):
        query = _stored(model_id).where(Vector.text_hash.in_(part))
        for row in session.execute(query):
            found[row.text_hash] = _vector(row)
    return found


def stored_hashes(session: Session, model_id: int) -> NDArray[np.void]:
    """Return the hash of every text that has a vector, rising; 16 bytes each."""
    query = select(Vector.text_hash).where(Vector.model_id == model_id).order_by(Vector.text_hash)
    rows = session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE))
    blocks = [b"".join(row[0] for row in part) for part in rows.partitions()]
    return np.frombuffer(b"".join(blocks), dtype="V16")


def stream_vectors(
    session: Session, model_id: int
) -> Iterator[tuple[list[bytes], NDArray[np.float32]]]:
    """Yield every vector with the hash of its text, in blocks by rising hash.

    Reads the table from one end to the other, which for many vectors takes a tenth of the time
    of looking each one up.
    """
    query = _stored(model_id).order_by(Vector.text_hash)
    rows = session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE))
    for part in rows.partitions():
        vectors = np.stack([_vector(row) for row in part])
        yield [row.text_hash for row in part], vectors


def _stored(model_id: int) -> Select[bytes, int, str, bytes]:
    query = select(Vector.text_hash, Vector.dimension, Vector.dtype, Vector.data)
    return query.where(Vector.model_id == model_id)


def _vector(row: Row[bytes, int, str, bytes]) -> NDArray[np.float32]:
    kind = _STORED[row.dtype]
    if len(row.data) != row.dimension * kind.itemsize:
        raise StoreError(f"vector {row.text_hash.hex()} is damaged; run `tongwen doctor --fix`")
    return np.frombuffer(row.data, dtype=kind).astype(np.float32, copy=False)

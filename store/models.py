"""The whole FAQ schema, as SQLAlchemy models.

Each change of a question, or of what decides whether it may be found (category, tags,
status, validity), gives its questions the next number of one global sequence. A reader that
knows the number it has seen knows what it missed; deletions leave a tombstone with a number.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite only numbers rows by itself in a column declared INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware datetimes in, aware UTC datetimes out; SQLite itself forgets the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Store as naive UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value.isoformat()}; give it a time zone")
        return value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Return as aware UTC."""
        return None if value is None else value.replace(tzinfo=dt.UTC)


def utc_now() -> dt.datetime:
    """Return the time now, in UTC, to the second."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


class Status(StrEnum):
    """Whether an entry may answer: only active ones do."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class Kind(StrEnum):
    """What a question is to its entry; a negative one is a question it must not answer."""

    STANDARD = "standard"
    SIMILAR = "similar"
    NEGATIVE = "negative"


class BuildState(StrEnum):
    """The life of a build; which ready one is live is said by the last publication."""

    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class JobState(StrEnum):
    """The life of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Decision(StrEnum):
    """What was decided about a query without a good answer."""

    NEW = "new"
    SIMILAR = "similar"
    NEGATIVE = "negative"
    NOT_OURS = "not_ours"


class Judgement(StrEnum):
    """What somebody thinks of two questions that look alike."""

    DUPLICATE = "duplicate"
    DIFFERENT = "different"
    LATER = "later"


class Action(StrEnum):
    """What was done to an entry."""

    CREATE = "create"
    EDIT = "edit"
    IMPORT = "import"
    ARCHIVE = "archive"
    ACTIVATE = "activate"
    MERGE = "merge"
    MERGED = "merged"
    UNMERGE = "unmerge"
    RESTORE = "restore"
    DELETE = "delete"


def _enum(kind: type[StrEnum]) -> Enum:
    return Enum(kind, native_enum=False, length=16, values_callable=lambda e: [m.value for m in e])


class Base(DeclarativeBase):
    """Declarative base with stable constraint names, so that migrations can find them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it off the class)
        dt.datetime: UtcDateTime(),
        dict[str, Any]: JSON,
    }


class Counter(Base):
    """Named counters; the row `change` holds the last change number given out."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, default=0)


class Collection(Base):
    """A set of entries with its own settings."""

    __tablename__ = "collection"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class Entry(Base):
    """One answer, with its questions and what decides when it may be given.

    `extra` keeps the columns of an imported row that mean nothing to Tongwen, for export.
    `content_hash` is the digest of all that the entry says, questions included, by which an
    import knows that nothing changed.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("collection_id", "external_id"),
        Index(None, "collection_id", "category"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"))
    external_id: Mapped[str | None] = mapped_column(String(500))
    answer: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str] = mapped_column(String(500), default="")
    status: Mapped[Status] = mapped_column(_enum(Status), default=Status.ACTIVE)
    valid_from: Mapped[dt.datetime | None]
    valid_until: Mapped[dt.datetime | None]
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    revision: Mapped[int] = mapped_column(default=1)

    collection: Mapped[Collection] = relationship()
    questions: Mapped[list[Question]] = relationship(
        back_populates="entry",
        order_by="Question.kind_order, Question.position",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )
    tags: Mapped[list[EntryTag]] = relationship(
        order_by="EntryTag.position", cascade="all, delete-orphan", passive_deletes=True
    )


class EntryTag(Base):
    """A tag of an entry, in the order given."""

    __tablename__ = "entry_tag"
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(String(200), index=True)


class Question(Base):
    """A text of an entry; its id is the id its vector carries in every index.

    `text_hash` is of the text as given, because that is what the encoder reads;
    `normalised_hash` is of the folded text, and tells questions that only look different.
    Ids are never used again (AUTOINCREMENT), so a build made before a deletion can't
    name a newer question by an old number.
    """

    __tablename__ = "question"
    __table_args__ = (
        Index(None, "collection_id", "normalised_hash"),
        Index(None, "entry_id"),
        Index(None, "text_hash"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"))
    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(_enum(Kind), default=Kind.STANDARD)
    kind_order: Mapped[int] = mapped_column(default=0)  # standard 0, similar 1, negative 2
    position: Mapped[int] = mapped_column(default=0)
    text: Mapped[str] = mapped_column(Text)
    text_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    normalised: Mapped[str] = mapped_column(Text)
    normalised_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    change: Mapped[int] = mapped_column(BigInteger, index=True)

    entry: Mapped[Entry] = relationship(back_populates="questions")


class ImportedFiles(Base):
    """An import that was completed: of which bytes, how, and what it said.

    `edits` is the number of edits that the collection had then; while it has not moved, the
    same bytes can change nothing.
    """

    __tablename__ = "imported_files"
    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True
    )
    signature: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    edits: Mapped[int] = mapped_column(BigInteger)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    finished_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class DeletedQuestion(Base):
    """The tombstone of a question, so that builds that still hold it can mask it."""

    __tablename__ = "deleted_question"
    question_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    collection_id: Mapped[int] = mapped_column(Integer)
    change: Mapped[int] = mapped_column(BigInteger, index=True)


class LexicalFrequency(Base):
    """How many questions have a common token, counted when the index of words last grew much."""

    __tablename__ = "lexical_frequency"
    __table_args__ = ({"sqlite_with_rowid": False},)
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    documents: Mapped[int] = mapped_column(BigInteger)


class Model(Base):
    """An encoder that vectors were made with, known by the hash of what decides its output."""

    __tablename__ = "model"
    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(500))
    other_names: Mapped[list[str] | None] = mapped_column(JSON)
    dimension: Mapped[int]
    layers: Mapped[int]
    parameters: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class Vector(Base):
    """The unit vector of one text under one model, as little-endian float16 or float32 bytes."""

    __tablename__ = "vector"
    __table_args__ = (
        CheckConstraint("dtype in ('float16', 'float32')", name="dtype"),
        {"sqlite_with_rowid": False},
    )
    model_id: Mapped[int] = mapped_column(
        ForeignKey("model.id", ondelete="CASCADE"), primary_key=True
    )
    text_hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    dimension: Mapped[int]
    dtype: Mapped[str] = mapped_column(String(8))
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Build(Base):
    """An immutable index over a set of questions under one model.

    `covered` maps a collection id (as text) to the change number up to which its questions
    are in the build; a question with a later number belongs to the delta.
    """

    __tablename__ = "build"
    # The files of a build lie under its id, so an id is never used again.
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"))
    state: Mapped[BuildState] = mapped_column(_enum(BuildState), default=BuildState.BUILDING)
    index_kind: Mapped[str] = mapped_column(String(16), default="flat")
    questions: Mapped[int] = mapped_column(BigInteger, default=0)
    covered: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checksums: Mapped[dict[str, Any]] = mapped_column(default=dict)
    measures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)

    model: Mapped[Model] = relationship()


class Publication(Base):
    """One row per publishing or rollback; the last one says which build answers."""

    __tablename__ = "publication"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("build.id"))
    published_at: Mapped[dt.datetime] = mapped_column(default=utc_now)

    build: Mapped[Build] = relationship()


class Job(Base):
    """Long work as a row: who runs it, how far it is, and why it failed.

    `attempts` counts how often it was begun, so that one that kills its worker ends somewhere.
    """

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[JobState] = mapped_column(_enum(JobState), default=JobState.QUEUED, index=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int | None] = mapped_column(BigInteger)
    rate: Mapped[float | None]
    phase: Mapped[str | None] = mapped_column(String(32))
    worker: Mapped[str | None] = mapped_column(String(200))
    heartbeat_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    cancel_requested: Mapped[bool] = mapped_column(default=False, server_default=false())
    error: Mapped[str | None] = mapped_column(Text)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]


class QueryLog(Base):
    """A query that was asked, what it found and what the asker thought of it.

    `query` is stored masked; `query_hash` is that of its normal form, so that the same question
    asked twice is counted twice. `asker` tells one visit from another, never who it was. A `topic`
    is only part of what several entries are asked.
    """

    __tablename__ = "query_log"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    asked_at: Mapped[dt.datetime] = mapped_column(default=utc_now, index=True)
    query: Mapped[str] = mapped_column(Text)
    query_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    source: Mapped[str | None] = mapped_column(String(16))
    asker: Mapped[str | None] = mapped_column(String(32))
    collection: Mapped[str | None] = mapped_column(String(200))
    mode: Mapped[str] = mapped_column(String(16))
    model: Mapped[str | None] = mapped_column(String(500))
    verdict: Mapped[str | None] = mapped_column(String(16))
    score: Mapped[float | None]
    entry_id: Mapped[int | None] = mapped_column(BigInteger)
    build_id: Mapped[int | None]
    took_ms: Mapped[float | None]
    helpful: Mapped[bool | None]
    topic: Mapped[bool | None]


class HitTest(Base):
    """A run of labelled queries: with which settings, on which build, and what came of it."""

    __tablename__ = "hit_test"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(500))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    model: Mapped[str] = mapped_column(String(500))
    fingerprint: Mapped[str] = mapped_column(String(64))
    build_id: Mapped[int]
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class HitTestQuery(Base):
    """One query of such a run; `expected` holds the ids as the file gave them."""

    __tablename__ = "hit_test_query"
    hit_test_id: Mapped[int] = mapped_column(
        ForeignKey("hit_test.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(Text)
    expected: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rank: Mapped[int | None]
    score: Mapped[float | None]
    confidence: Mapped[float | None]
    verdict: Mapped[str | None] = mapped_column(String(16))
    entry_id: Mapped[int | None] = mapped_column(BigInteger)
    external_id: Mapped[str | None] = mapped_column(String(500))
    question: Mapped[str] = mapped_column(Text, default="")
    took_ms: Mapped[float | None]


class LabelledQuery(Base):
    """What somebody decided about a query that had no good answer, one row per normal form.

    `entry_id` is the entry that is to answer it, or must not where `decision` is negative.
    """

    __tablename__ = "labelled_query"
    id: Mapped[int] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(Text)
    query_hash: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    decision: Mapped[Decision] = mapped_column(_enum(Decision))
    entry_id: Mapped[int | None] = mapped_column(BigInteger)
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class PairDecision(Base):
    """What somebody decided about two questions, by the hashes of their normal forms.

    The lower hash comes first. It speaks of texts and not of entries, so it survives a reindex,
    another model and an import of the same base; the texts are kept to be shown.
    """

    __tablename__ = "pair_decision"
    first_hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    second_hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    decision: Mapped[Judgement] = mapped_column(_enum(Judgement))
    first_text: Mapped[str] = mapped_column(Text)
    second_text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[dt.datetime] = mapped_column(default=utc_now, index=True)


class EntryRevision(Base):
    """One change of an entry, with what it said before and after; both as JSON objects.

    The entry itself may be gone, so nothing refers to it. A new row of an import has none:
    what it said first is the `before` of its first change.
    """

    __tablename__ = "entry_revision"
    __table_args__ = (Index(None, "entry_id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger)
    collection: Mapped[str] = mapped_column(String(200))
    action: Mapped[Action] = mapped_column(_enum(Action))
    by: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class EntryMerge(Base):
    """Entries that became one; `entries` is all that they were, the kept one first.

    `made` is what the kept one said then, which older merges did not keep.
    `decided` is what was decided about each of the others and the kept one before: the decision,
    by whom, when and in which words, or None.
    """

    __tablename__ = "entry_merge"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[list[Any]] = mapped_column(JSON)
    decided: Mapped[list[Any]] = mapped_column(JSON)
    made: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    by: Mapped[str] = mapped_column(String(200), default="")
    merged_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    undone_at: Mapped[dt.datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(200))


class DuplicateRun(Base):
    """One search for duplicates: of what, with which model and threshold, and what it counted."""

    __tablename__ = "duplicate_run"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    model: Mapped[str] = mapped_column(String(500))
    threshold: Mapped[float]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class DuplicateCluster(Base):
    """A cluster that a run found, in the run's order; `entries` begins with its representative.

    `questions` says for each entry which question of its own looks like which of the first one's.
    """

    __tablename__ = "duplicate_cluster"
    __table_args__ = (Index(None, "run_id", "kind", "state"),)
    run_id: Mapped[int] = mapped_column(
        ForeignKey("duplicate_run.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="open")
    size: Mapped[int]
    score: Mapped[float]
    entries: Mapped[list[Any]] = mapped_column(JSON)
    questions: Mapped[list[Any] | None] = mapped_column(JSON)


class Calibration(Base):
    """Thresholds fitted on labelled queries, for a model and a collection ("" for all)."""

    __tablename__ = "calibration"
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    collection: Mapped[str] = mapped_column(String(200), primary_key=True, default="")
    model: Mapped[str] = mapped_column(String(500))
    answer: Mapped[float]
    suggest: Mapped[float]
    gap: Mapped[float]
    build_id: Mapped[int]
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    fitted_at: Mapped[dt.datetime] = mapped_column(default=utc_now)

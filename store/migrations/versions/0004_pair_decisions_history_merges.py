"""Decisions about pairs, the history of entries, merges that can be undone, found duplicates."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""

    op.create_table(
        "pair_decision",
        sa.Column("first_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("second_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("first_text", sa.Text(), nullable=False),
        sa.Column("second_text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("first_hash", "second_hash", name=op.f("pk_pair_decision")),
    )
    op.create_index(op.f("ix_pair_decision_decided_at"), "pair_decision", ["decided_at"])
    op.create_table(
        "entry_revision",
        sa.Column("id", _big_id(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("collection", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_revision")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_entry_revision_entry_id"), "entry_revision", ["entry_id"])
    op.create_table(
        "entry_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("kept_revision", sa.Integer(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("decided", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("merged_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_merge")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "duplicate_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(length=500), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_run")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "duplicate_cluster",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["duplicate_run.id"],
            name=op.f("fk_duplicate_cluster_run_id_duplicate_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_duplicate_cluster")),
    )
    op.create_index(
        op.f("ix_duplicate_cluster_run_id_kind_state"),
        "duplicate_cluster",
        ["run_id", "kind", "state"],
    )


def _big_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def downgrade() -> None:
    """Undo."""

    for table in (
        "duplicate_cluster",
        "duplicate_run",
        "entry_merge",
        "entry_revision",
        "pair_decision",
    ):
        op.drop_table(table)

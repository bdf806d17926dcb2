"""Queries are logged with what they met, tested in kept runs, and labelled by decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LOGGED = (
    ("query_hash", sa.LargeBinary(length=16)),
    ("source", sa.String(length=16)),
    ("asker", sa.String(length=32)),
    ("model", sa.String(length=500)),
)


def upgrade() -> None:
    """Apply."""

    with op.batch_alter_table("query_log", schema=None) as batch_op:
        for name, kind in _LOGGED:
            batch_op.add_column(sa.Column(name, kind, nullable=True))
    op.create_table(
        "hit_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(length=500), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("build_id", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hit_test")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "hit_test_query",
        sa.Column("hit_test_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("expected", sa.JSON(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("external_id", sa.String(length=500), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hit_test_id"],
            ["hit_test.id"],
            name=op.f("fk_hit_test_query_hit_test_id_hit_test"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("hit_test_id", "position", name=op.f("pk_hit_test_query")),
    )
    op.create_table(
        "labelled_query",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("query_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "new",
                "similar",
                "negative",
                "not_ours",
                name="decision",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labelled_query")),
        sa.UniqueConstraint("query_hash", name=op.f("uq_labelled_query_query_hash")),
    )


def downgrade() -> None:
    """Undo."""

    op.drop_table("labelled_query")
    op.drop_table("hit_test_query")
    op.drop_table("hit_test")
    with op.batch_alter_table("query_log", schema=None) as batch_op:
        for name, _ in reversed(_LOGGED):
            batch_op.drop_column(name)

"""Thresholds fitted on labelled queries, for each model and collection."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""

    op.create_table(
        "calibration",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("collection", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=500), nullable=False),
        sa.Column("answer", sa.Double(), nullable=False),
        sa.Column("suggest", sa.Double(), nullable=False),
        sa.Column("gap", sa.Double(), nullable=False),
        sa.Column("build_id", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "collection", name=op.f("pk_calibration")),
    )


def downgrade() -> None:
    """Undo."""

    op.drop_table("calibration")

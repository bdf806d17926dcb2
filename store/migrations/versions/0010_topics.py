"""Queries that name a topic: what several entries are asked about waits for no answer."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""

    op.add_column("query_log", sa.Column("topic", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Undo."""

    op.drop_column("query_log", "topic")

"""Which questions of a cluster's entries look alike; runs before this tell only the entries."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""

    op.add_column("duplicate_cluster", sa.Column("questions", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo."""

    op.drop_column("duplicate_cluster", "questions")

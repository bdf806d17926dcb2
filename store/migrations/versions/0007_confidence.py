"""What the verdict of each query of a hit test went by; runs before this have only the cosine."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""

    op.add_column("hit_test_query", sa.Column("confidence", sa.Double(), nullable=True))


def downgrade() -> None:
    """Undo."""

    op.drop_column("hit_test_query", "confidence")

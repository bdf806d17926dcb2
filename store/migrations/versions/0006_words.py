"""Words of the questions: a full-text index of them (SQLite), and how often common ones occur."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Tokens come separated by spaces: what they are is decided by store/tokens.py, not here.
INDEX = """
CREATE VIRTUAL TABLE lexical USING fts5(
    tokens, content='', detail=none, tokenize = "ascii tokenchars '-_./&''+#%@'"
)
"""


def upgrade() -> None:
    """Apply."""

    op.create_table(
        "lexical_frequency",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_lexical_frequency")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(INDEX)
        op.execute("CREATE VIRTUAL TABLE lexical_vocabulary USING fts5vocab(lexical, row)")


def downgrade() -> None:
    """Undo."""

    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE lexical_vocabulary")
        op.execute("DROP TABLE lexical")
        op.execute("DELETE FROM counter WHERE name LIKE 'lexical %'")
    op.drop_table("lexical_frequency")

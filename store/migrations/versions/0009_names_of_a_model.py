"""Other names of a model; decisions that a merge replaced, with their authors.

The last name of the same weights may be gone one day while another still leads to them. Who
decided what a merge replaced was not kept before; it is taken as of the merge. A merge is undone
by what the kept entry says, no longer by how often it was changed.
"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MERGE = sa.table(
    "entry_merge",
    sa.column("id", sa.Integer),
    sa.column("decided", sa.JSON),
    sa.column("entries", sa.JSON),
    sa.column("merged_at", sa.DateTime),
)


def upgrade() -> None:
    """Apply."""

    op.add_column("model", sa.Column("other_names", sa.JSON(), nullable=True))
    connection = op.get_bind()
    for number, decided, at in connection.execute(
        sa.select(_MERGE.c.id, _MERGE.c.decided, _MERGE.c.merged_at)
    ).all():
        moment = at.replace(tzinfo=dt.UTC).isoformat()
        now = [[what, "", moment] if what else None for _, _, what in decided]
        connection.execute(_MERGE.update().where(_MERGE.c.id == number).values(decided=now))
    op.drop_column("entry_merge", "kept_revision")
    op.add_column("entry_merge", sa.Column("made", sa.JSON(), nullable=True))
    # A decision about two entries that ask the same was about any two such entries.
    op.execute("DELETE FROM pair_decision WHERE first_hash = second_hash")


def downgrade() -> None:
    """Undo."""

    op.drop_column("model", "other_names")
    op.drop_column("entry_merge", "made")
    column = sa.Column("kept_revision", sa.Integer(), nullable=False, server_default="0")
    op.add_column("entry_merge", column)
    connection = op.get_bind()
    for number, decided, entries in connection.execute(
        sa.select(_MERGE.c.id, _MERGE.c.decided, _MERGE.c.entries)
    ).all():
        first, *others = (entry["draft"]["standard"] for entry in entries)
        pairs = zip(others, decided, strict=True)
        before = [[first, other, known[0] if known else None] for other, known in pairs]
        connection.execute(_MERGE.update().where(_MERGE.c.id == number).values(decided=before))

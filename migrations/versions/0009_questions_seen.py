"""The outbox knows which row puts a question, and when it left: words answer what was seen."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NOT_LEFT = sa.text("question IS NOT NULL AND left_at IS NULL")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("left_at", sa.DateTime(timezone=True)))
    op.add_column("outbox", sa.Column("question", sa.Integer))
    op.create_index(
        "ix_outbox_unseen",
        "outbox",
        ["conversation_id"],
        sqlite_where=NOT_LEFT,
        postgresql_where=NOT_LEFT,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_unseen", "outbox")
    op.drop_column("outbox", "question")
    op.drop_column("outbox", "left_at")

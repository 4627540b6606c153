"""Messages know who was speaking, and conversations when they were erased, so that none is left."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ERASED = sa.text("erased_at IS NOT NULL")
SPOKEN = sa.text("participant_id IS NOT NULL")

#: In conversations in which one person alone was ever spoken to.
SPEAKERS = """
UPDATE inbox SET participant_id = (
    SELECT c.participant_id FROM conversation AS c WHERE c.id = inbox.conversation_id)
WHERE status <> 'pending' AND conversation_id NOT IN (
    SELECT o.conversation_id FROM outbox AS o WHERE o.participant_id IS NOT NULL
    GROUP BY o.conversation_id HAVING count(DISTINCT o.participant_id) > 1)
"""


def upgrade() -> None:
    op.add_column("conversation", sa.Column("erased_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_conversation_erased",
        "conversation",
        ["erased_at"],
        sqlite_where=ERASED,
        postgresql_where=ERASED,
    )
    op.add_column("inbox", sa.Column("participant_id", sa.Text()))
    op.execute(SPEAKERS)
    op.create_index(
        "ix_inbox_participant",
        "inbox",
        ["participant_id"],
        sqlite_where=SPOKEN,
        postgresql_where=SPOKEN,
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_participant", "inbox")
    op.drop_column("inbox", "participant_id")
    op.drop_index("ix_conversation_erased", "conversation")
    op.drop_column("conversation", "erased_at")

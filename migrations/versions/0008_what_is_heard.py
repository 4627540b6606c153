"""When each bot last heard its platform, and which messages gave the answers that stand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def upgrade() -> None:
    op.create_table(
        "reception",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("bot", sa.Text, primary_key=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("conversation", sa.Column("typed", DOCUMENT))


def downgrade() -> None:
    op.drop_column("conversation", "typed")
    op.drop_table("reception")

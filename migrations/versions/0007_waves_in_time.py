"""Waves give grace and are reminded of before they close; what leaves a pack is withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("wave", sa.Column("grace", sa.Integer(), server_default="0", nullable=False))
    op.add_column("wave", sa.Column("withdrawn_at", TIME))
    op.add_column("briefing", sa.Column("withdrawn_at", TIME))
    op.add_column(
        "invitation",
        sa.Column("closing_sent", sa.SmallInteger(), server_default="0", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("invitation", "closing_sent")
    op.drop_column("briefing", "withdrawn_at")
    op.drop_column("wave", "withdrawn_at")
    op.drop_column("wave", "grace")

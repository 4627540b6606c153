"""Wrong invitation codes are counted in the conversation that presents them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "conversation",
        sa.Column("wrong_codes", sa.SmallInteger(), nullable=False, server_default="0"),
    )
    op.add_column("conversation", sa.Column("wrong_code_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("conversation", "wrong_code_at")
    op.drop_column("conversation", "wrong_codes")

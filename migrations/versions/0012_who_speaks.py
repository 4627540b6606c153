"""A code remembers who joined by it; accounts are found whatever the bot."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "deliberation",
        sa.Column("return_check", sa.Text(), nullable=False, server_default="none"),
    )
    op.add_column("invitation_code", sa.Column("participant_id", sa.Text()))
    op.create_index("ix_invitation_code_participant_id", "invitation_code", ["participant_id"])
    op.add_column(
        "invitation_code",
        sa.Column("wrong_checks", sa.SmallInteger(), nullable=False, server_default="0"),
    )
    op.add_column("invitation_code", sa.Column("replaced_at", sa.DateTime(timezone=True)))
    op.create_index("ix_address_account", "address", ["external_id"])


def downgrade() -> None:
    op.drop_index("ix_address_account", "address")
    op.drop_index("ix_invitation_code_participant_id", "invitation_code")
    for name in ("replaced_at", "wrong_checks", "participant_id"):
        op.drop_column("invitation_code", name)
    op.drop_column("deliberation", "return_check")

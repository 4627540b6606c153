"""A time zone that somebody said is told from the deliberation's, which follows the pack."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: Until now whoever has a country was asked, or lives where all clocks agree.
SAID = """
UPDATE participant SET timezone_said = true
WHERE country IS NOT NULL OR timezone <> (
    SELECT d.timezone FROM deliberation AS d WHERE d.id = participant.deliberation_id)
"""


def upgrade() -> None:
    op.add_column(
        "participant",
        sa.Column("timezone_said", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(SAID)


def downgrade() -> None:
    op.drop_column("participant", "timezone_said")

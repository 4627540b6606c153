"""The order in which random choices were shown is kept with the answer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def upgrade() -> None:
    op.add_column("answer", sa.Column("choices_shown", DOCUMENT))


def downgrade() -> None:
    op.drop_column("answer", "choices_shown")

"""Files with a person's own data are made when they are sent: what holds one keeps its name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)

#: Of each table with messages: whose data the file in one of its rows holds.
WHOSE = {
    "outbox": "participant_id",
    "webchat_message": "(SELECT o.participant_id FROM outbox AS o WHERE o.id = outbox_id)",
}

#: A body that cannot be read is left as it is.
ON_SQLITE = """
UPDATE {table} SET body = json_set(
    body, '$.document',
    json_object('filename', json_extract(body, '$.document.filename'), 'of', {whose}))
WHERE CASE WHEN json_valid(body) THEN json_type(body, '$.document') = 'object' END
"""
ON_POSTGRESQL = """
UPDATE {table} SET body = jsonb_set(
    body, '{{document}}',
    jsonb_build_object('filename', body #> '{{document,filename}}', 'of', {whose}))
WHERE jsonb_typeof(body -> 'document') = 'object'
"""


def upgrade() -> None:
    op.add_column("participant", sa.Column("files_asked", DOCUMENT))
    statement = ON_SQLITE if op.get_bind().dialect.name == "sqlite" else ON_POSTGRESQL
    for table, whose in WHOSE.items():
        op.execute(statement.format(table=table, whose=whose))


def downgrade() -> None:
    op.drop_column("participant", "files_asked")

"""What is sent unasked is looked at when it leaves; one chat may be held without its bot."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
TEXTS = sa.text("body IS NOT NULL")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("wave_id", KEY))
    op.add_column(
        "outbox", sa.Column("any_hour", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("address", sa.Column("busy_until", TIME))
    _index_texts(["conversation_id", "received_at"])
    _know_what_waits()


def _know_what_waits() -> None:
    """Messages that were queued before: the wave is in their key, `invitation:7:p3f9`."""
    outbox = sa.table(
        "outbox",
        *(sa.column(name) for name in ("id", "kind", "once", "status", "send_before", "wave_id")),
    )
    waiting = sa.select(outbox.c.id, outbox.c.once).where(
        outbox.c.status.in_(["queued", "sending"]),
        outbox.c.kind.in_(["invitation", "reminder"]),
        outbox.c.once.is_not(None),
    )
    connection = op.get_bind()
    rows = [
        {"_id": id_, "wave_id": int(once.split(":")[1])}
        for id_, once in connection.execute(waiting).all()
    ]
    if rows:
        connection.execute(
            sa.update(outbox)
            .where(outbox.c.id == sa.bindparam("_id"))
            .values(wave_id=sa.bindparam("wave_id"), send_before=None),
            rows,
        )
    op.execute(
        "UPDATE outbox SET any_hour = true WHERE status IN ('queued', 'sending') "
        "AND broadcast_id IN (SELECT id FROM broadcast WHERE at_night)"
    )


def _index_texts(columns: list[str]) -> None:
    op.drop_index("ix_inbox_texts", "inbox")
    op.create_index("ix_inbox_texts", "inbox", columns, sqlite_where=TEXTS, postgresql_where=TEXTS)


def downgrade() -> None:
    _index_texts(["conversation_id"])
    op.drop_column("address", "busy_until")
    op.drop_column("outbox", "any_hour")
    op.drop_column("outbox", "wave_id")

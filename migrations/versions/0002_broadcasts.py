"""Broadcasts, organisers, and indexes by which a claim sees only what is due."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "broadcast",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deliberation_id", KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("texts", DOCUMENT, nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("by_hand", DOCUMENT),
        sa.Column("excludes_others", sa.Boolean(), nullable=False),
        sa.Column("local_time", sa.Text()),
        sa.Column("at_night", sa.Boolean(), nullable=False),
        sa.Column("starts_at", TIME),
        sa.Column("send_before", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("approved_at", TIME),
        sa.Column("started_at", TIME),
        sa.Column("watched_from", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("held_since", TIME),
        sa.Column("pause_reason", sa.Text()),
        sa.Column("conversation_id", KEY),
        sa.Column("code", sa.Text()),
        sa.Column("previewed_at", TIME),
        sa.Column("asked", sa.Text()),
        sa.Column("watched", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("progress", DOCUMENT),
        sa.ForeignKeyConstraint(
            ["deliberation_id"], ["deliberation.id"],
            name=op.f("fk_broadcast_deliberation_id_deliberation"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"],
            name=op.f("fk_broadcast_conversation_id_conversation"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
    )  # fmt: skip
    op.create_index(op.f("ix_broadcast_deliberation_id"), "broadcast", ["deliberation_id"])
    op.create_table(
        "organiser",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("deliberation_id", KEY, nullable=False),
        sa.Column("conversation_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enrolled_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME),
        sa.ForeignKeyConstraint(
            ["deliberation_id"], ["deliberation.id"],
            name=op.f("fk_organiser_deliberation_id_deliberation"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"],
            name=op.f("fk_organiser_conversation_id_conversation"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organiser")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_organiser_conversation_id")),
    )  # fmt: skip
    op.add_column("invitation_code", sa.Column("organiser", sa.Text()))
    op.add_column("outbox", sa.Column("broadcast_id", sa.Text()))
    # Both databases know this statement; Alembic would copy the whole table on SQLite.
    op.execute("ALTER TABLE outbox RENAME COLUMN sent_at TO ended_at")
    op.drop_index("ix_outbox_due", "outbox")
    op.drop_index("ix_outbox_texts", "outbox")
    _partial_index(
        "ix_outbox_due", "outbox",
        ["channel", "bot", "broadcast_id", "priority", "send_after", "id"], "status = 'queued'",
    )  # fmt: skip
    _partial_index("ix_outbox_texts", "outbox", ["conversation_id", "ended_at"], "body IS NOT NULL")
    _partial_index(
        "ix_outbox_broadcast", "outbox", ["broadcast_id", "ended_at"], "broadcast_id IS NOT NULL"
    )


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def downgrade() -> None:
    for index in ("ix_outbox_broadcast", "ix_outbox_texts", "ix_outbox_due"):
        op.drop_index(index, "outbox")
    op.execute("ALTER TABLE outbox RENAME COLUMN ended_at TO sent_at")
    op.drop_column("outbox", "broadcast_id")
    op.drop_column("invitation_code", "organiser")
    op.drop_table("organiser")
    op.drop_table("broadcast")
    _partial_index("ix_outbox_texts", "outbox", ["conversation_id"], "body IS NOT NULL")
    _partial_index(
        "ix_outbox_due", "outbox", ["channel", "bot", "priority", "id"], "status = 'queued'"
    )

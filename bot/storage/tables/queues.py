"""The two tables that the system is, and what stands beside them."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.storage.columns import Document, Key, UtcTime, kept, key, live, refers
from bot.storage.tables.schema import metadata

inbox = Table(
    "inbox",
    metadata,
    key(),
    Column("channel", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    refers("conversation_id", "conversation", nullable=False),
    Column("status", Text, nullable=False),
    Column("body", Document),  # an Incoming; purged after a time
    Column("received_at", UtcTime, nullable=False),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("error", Text),
    Column("done_at", UtcTime),
    Column("participant_id", Text),  # who was speaking, once its turn has run
    UniqueConstraint("channel", "external_id"),
    Index("ix_inbox_live", "conversation_id", "id", **live("pending")),
    #: Also answers when somebody last said something.
    Index("ix_inbox_texts", "conversation_id", "received_at", **kept("body IS NOT NULL")),
    Index("ix_inbox_participant", "participant_id", **kept("participant_id IS NOT NULL")),
    Index("ix_inbox_queue", "id", **live("pending")),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    key(),
    refers("conversation_id", "conversation", nullable=False),
    Column("channel", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("participant_id", Text, index=True),
    Column("broadcast_id", Text),
    Column("wave_id", Key),  # set: invites or reminds, and is looked at again when it leaves
    Column("kind", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("language", Text, nullable=False),
    Column("body", Document),  # an Outgoing; purged after a time
    #: Says once what must be sent only once, such as `reminder:7:1:p3f9`.
    Column("once", Text, unique=True),
    Column("status", Text, nullable=False),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("created_at", UtcTime, nullable=False),
    Column("send_after", UtcTime, nullable=False),
    Column("send_before", UtcTime),
    Column("any_hour", Boolean, nullable=False, server_default=false()),  # quiet hours or not
    Column("lease_until", UtcTime),
    #: When a sender took it to hand it to the platform; NULL while it surely has not left.
    Column("left_at", UtcTime),
    #: `conversation.asked`, where it puts a new question; a question put again has no number here.
    Column("question", Integer),
    Column("external_id", Text),
    Column("reason", Text),
    Column("ended_at", UtcTime),  # accepted by the platform, or given up
    #: Also answers what went to a chat within the last second.
    Index("ix_outbox_texts", "conversation_id", "ended_at", **kept("body IS NOT NULL")),
    Index("ix_outbox_broadcast", "broadcast_id", "ended_at", **kept("broadcast_id IS NOT NULL")),
    Index("ix_outbox_live", "conversation_id", "priority", "id", **live("queued", "sending")),
    Index(
        "ix_outbox_due",
        *("channel", "bot", "broadcast_id", "priority", "send_after", "id"),
        **live("queued"),
    ),
    Index(
        "ix_outbox_unseen",
        "conversation_id",
        **kept("question IS NOT NULL AND left_at IS NULL"),
    ),
    Index("ix_outbox_leases", "channel", "bot", "lease_until", **live("sending")),
    sqlite_autoincrement=True,
)

bucket = Table(
    "bucket",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("bot", Text, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("filled_at", UtcTime, nullable=False),
    Column("blocked_until", UtcTime),
)

reception = Table(
    "reception",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("bot", Text, primary_key=True),
    Column("heard_at", UtcTime, nullable=False),  # by the last good poll, or the last webhook
)

webchat_message = Table(
    "webchat_message",
    metadata,
    key(),
    refers("conversation_id", "conversation", nullable=False),
    refers("outbox_id", "outbox", nullable=False, unique=True),
    Column("body", Document, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_webchat_message_stream", "conversation_id", "id"),
    sqlite_autoincrement=True,
)

"""People: pseudonyms, and the two tables that identify."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.storage.columns import Document, UtcTime, kept, key, refers
from bot.storage.tables.schema import metadata

conversation = Table(
    "conversation",
    metadata,
    key(),
    refers("deliberation_id", "deliberation"),
    Column("participant_id", Text, index=True),  # the current one
    Column("language", Text),  # chosen; until then the hint serves
    Column("hint", Text),
    Column("places", Document, nullable=False),
    Column("asked", Integer, nullable=False, server_default="0"),
    Column("asked_at", UtcTime),
    Column("offered", Document, nullable=False),
    Column("typed", Document),  # messages whose words are answers now: message, instrument, item
    Column("strikes", SmallInteger, nullable=False, server_default="0"),
    Column("retry_at", UtcTime),
    Column("wrong_codes", SmallInteger, nullable=False, server_default="0"),
    Column("wrong_code_at", UtcTime),
    Column("erased_at", UtcTime),  # what is left of who was here is purged soon after
    Index("ix_conversation_erased", "erased_at", **kept("erased_at IS NOT NULL")),
    sqlite_autoincrement=True,
)

participant = Table(
    "participant",
    metadata,
    Column("id", Text, primary_key=True),  # a random pseudonym
    refers("deliberation_id", "deliberation", nullable=False),
    refers("conversation_id", "conversation", index=True),  # where the person was last met
    Column("status", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("country", Text),
    Column("timezone", Text, nullable=False),
    Column("timezone_said", Boolean, nullable=False, server_default=false()),  # or the default
    Column("cohort", Text),
    Column("stratum", Text),
    Column("arm", Text),
    Column("profile", Document, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("enrolled_at", UtcTime),
    Column("files_asked", Document),  # when the person's own data were asked for of late
    Index("ix_participant_panel", "deliberation_id", "status"),
)

address = Table(
    "address",
    metadata,
    key(),
    refers("conversation_id", "conversation", nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("blocked_at", UtcTime),
    #: Until when what was sent there fills it: each message a second, a refusal as long as it says.
    Column("busy_until", UtcTime),
    UniqueConstraint("channel", "bot", "external_id"),
    Index("ix_address_account", "external_id"),
    sqlite_autoincrement=True,
)

organiser = Table(
    "organiser",
    metadata,
    key(),
    refers("deliberation_id", "deliberation", nullable=False),
    refers("conversation_id", "conversation", nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("enrolled_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

identity = Table(
    "identity",
    metadata,
    refers("participant_id", "participant", primary_key=True),
    Column("item", Text, primary_key=True),
    Column("value", Document),
    Column("stored_at", UtcTime, nullable=False),
)

consent = Table(
    "consent",
    metadata,
    key(),
    refers("participant_id", "participant", nullable=False, index=True),
    refers("consent_text_id", "consent_text", nullable=False),
    Column("language", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("given_at", UtcTime, nullable=False),
    Column("withdrawn_at", UtcTime),
)

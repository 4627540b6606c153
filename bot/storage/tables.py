"""The schema, the same on SQLite and PostgreSQL. What each word means: docs/glossary.md."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite, which knows no zones, keeps it naive and gets it back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Key = BigInteger().with_variant(Integer, "sqlite")  #: SQLite counts up only plain INTEGER keys.
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key() -> Column[int]:
    """Counts up. Tables from which rows are deleted say `sqlite_autoincrement` as well: without it
    SQLite gives a deleted row's number to a new one, and who waits for higher ones misses it."""
    return Column("id", Key, primary_key=True, autoincrement=True)


def _refers(name: str, target: str, **more: Any) -> Column[Any]:
    return Column(name, ForeignKey(f"{target}.id", ondelete="CASCADE"), **more)


def _live(*statuses: str) -> dict[str, Any]:
    """A partial index: finished rows must not slow the claim of live ones."""
    words = ", ".join(f"'{status}'" for status in statuses)
    return _kept(f"status IN ({words})" if len(statuses) > 1 else f"status = {words}")


def _kept(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def has_status(table: FromClause, *statuses: StrEnum) -> ColumnElement[bool]:
    """Rows in one of `statuses`, written out and not bound: no planner proves that a partial index
    serves a parameter."""
    words: list[ColumnElement[str]] = [literal_column(f"'{status.value}'") for status in statuses]
    return table.c.status.in_(words) if len(words) > 1 else table.c.status == words[0]


# --- What is asked and told ---------------------------------------------------------------------

deliberation = Table(
    "deliberation",
    metadata,
    _key(),
    Column("code", Text, nullable=False, unique=True),
    Column("title", Document, nullable=False),
    Column("languages", Document, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("invited_only", Boolean, nullable=False),
    Column("on_erase", Text, nullable=False),
    Column("profile_code", Text),
    #: Counts every change of the definition or of a wave's status: caches compare it.
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("created_at", UtcTime, nullable=False),
)

consent_text = Table(
    "consent_text",
    metadata,
    _key(),
    _refers("deliberation_id", "deliberation", nullable=False),
    Column("version", Integer, nullable=False),
    Column("texts", Document, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("deliberation_id", "version"),
)

questionnaire = Table(
    "questionnaire",
    metadata,
    _key(),
    _refers("deliberation_id", "deliberation", nullable=False),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Document, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("deliberation_id", "code", "version"),
)

briefing = Table(
    "briefing",
    metadata,
    _key(),
    _refers("deliberation_id", "deliberation", nullable=False),
    Column("code", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("release", Document, nullable=False),
    Column("titles", Document, nullable=False),
    Column("parts", Document, nullable=False),
    UniqueConstraint("deliberation_id", "code"),
)

media = Table(
    "media",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of the content, in hex
    Column("filename", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

wave = Table(
    "wave",
    metadata,
    _key(),
    _refers("deliberation_id", "deliberation", nullable=False),
    Column("code", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("questionnaire_code", Text, nullable=False),
    _refers("questionnaire_id", "questionnaire"),  # bound when the wave opens
    Column("status", Text, nullable=False),
    Column("on_enrolment", Boolean, nullable=False),
    Column("opens_at", UtcTime),
    Column("closes_at", UtcTime),
    Column("opened_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("held_since", UtcTime),  # its time passed while nothing ran: staff must decide
    Column("reminders", Document, nullable=False),  # seconds after the invitation
    UniqueConstraint("deliberation_id", "code"),
)

bot_binding = Table(
    "bot_binding",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("bot", Text, primary_key=True),
    _refers("deliberation_id", "deliberation", nullable=False),
)

invitation_code = Table(
    "invitation_code",
    metadata,
    _key(),
    _refers("deliberation_id", "deliberation", nullable=False),
    Column("code", Text, nullable=False, unique=True),
    Column("most_uses", Integer, nullable=False),
    Column("uses", Integer, nullable=False, server_default="0"),
    Column("expires_at", UtcTime),
    Column("cohort", Text),
    Column("stratum", Text),
    Column("created_at", UtcTime, nullable=False),
)

# --- People -------------------------------------------------------------------------------------

conversation = Table(
    "conversation",
    metadata,
    _key(),
    _refers("deliberation_id", "deliberation"),
    Column("participant_id", Text, index=True),  # the current one
    Column("language", Text),  # chosen; until then the hint serves
    Column("hint", Text),
    Column("places", Document, nullable=False),
    Column("asked", Integer, nullable=False, server_default="0"),
    Column("asked_at", UtcTime),
    Column("offered", Document, nullable=False),
    Column("strikes", SmallInteger, nullable=False, server_default="0"),
    Column("retry_at", UtcTime),
    sqlite_autoincrement=True,
)

participant = Table(
    "participant",
    metadata,
    Column("id", Text, primary_key=True),  # a random pseudonym
    _refers("deliberation_id", "deliberation", nullable=False),
    _refers("conversation_id", "conversation", index=True),  # where the person was last met
    Column("status", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("country", Text),
    Column("timezone", Text, nullable=False),
    Column("cohort", Text),
    Column("stratum", Text),
    Column("arm", Text),
    Column("profile", Document, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("enrolled_at", UtcTime),
    Index("ix_participant_panel", "deliberation_id", "status"),
)

address = Table(
    "address",
    metadata,
    _key(),
    _refers("conversation_id", "conversation", nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("blocked_at", UtcTime),
    UniqueConstraint("channel", "bot", "external_id"),
    sqlite_autoincrement=True,
)

identity = Table(
    "identity",
    metadata,
    _refers("participant_id", "participant", primary_key=True),
    Column("item", Text, primary_key=True),
    Column("value", Document),
    Column("stored_at", UtcTime, nullable=False),
)

consent = Table(
    "consent",
    metadata,
    _key(),
    _refers("participant_id", "participant", nullable=False, index=True),
    _refers("consent_text_id", "consent_text", nullable=False),
    Column("language", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("given_at", UtcTime, nullable=False),
    Column("withdrawn_at", UtcTime),
)

# --- What they said -----------------------------------------------------------------------------

invitation = Table(
    "invitation",
    metadata,
    _refers("participant_id", "participant", primary_key=True),
    _refers("wave_id", "wave", primary_key=True),
    Column("invited_at", UtcTime, nullable=False),
    Column("told_at", UtcTime),  # when the invitation was put into words
    Column("reminders_sent", SmallInteger, nullable=False, server_default="0"),
    Index("ix_invitation_wave", "wave_id", "reminders_sent", "invited_at"),
)

response = Table(
    "response",
    metadata,
    Column("id", Text, primary_key=True),
    _refers("participant_id", "participant", nullable=False),
    Column("instrument", Text, nullable=False),  # a wave's code, or `profile`
    _refers("wave_id", "wave", index=True),
    _refers("questionnaire_id", "questionnaire", nullable=False),
    Column("status", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("completed_at", UtcTime),
    UniqueConstraint("participant_id", "instrument"),
)

answer = Table(
    "answer",
    metadata,
    _key(),
    _refers("response_id", "response", nullable=False, index=True),
    Column("item", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Document),
    Column("language", Text, nullable=False),  # in which it was asked
    Column("channel", Text, nullable=False),
    Column("asked_at", UtcTime),
    Column("answered_at", UtcTime, nullable=False),
    Column("replaced_at", UtcTime),  # set: an earlier answer, kept as history
    Index(
        "uq_answer_current",
        "response_id",
        "item",
        unique=True,
        **_kept("replaced_at IS NULL"),
    ),
)

reading = Table(
    "reading",
    metadata,
    _refers("participant_id", "participant", primary_key=True),
    _refers("briefing_id", "briefing", primary_key=True),
    Column("part", SmallInteger, primary_key=True),  # counted from 0
    Column("read_at", UtcTime, nullable=False),
)

event = Table(
    "event",
    metadata,
    _key(),
    Column("at", UtcTime, nullable=False),
    Column("subject", Text, nullable=False),  # `participant`, `wave`, `delivery`, ...
    Column("subject_id", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("source", Text),
    Column("target", Text, nullable=False),
    Column("detail", Document),
    Index("ix_event_subject", "subject", "subject_id"),
)

# --- The two tables that the system is ----------------------------------------------------------

inbox = Table(
    "inbox",
    metadata,
    _key(),
    Column("channel", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    _refers("conversation_id", "conversation", nullable=False),
    Column("status", Text, nullable=False),
    Column("body", Document),  # an Incoming; purged after a time
    Column("received_at", UtcTime, nullable=False),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("error", Text),
    Column("done_at", UtcTime),
    UniqueConstraint("channel", "external_id"),
    Index("ix_inbox_live", "conversation_id", "id", **_live("pending")),
    Index("ix_inbox_texts", "conversation_id", **_kept("body IS NOT NULL")),
    Index("ix_inbox_queue", "id", **_live("pending")),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    _key(),
    _refers("conversation_id", "conversation", nullable=False),
    Column("channel", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("participant_id", Text, index=True),
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
    Column("lease_until", UtcTime),
    Column("external_id", Text),
    Column("reason", Text),
    Column("sent_at", UtcTime),
    Index("ix_outbox_texts", "conversation_id", **_kept("body IS NOT NULL")),
    Index("ix_outbox_live", "conversation_id", "priority", "id", **_live("queued", "sending")),
    Index("ix_outbox_due", "channel", "bot", "priority", "id", **_live("queued")),
    Index("ix_outbox_leases", "channel", "bot", "lease_until", **_live("sending")),
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

webchat_message = Table(
    "webchat_message",
    metadata,
    _key(),
    _refers("conversation_id", "conversation", nullable=False),
    _refers("outbox_id", "outbox", nullable=False, unique=True),
    Column("body", Document, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_webchat_message_stream", "conversation_id", "id"),
    sqlite_autoincrement=True,
)

"""The schema, the same on SQLite and PostgreSQL. What each word means: docs/glossary.md."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.storage.columns import Document, UtcTime, kept, key, live, refers

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- What is asked and told ---------------------------------------------------------------------

deliberation = Table(
    "deliberation",
    metadata,
    key(),
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
    key(),
    refers("deliberation_id", "deliberation", nullable=False),
    Column("version", Integer, nullable=False),
    Column("texts", Document, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("deliberation_id", "version"),
)

questionnaire = Table(
    "questionnaire",
    metadata,
    key(),
    refers("deliberation_id", "deliberation", nullable=False),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Document, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("deliberation_id", "code", "version"),
)

briefing = Table(
    "briefing",
    metadata,
    key(),
    refers("deliberation_id", "deliberation", nullable=False),
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
    key(),
    refers("deliberation_id", "deliberation", nullable=False),
    Column("code", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("questionnaire_code", Text, nullable=False),
    refers("questionnaire_id", "questionnaire"),  # bound when the wave opens
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
    refers("deliberation_id", "deliberation", nullable=False),
)

invitation_code = Table(
    "invitation_code",
    metadata,
    key(),
    refers("deliberation_id", "deliberation", nullable=False),
    Column("code", Text, nullable=False, unique=True),
    Column("most_uses", Integer, nullable=False),
    Column("uses", Integer, nullable=False, server_default="0"),
    Column("expires_at", UtcTime),
    Column("cohort", Text),
    Column("stratum", Text),
    Column("organiser", Text),  # set: opens the organisers' door, under this name
    Column("created_at", UtcTime, nullable=False),
)

broadcast = Table(
    "broadcast",
    metadata,
    Column("id", Text, primary_key=True),
    refers("deliberation_id", "deliberation", nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("texts", Document, nullable=False),  # by language
    Column("audience", Text, nullable=False),  # an expression; empty: the whole panel
    Column("by_hand", Document),  # participants picked one by one; NULL: nobody was
    Column("excludes_others", Boolean, nullable=False),  # whose language has no text
    Column("local_time", Text),  # its wall-clock time for each person, such as 2027-01-31T18:00
    Column("at_night", Boolean, nullable=False),  # quiet hours are not kept
    Column("starts_at", UtcTime),
    Column("send_before", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("approved_at", UtcTime),
    Column("started_at", UtcTime),
    Column("watched_from", UtcTime),  # failures before this were looked at by a person
    Column("ended_at", UtcTime),
    Column("held_since", UtcTime),  # its time passed while nothing ran: an organiser must decide
    Column("pause_reason", Text),
    #: An organiser who works from a chat: where previews and the progress line go.
    refers("conversation_id", "conversation"),
    Column("code", Text),  # to be typed there before it is sent
    Column("previewed_at", UtcTime),
    Column("asked", Text),  # what was asked for there and is still to be done
    Column("watched", Boolean, nullable=False, server_default=false()),  # by a progress line there
    Column("progress", Document),  # the line last shown, and the deliveries that carried it
)

# --- People -------------------------------------------------------------------------------------

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
    Column("strikes", SmallInteger, nullable=False, server_default="0"),
    Column("retry_at", UtcTime),
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
    key(),
    refers("conversation_id", "conversation", nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("blocked_at", UtcTime),
    UniqueConstraint("channel", "bot", "external_id"),
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

# --- What they said -----------------------------------------------------------------------------

invitation = Table(
    "invitation",
    metadata,
    refers("participant_id", "participant", primary_key=True),
    refers("wave_id", "wave", primary_key=True),
    Column("invited_at", UtcTime, nullable=False),
    Column("told_at", UtcTime),  # when the invitation was put into words
    Column("reminders_sent", SmallInteger, nullable=False, server_default="0"),
    Index("ix_invitation_wave", "wave_id", "reminders_sent", "invited_at"),
)

response = Table(
    "response",
    metadata,
    Column("id", Text, primary_key=True),
    refers("participant_id", "participant", nullable=False),
    Column("instrument", Text, nullable=False),  # a wave's code, or `profile`
    refers("wave_id", "wave", index=True),
    refers("questionnaire_id", "questionnaire", nullable=False),
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
    key(),
    refers("response_id", "response", nullable=False, index=True),
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
        **kept("replaced_at IS NULL"),
    ),
)

reading = Table(
    "reading",
    metadata,
    refers("participant_id", "participant", primary_key=True),
    refers("briefing_id", "briefing", primary_key=True),
    Column("part", SmallInteger, primary_key=True),  # counted from 0
    Column("read_at", UtcTime, nullable=False),
)

event = Table(
    "event",
    metadata,
    key(),
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
    UniqueConstraint("channel", "external_id"),
    Index("ix_inbox_live", "conversation_id", "id", **live("pending")),
    Index("ix_inbox_texts", "conversation_id", **kept("body IS NOT NULL")),
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

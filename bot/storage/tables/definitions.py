"""What is asked and told: deliberations and all that belongs to one."""

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.storage.columns import Document, UtcTime, key, refers
from bot.storage.tables.schema import metadata

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
    Column("return_check", Text, nullable=False, server_default="none"),
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
    Column("withdrawn_at", UtcTime),  # it left the pack
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
    #: For how many seconds after closing those may go on who had begun.
    Column("grace", Integer, nullable=False, server_default="0"),
    Column("opened_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("held_since", UtcTime),  # its time passed while nothing ran: staff must decide
    Column("withdrawn_at", UtcTime),  # it left the pack
    Column("reminders", Document, nullable=False),  # seconds after the invitation, or to closing
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
    Column("participant_id", Text, index=True),  # whom it leads back to, if it is for one
    Column("wrong_checks", SmallInteger, nullable=False, server_default="0"),
    Column("replaced_at", UtcTime),  # set: staff issued another in its place
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

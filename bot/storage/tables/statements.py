"""What people said and read, and the log of what changed."""

from sqlalchemy import Column, Index, SmallInteger, Table, Text, UniqueConstraint

from bot.storage.columns import Document, UtcTime, kept, key, refers
from bot.storage.tables.schema import metadata

invitation = Table(
    "invitation",
    metadata,
    refers("participant_id", "participant", primary_key=True),
    refers("wave_id", "wave", primary_key=True),
    Column("invited_at", UtcTime, nullable=False),
    Column("told_at", UtcTime),  # when the invitation was put into words
    Column("reminders_sent", SmallInteger, nullable=False, server_default="0"),
    Column("closing_sent", SmallInteger, nullable=False, server_default="0"),  # those to closing
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
    Column("choices_shown", Document),  # codes in the order shown, where it was random
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

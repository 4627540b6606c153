"""The schema, the same on SQLite and PostgreSQL. What each word means: docs/glossary.md."""

from bot.storage.tables.definitions import (
    bot_binding,
    briefing,
    broadcast,
    consent_text,
    deliberation,
    invitation_code,
    media,
    questionnaire,
    wave,
)
from bot.storage.tables.people import (
    address,
    consent,
    conversation,
    identity,
    organiser,
    participant,
)
from bot.storage.tables.queues import bucket, inbox, outbox, reception, webchat_message
from bot.storage.tables.schema import metadata
from bot.storage.tables.statements import answer, event, invitation, reading, response

__all__ = [
    "address",
    "answer",
    "bot_binding",
    "briefing",
    "broadcast",
    "bucket",
    "consent",
    "consent_text",
    "conversation",
    "deliberation",
    "event",
    "identity",
    "inbox",
    "invitation",
    "invitation_code",
    "media",
    "metadata",
    "organiser",
    "outbox",
    "participant",
    "questionnaire",
    "reading",
    "reception",
    "response",
    "wave",
    "webchat_message",
]

"""A message of a turn as a row of the outbox."""

from datetime import datetime
from typing import Any

from bot.conversation.messages import Outgoing, Priority
from bot.conversation.state import Conversation
from bot.domain.states import DeliveryStatus


def outbox_row(
    conversation: Conversation, message: Outgoing, now: datetime, to: str | None = None
) -> dict[str, Any]:
    """`to` is set where the address is erased in the same transaction: the farewell carries it, and
    loses it once it is sent."""
    body = message.body()
    if to is not None:
        body["to"] = to
    return {
        "conversation_id": conversation.id,
        "channel": conversation.channel,
        "bot": conversation.bot,
        "participant_id": None if to is not None else conversation.participant_id,
        "kind": message.kind,
        "priority": Priority.REPLY,
        "language": message.language,
        "body": body,
        "question": message.question,
        "status": DeliveryStatus.QUEUED,
        "created_at": now,
        "send_after": now,
    }

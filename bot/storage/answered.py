"""Whether all that somebody said has been answered."""

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.messages import Priority
from bot.domain.states import DeliveryStatus, InboxStatus
from bot.storage.columns import has_status
from bot.storage.tables import address, inbox, outbox


async def is_answered(connection: AsyncConnection, channel: str, sender: str) -> bool:
    """Whether no turn of `sender` waits, and no reply is on its way; what comes unasked may."""
    here = address.c.conversation_id
    waits = exists().where(inbox.c.conversation_id == here, has_status(inbox, InboxStatus.PENDING))
    replies = exists().where(
        outbox.c.conversation_id == here,
        outbox.c.priority == int(Priority.REPLY),
        has_status(outbox, DeliveryStatus.QUEUED, DeliveryStatus.SENDING),
    )
    found = await connection.execute(
        select(here).where(
            address.c.channel == channel, address.c.external_id == sender, or_(waits, replies)
        )
    )
    return found.first() is None

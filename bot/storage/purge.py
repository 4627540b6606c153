"""Texts are kept only as long as they are needed; the ledger stays."""

from datetime import datetime

from sqlalchemy import delete, select, update

from bot.domain.states import DeliveryStatus, InboxStatus
from bot.storage.database import Transaction
from bot.storage.erasure import REPEATED_FOR
from bot.storage.tables import conversation, inbox, outbox, webchat_message

#: Rows in one run, so that the first purge of a large table does not hold everything up.
AT_ONCE = 10_000

FINISHED = [
    s.value for s in DeliveryStatus if s not in (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)
]


async def purge_texts(transaction: Transaction, before: datetime) -> None:
    """Delete the texts of messages that were finished `before`."""
    old_in = (
        select(inbox.c.id)
        .where(
            inbox.c.body.is_not(None),
            inbox.c.status != InboxStatus.PENDING,
            inbox.c.done_at < before,
        )
        .limit(AT_ONCE)
    )
    await transaction.execute(
        update(inbox).where(inbox.c.id.in_(old_in)).values(body=None, error=None)
    )
    old_out = (
        select(outbox.c.id)
        .where(
            outbox.c.body.is_not(None),
            outbox.c.status.in_(FINISHED),
            outbox.c.created_at < before,
        )
        .limit(AT_ONCE)
    )
    await transaction.execute(update(outbox).where(outbox.c.id.in_(old_out)).values(body=None))
    await transaction.execute(delete(webchat_message).where(webchat_message.c.created_at < before))


async def purge_erased(transaction: Transaction, now: datetime) -> None:
    """Delete what was kept of erased conversations to know repeated messages by."""
    erased = conversation.c.erased_at < now - REPEATED_FOR
    those = select(conversation.c.id).where(erased)
    await transaction.execute(
        delete(inbox).where(
            inbox.c.conversation_id.in_(those),
            inbox.c.participant_id.is_(None),
            inbox.c.body.is_(None),
            inbox.c.status != InboxStatus.PENDING,
        )
    )
    await transaction.execute(update(conversation).where(erased).values(erased_at=None))

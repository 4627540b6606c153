"""Erasing a person: identity, addresses and the texts of messages, at once."""

import secrets
from datetime import datetime

from sqlalchemy import case, delete, insert, select, update

from bot.domain.states import DeliveryStatus, InboxStatus, ParticipantStatus
from bot.storage.database import Transaction
from bot.storage.tables import (
    address,
    conversation,
    identity,
    inbox,
    invitation,
    organiser,
    outbox,
    participant,
    reading,
    response,
    webchat_message,
)


async def own_address(transaction: Transaction, conversation_id: int) -> str:
    """Where the farewell goes: the one message that outlives its address."""
    found = await transaction.execute(
        select(address.c.external_id).where(address.c.conversation_id == conversation_id)
    )
    return str(found.scalar_one())


async def erase(transaction: Transaction, who: str, anonymise: bool, now: datetime) -> None:
    """Forget the participant `who`, who is marked `erased` already.

    With `anonymise` the answers stay, under a fresh random id that nothing links to the old one.
    Conversations that serve another deliberation of the same person keep their address.
    """
    await transaction.execute(delete(identity).where(identity.c.participant_id == who))
    if anonymise:
        await _hand_answers_to_nobody(transaction, who, now)
    for table in (response, invitation, reading):
        await transaction.execute(delete(table).where(table.c.participant_id == who))
    own = (
        select(conversation.c.id)
        .where(conversation.c.participant_id == who)
        .union(select(participant.c.conversation_id).where(participant.c.id == who))
    )
    conversations = [row[0] for row in await transaction.execute(own) if row[0] is not None]
    await transaction.execute(
        update(participant)
        .where(participant.c.id == who)
        .values(conversation_id=None, profile={}, country=None, timezone="UTC")
    )
    await _forget_texts(transaction, conversations, now)
    shared = select(participant.c.conversation_id).where(
        participant.c.conversation_id.in_(conversations)
    )
    await transaction.execute(
        delete(address).where(
            address.c.conversation_id.in_(conversations), address.c.conversation_id.not_in(shared)
        )
    )
    await transaction.execute(
        delete(organiser).where(organiser.c.conversation_id.in_(conversations))
    )
    await transaction.execute(
        update(conversation)
        .where(conversation.c.id.in_(conversations))
        .values(participant_id=None, places=[], offered=[], language=None, hint=None)
    )


async def _hand_answers_to_nobody(transaction: Transaction, who: str, now: datetime) -> None:
    nobody = f"p{secrets.token_hex(8)}"
    kept = ("deliberation_id", "language", "country", "cohort", "stratum", "arm", "profile")
    row = (
        await transaction.execute(
            select(*(participant.c[name] for name in kept)).where(participant.c.id == who)
        )
    ).one()
    await transaction.execute(
        insert(participant).values(
            id=nobody,
            status=ParticipantStatus.ERASED,
            timezone="UTC",
            created_at=now.replace(hour=0, minute=0, second=0, microsecond=0),
            **row._mapping,
        )
    )
    for table in (response, invitation, reading):
        await transaction.execute(
            update(table).where(table.c.participant_id == who).values(participant_id=nobody)
        )


async def _forget_texts(transaction: Transaction, conversations: list[int], now: datetime) -> None:
    """Texts go; the farewell, which has its own `to`, stays until it is sent."""
    await transaction.execute(
        update(inbox)
        .where(inbox.c.conversation_id.in_(conversations), inbox.c.body.is_not(None))
        .values(
            body=None,
            error=None,
            status=case(
                (inbox.c.status == InboxStatus.PENDING, InboxStatus.DONE.value),
                else_=inbox.c.status,
            ),
        )
    )
    mine = outbox.c.conversation_id.in_(conversations)
    farewell = outbox.c.body["to"].as_string().is_not(None)
    await transaction.execute(
        update(outbox)
        .where(mine, outbox.c.status == DeliveryStatus.QUEUED, ~farewell)
        .values(status=DeliveryStatus.CANCELLED, ended_at=now)
    )
    await transaction.execute(
        update(outbox).where(mine, outbox.c.body.is_not(None), ~farewell).values(body=None)
    )
    await transaction.execute(
        delete(webchat_message).where(webchat_message.c.conversation_id.in_(conversations))
    )

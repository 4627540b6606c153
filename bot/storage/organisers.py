"""Organisers who work from a chat: who they are, and what they are told there."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.messages import Outgoing, Priority
from bot.domain.states import DeliveryStatus
from bot.storage.database import Database, Transaction
from bot.storage.events import log_event
from bot.storage.tables import address, conversation, deliberation, organiser, outbox


class NoSuchOrganiser(LookupError):
    """There is no such organiser; `minipublic organiser list` shows them."""


async def all_organisers(connection: AsyncConnection) -> list[Row[Any]]:
    """With the code of their deliberation and the channel they use; revoked ones too."""
    found = await connection.execute(
        select(organiser, deliberation.c.code.label("deliberation"), address.c.channel)
        .join(deliberation, deliberation.c.id == organiser.c.deliberation_id)
        .outerjoin(address, address.c.conversation_id == organiser.c.conversation_id)
        .order_by(organiser.c.id)
    )
    return list(found.all())


async def chats_of_organisers(connection: AsyncConnection, deliberation_id: int) -> list[int]:
    found = await connection.execute(
        select(organiser.c.conversation_id).where(
            organiser.c.deliberation_id == deliberation_id, organiser.c.revoked_at.is_(None)
        )
    )
    return list(found.scalars())


async def revoke(database: Database, id_: int, actor: str, now: datetime) -> None:
    """From now on the person is no organiser. Raises `NoSuchOrganiser`."""
    async with database.writing() as transaction:
        revoked = await transaction.execute(
            update(organiser)
            .where(organiser.c.id == id_, organiser.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        if revoked.rowcount == 0:
            raise NoSuchOrganiser(
                f"no organiser has the number {id_}, or it is revoked already. "
                f"{NoSuchOrganiser.__doc__}"
            )
        await log_event(transaction, "organiser", str(id_), "enrolled", "revoked", actor, now)


async def chat(connection: AsyncConnection, conversation_id: int) -> Any:
    """Where and in which language to speak there; None once the address is erased."""
    found = await connection.execute(
        select(
            conversation.c.id,
            conversation.c.language,
            conversation.c.hint,
            address.c.channel,
            address.c.bot,
        )
        .join(address, address.c.conversation_id == conversation.c.id)
        .where(conversation.c.id == conversation_id)
    )
    return found.one_or_none()


async def say(
    transaction: Transaction, where: Row[Any], messages: Iterable[Outgoing], now: datetime
) -> Sequence[int]:
    """Queue replies to the `chat`. Returns the ids of their deliveries."""
    ids = []
    for message in messages:
        queued = await transaction.execute(
            insert(outbox)
            .values(
                conversation_id=where.id,
                channel=where.channel,
                bot=where.bot,
                kind=message.kind,
                priority=Priority.REPLY,
                language=message.language,
                body=message.body(),
                status=DeliveryStatus.QUEUED,
                created_at=now,
                send_after=now,
            )
            .returning(outbox.c.id)
        )
        ids.append(queued.scalar_one())
    transaction.announce("outbox")
    return ids


async def delivery(connection: AsyncConnection, id_: int) -> Any:
    """The status of one delivery, and the platform's id of its message."""
    found = await connection.execute(
        select(outbox.c.status, outbox.c.external_id).where(outbox.c.id == id_)
    )
    return found.one_or_none()

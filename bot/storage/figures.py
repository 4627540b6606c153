"""How many of each there are, for metrics and for `minipublic doctor`."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.messages import MessageKind
from bot.domain.states import DeliveryStatus
from bot.storage.tables import broadcast, inbox, outbox, participant, response, wave

#: How many reasons are told of.
COMMONEST = 3

COUNTED = (broadcast, inbox, outbox, participant, response, wave)


async def counts(connection: AsyncConnection) -> dict[str, dict[str, int]]:
    """Rows by status, of each table that has one."""
    figures = {}
    for table in COUNTED:
        found = await connection.execute(
            select(table.c.status, func.count()).group_by(table.c.status).order_by(table.c.status)
        )
        figures[table.name] = {status: count for status, count in found}
    return figures


async def given_up(connection: AsyncConnection, since: datetime) -> dict[str, int]:
    """How many questions and replies failed for good, by the commonest reasons."""
    count = func.count().label("count")
    found = await connection.execute(
        select(outbox.c.reason, count)
        .where(
            outbox.c.status == DeliveryStatus.FAILED,
            outbox.c.kind.in_([MessageKind.REPLY, MessageKind.ITEM]),
            outbox.c.ended_at >= since,
        )
        .group_by(outbox.c.reason)
        .order_by(count.desc())
        .limit(COMMONEST)
    )
    return {reason or "for no reason": number for reason, number in found}

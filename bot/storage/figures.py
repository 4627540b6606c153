"""How many of each there are, for metrics and for `minipublic doctor`."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import broadcast, inbox, outbox, participant, response, wave

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

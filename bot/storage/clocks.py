"""Whether the clocks that write into the database agree with this process's."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import bucket, inbox, outbox


async def clocks_ahead(connection: AsyncConnection, now: datetime) -> Mapping[str, timedelta]:
    """How far each is ahead of `now`; below zero: behind. What was stored can tell of a clock that
    is ahead, or that was set back since, and of none that is behind."""
    newest = {
        "the newest message that came in": select(inbox.c.received_at).order_by(inbox.c.id.desc()),
        "the newest message to be sent": select(outbox.c.created_at).order_by(outbox.c.id.desc()),
        "the newest claim of a sender": select(func.max(bucket.c.filled_at)),
    }
    found = {}
    if connection.dialect.name != "sqlite":
        there = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
        found["the database's clock"] = there - now
    for what, statement in newest.items():
        stored = (await connection.execute(statement.limit(1))).scalar_one_or_none()
        if stored is not None and stored > now:
            found[what] = stored - now
    return found

"""When each bot last heard its platform: one that hears nothing looks like one nobody talks to."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.ports import Clock
from bot.storage.database import Database
from bot.storage.tables import reception

#: A time is written at most this often: it is looked at by the minute.
OFTEN = timedelta(seconds=15)


class StoredReception:
    """Notes the time of the last good poll, or of the last webhook that was received."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._noted: dict[tuple[str, str], datetime] = {}

    async def heard(self, channel: str, bot: str) -> None:
        now = self._clock.now()
        noted = self._noted.get((channel, bot))
        if noted is not None and abs(now - noted) < OFTEN:
            return
        async with self._database.writing() as transaction:
            note = self._database.insert(reception).values(channel=channel, bot=bot, heard_at=now)
            await transaction.execute(
                note.on_conflict_do_update(
                    index_elements=["channel", "bot"], set_={"heard_at": now}
                )
            )
        self._noted[channel, bot] = now


async def last_heard(connection: AsyncConnection, channel: str) -> Mapping[str, datetime]:
    """By bot; none for one that never heard anything."""
    found = await connection.execute(
        select(reception.c.bot, reception.c.heard_at).where(reception.c.channel == channel)
    )
    return {bot: heard_at for bot, heard_at in found}

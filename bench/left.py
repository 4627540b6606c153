"""Questions that are said to have left, where a benchmark sends nothing.

Words that were written before a question left are no answer to it.
"""

from datetime import UTC, datetime

from sqlalchemy import update

from bot.conversation.messages import Priority
from bot.domain.states import DeliveryStatus
from bot.storage.columns import has_status
from bot.storage.database import Database
from bot.storage.tables import outbox


async def replies_leave(database: Database) -> None:
    now = datetime.now(UTC)
    async with database.writing() as transaction:
        await transaction.execute(
            update(outbox)
            .where(
                has_status(outbox, DeliveryStatus.QUEUED),
                outbox.c.priority == int(Priority.REPLY),
            )
            .values(status=DeliveryStatus.SENT, left_at=now, ended_at=now)
        )

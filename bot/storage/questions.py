"""Which pending questions may not have been read yet when words came in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, union_all

from bot.conversation.state import Way
from bot.domain.states import DeliveryStatus
from bot.storage.columns import has_status
from bot.storage.database import Transaction
from bot.storage.tables import outbox

_LIVE = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)


async def ways(
    transaction: Transaction, asked: Mapping[int, int], since: datetime
) -> dict[int, Way]:
    """How the pending question of each conversation goes out, where it had not left by `since`.

    `asked` has the number of the pending question by conversation. A question without a row (of an
    older release, of an erased chat) was read, for all that is known.
    """
    here = outbox.c.conversation_id.in_(asked)
    later = outbox.c.left_at > since
    columns = [outbox.c[name] for name in ("conversation_id", "question", "left_at", "status")]
    # Each by an index that holds little: what has not left, what is live, what has just ended.
    branches: list[Select[Any]] = [
        select(*columns).where(here, outbox.c.question.is_not(None), outbox.c.left_at.is_(None)),
        select(*columns).where(here, has_status(outbox, *_LIVE), later),
        select(*columns).where(here, outbox.c.body.is_not(None), outbox.c.ended_at > since, later),
    ]
    found = await transaction.execute(union_all(*branches))
    return {
        row.conversation_id: Way(row.left_at, row.status in _LIVE)
        for row in found
        if row.question == asked[row.conversation_id]
    }

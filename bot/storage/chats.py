"""The pace of one chat: what it got fills it, a second for each message; a refusal of the platform
as long as it says. So one chat that gets too much holds up itself alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Row, Text, bindparam, cast, func, select, update

from bot.conversation.messages import MessageKind, Priority
from bot.delivery.lines import Ended, Line
from bot.domain.delivery import OutcomeUnknown, Receipt, Rejected, Throttled
from bot.domain.states import DeliveryStatus
from bot.storage.columns import UtcTime, has_status
from bot.storage.database import Transaction
from bot.storage.setback import of_line
from bot.storage.tables import address, outbox

#: "avoid sending more than one message per second" to a chat,
#: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
SECOND = timedelta(seconds=1)

#: A chat that got nothing for so long cannot have had too much.
IDLE = timedelta(minutes=1)

#: So many replies may wait for one chat. Whoever makes the bot say more is spared the oldest.
MOST_WAITING = 20

#: Why a reply was not sent any more.
SUPERSEDED = "later replies to the same chat took its place"


_FILLED = (
    update(address)
    .where(address.c.conversation_id == bindparam("_id"))
    .values(busy_until=bindparam("until", type_=UtcTime))
)


async def fill_chats(
    transaction: Transaction, line: Line, ended: Sequence[Ended], now: datetime
) -> None:
    """Note until when what was sent, or refused, fills each chat."""
    if line.chat_burst is None:
        return
    filled = [
        {"_id": each.parcel.conversation_id, "until": until}
        for each in ended
        if (until := _filled_until(each, line.chat_burst, now))
    ]
    if filled:
        await transaction.connection.execute(_FILLED, filled)


def _filled_until(ended: Ended, burst: int, now: datetime) -> datetime | None:
    match ended.result:
        case Throttled(whole=True) as halt:
            return now + halt.retry_after
        case Throttled() as refusal:  # and after that one a second, without a burst
            return now + refusal.retry_after + burst * SECOND
        case Receipt() | OutcomeUnknown() | Rejected():
            # No fuller than it can have been at the claim: the clock may have been set back since.
            since = min(max(ended.parcel.busy_until or now, now), now + burst * SECOND)
            return since + ended.parcel.messages * SECOND
        case _:
            return None


async def drop_superseded(transaction: Transaction, line: Line, now: datetime) -> None:
    """Where more replies wait for a chat than it could read, the oldest are not sent any more. What
    was answered is stored, and the question that is pending is among the latest. Files that were
    asked for, farewells, and what was tried already, stay."""
    waits = (
        of_line(line),
        has_status(outbox, DeliveryStatus.QUEUED),
        outbox.c.broadcast_id.is_(None),
        outbox.c.priority == int(Priority.REPLY),
    )
    crowded = await transaction.execute(
        select(outbox.c.conversation_id)
        .where(*waits)
        .group_by(outbox.c.conversation_id)
        .having(func.count() > MOST_WAITING)
    )
    for (chat,) in crowded.all():
        rows = await transaction.execute(
            select(
                outbox.c.id, outbox.c.kind, outbox.c.tries, cast(outbox.c.body, Text).label("body")
            )
            .where(*waits, outbox.c.conversation_id == chat)
            .order_by(outbox.c.id)
        )
        earlier = rows.all()[:-MOST_WAITING]
        await transaction.execute(
            update(outbox)
            .where(outbox.c.id.in_([row.id for row in earlier if _may_go(row)]))
            .values(status=DeliveryStatus.CANCELLED, reason=SUPERSEDED, ended_at=now)
        )


def _may_go(row: Row[Any]) -> bool:
    if row.tries or row.kind not in (MessageKind.REPLY, MessageKind.ITEM):
        return False
    try:
        body = orjson.loads(row.body or "{}")
    except ValueError:
        return False  # it fails by itself when it is claimed
    return "document" not in body and "to" not in body

"""What became of a broadcast: figures while it runs, and everyone's line."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.states import BroadcastStatus, DeliveryStatus
from bot.storage.broadcasts import find_broadcast
from bot.storage.columns import has_status
from bot.storage.tables import outbox

#: Over how long the rate is taken.
WINDOW = timedelta(minutes=1)

LINE = ("participant_id", "language", "channel", "bot", "status", "reason", "tries", "created_at",
        "send_after", "ended_at")  # fmt: skip

D = DeliveryStatus


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one moment."""

    id: str
    status: BroadcastStatus
    pause_reason: str | None
    held: bool
    by_status: Counter[DeliveryStatus] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)  #: By reason.
    waiting: int = 0  #: Of the queued: whose time has not come.
    rate: float = 0.0  #: Messages a second over the last minute.

    @property
    def total(self) -> int:
        return self.by_status.total()

    @property
    def sent(self) -> int:
        """Accepted by the platform, whatever it said later."""
        return self.by_status[D.SENT] + self.by_status[D.DELIVERED] + self.by_status[D.READ]

    @property
    def left(self) -> int:
        return self.by_status[D.QUEUED] + self.by_status[D.SENDING]

    @property
    def time_left(self) -> timedelta | None:
        """For those whose time has come, at the present rate; None if nothing moves."""
        due = self.left - self.waiting
        if self.status is not BroadcastStatus.SENDING or not self.rate:
            return None
        return timedelta(seconds=round(due / self.rate))


async def report(connection: AsyncConnection, id_: str, now: datetime) -> Report:
    """Raises `bot.storage.broadcasts.NoSuchBroadcast`."""
    row = await find_broadcast(connection, id_)
    mine = outbox.c.broadcast_id == id_
    statuses = await connection.execute(
        select(outbox.c.status, func.count()).where(mine).group_by(outbox.c.status)
    )
    reasons = await connection.execute(
        select(outbox.c.reason, func.count())
        .where(mine, outbox.c.status == D.FAILED)
        .group_by(outbox.c.reason)
    )
    waiting = await connection.execute(
        select(func.count())
        .select_from(outbox)
        .where(mine, has_status(outbox, D.QUEUED), outbox.c.send_after > now)
    )
    since = max(filter(None, (row.started_at, now - WINDOW)))
    ended = await connection.execute(
        select(func.count())
        .select_from(outbox)
        .where(mine, outbox.c.ended_at > since, outbox.c.status.in_([D.SENT, D.DELIVERED, D.READ]))
    )
    return Report(
        id=row.id,
        status=BroadcastStatus(row.status),
        pause_reason=row.pause_reason,
        held=row.held_since is not None,
        by_status=Counter({D(status): count for status, count in statuses}),
        failures=Counter({reason or "": count for reason, count in reasons}),
        waiting=waiting.scalar_one(),
        rate=ended.scalar_one() / max(1.0, (now - since).total_seconds()),
    )


async def lines(connection: AsyncConnection, id_: str) -> AsyncIterator[Row[Any]]:
    """Everyone who was to get it: the columns of `LINE`, in the order of participants."""
    await find_broadcast(connection, id_)
    stream = await connection.stream(
        select(*(outbox.c[name] for name in LINE))
        .where(outbox.c.broadcast_id == id_)
        .order_by(outbox.c.participant_id)
    )
    async for row in stream:
        yield row

"""The bucket of a line: its lock, its tokens, and its halt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, select, update

from bot.delivery.lines import Line, Room
from bot.domain.states import BroadcastStatus
from bot.storage.columns import has_status
from bot.storage.database import Database, Transaction
from bot.storage.setback import TOLERANCE, put_clock_back
from bot.storage.tables import broadcast, bucket

#: How much of a second's pace a bot may save up while it is idle.
BURST = 0.05

#: How much of a second's pace bulk waits for before it is worth a transaction.
LOT = 0.01

#: A platform that asks for more is asked again by then.
LONGEST_HALT = timedelta(hours=1)

POLL = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A line's bucket, locked until the transaction ends."""

    tokens: float  #: Below zero after a message of many parts.
    blocked_until: datetime | None
    sending: Sequence[str]  #: The broadcasts that are being sent.


#: With the broadcasts that are being sent, for a claim needs both.
_LOCKED = (
    select(
        bucket,
        select(func.aggregate_strings(broadcast.c.id, ","))
        .where(has_status(broadcast, BroadcastStatus.SENDING))
        .scalar_subquery()
        .label("sending"),
    )
    .where(bucket.c.channel == bindparam("channel"), bucket.c.bot == bindparam("bot"))
    .with_for_update()
)


async def lock_bucket(
    database: Database, transaction: Transaction, line: Line, now: datetime
) -> Bucket:
    mine = {"channel": line.channel, "bot": line.bot or ""}
    row = (await transaction.execute(_LOCKED, mine)).one_or_none()
    if row is None:
        new = database.insert(bucket).on_conflict_do_nothing()
        await transaction.execute(new.values(tokens=_capacity(line), filled_at=now, **mine))
        row = (await transaction.execute(_LOCKED, mine)).one()
    blocked_until = row.blocked_until
    if row.filled_at > now + TOLERANCE:
        ahead = row.filled_at - now
        await put_clock_back(transaction, line, row.filled_at, now)
        blocked_until = blocked_until and blocked_until - ahead
        await keep_bucket(transaction, line, row.tokens, blocked_until, now)
    return Bucket(
        tokens=_filled(row, line, now),
        blocked_until=blocked_until and min(blocked_until, now + LONGEST_HALT),
        sending=row.sending.split(",") if row.sending else (),
    )


async def keep_bucket(
    transaction: Transaction,
    line: Line,
    tokens: float,
    blocked_until: datetime | None,
    now: datetime,
) -> None:
    await transaction.execute(
        update(bucket)
        .where(_same_line(line))
        .values(tokens=tokens, filled_at=now, blocked_until=blocked_until)
    )


def affordable(line: Line, room: Room, tokens: float) -> Room:
    """Of `room` what the tokens suffice for, if each message took one."""
    if line.pace is None:
        return room
    for_bulk = int(tokens - _reserve(line))
    return Room(max(0, min(room.all, int(tokens))), max(0, min(room.bulk, for_bulk)))


def affords(line: Line, tokens: float, bulk: bool) -> bool:
    """Whether one message more may be claimed. It may cost more than there is: then all wait."""
    return line.pace is None or tokens - (_reserve(line) if bulk else 0) >= 1


def look_again(
    line: Line, tokens: float, blocked_until: datetime | None, now: datetime
) -> timedelta:
    if blocked_until and blocked_until > now:
        return min(POLL, blocked_until - now)
    if line.pace is not None:
        lot = _reserve(line) + max(1.0, line.pace * LOT)
        if tokens < lot:
            return timedelta(seconds=(lot - tokens) / line.pace)
    return POLL


def _same_line(line: Line) -> ColumnElement[bool]:
    return and_(bucket.c.channel == line.channel, bucket.c.bot == (line.bot or ""))


def _capacity(line: Line) -> float:
    return max(1.4, (line.pace or 0) * BURST)


def _reserve(line: Line) -> float:
    """Tokens that bulk leaves in the bucket, so that a reply finds one."""
    return (_capacity(line) - 1) / 2


def _filled(row: Row[Any], line: Line, now: datetime) -> float:
    if line.pace is None:
        return 0.0
    idle: float = max(0.0, (now - row.filled_at).total_seconds())
    saved: float = row.tokens
    return min(_capacity(line), saved + idle * line.pace)

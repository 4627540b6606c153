"""The edge out: claiming what is due under a lease, at the bot's pace.

Claims of one line follow one another, because each locks the line's bucket. So the order within a
conversation, one message in flight for each address, and the pace of the bot hold however many
processes send. A claim is also the lot of tokens that its process has reserved.

Replies go first. All else is bulk, which keeps off what the bucket reserves for replies, and sends
a chat at most one message a second.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
    update,
)

from bot.conversation.messages import MessageKind, Outgoing, Priority
from bot.conversation.ports import Clock, Destination, Parcel
from bot.delivery.lines import Claim, Ended, Line, Room
from bot.domain.states import BroadcastStatus, DeliveryStatus
from bot.storage.broadcasts import STOPPED
from bot.storage.claims import due
from bot.storage.columns import UtcTime, has_status
from bot.storage.database import Database, Transaction
from bot.storage.ledger import settle
from bot.storage.tables import broadcast, bucket, outbox

#: How long a claimed message is its sender's alone. Longer than any send may take.
LEASE = timedelta(seconds=60)

#: How much of a second's pace a bot may save up while it is idle.
BURST = 0.05

#: How much of a second's pace bulk waits for before it is worth a transaction.
LOT = 0.01

POLL = timedelta(seconds=1)

NEVER = datetime.min.replace(tzinfo=UTC)

REPEATABLE = [kind.value for kind in MessageKind if kind.repeatable]


class StoredOutbox:
    """The sender's view of the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._expired: dict[Line, datetime] = {}

    async def settle_and_claim(self, line: Line, ended: Sequence[Ended], room: Room) -> Claim:
        async with self._database.writing() as transaction:
            now = self._clock.now()
            state = await self._lock_bucket(transaction, line, now)
            halt = await settle(transaction, ended, now)
            blocked_until = max(filter(None, (state.blocked_until, halt)), default=None)
            tokens = _filled(state, line, now)
            rows: Sequence[Row[Any]] = []
            if room.all and not (blocked_until and blocked_until > now):
                await self._expire_now_and_then(transaction, line, now)
                if line.pace is not None:
                    for_bulk = int(tokens - _reserve(line))
                    room = Room(min(room.all, int(tokens)), min(room.bulk, for_bulk))
                sending = state.sending.split(",") if state.sending else []
                rows = await due(transaction, line, room, sending, now)
                if rows:
                    taken = {"ids": [row.id for row in rows], "until": now + LEASE}
                    await transaction.execute(_TAKEN, taken)
            tokens -= len(rows)
            if rows or halt:
                await transaction.execute(
                    update(bucket)
                    .where(_same_line(line))
                    .values(tokens=tokens, filled_at=now, blocked_until=blocked_until)
                )
            return Claim(
                [_parcel(row) for row in rows],
                _look_again(line, tokens, blocked_until, now),
            )

    async def release(self, line: Line) -> None:
        async with self._database.writing() as transaction:
            await self._expire(transaction, line, self._clock.now() + LEASE * 2)

    async def _lock_bucket(self, transaction: Transaction, line: Line, now: datetime) -> Row[Any]:
        """The line's bucket, and with it the broadcasts that are being sent."""
        mine = {"channel": line.channel, "bot": line.bot or ""}
        row = (await transaction.execute(_LOCKED, mine)).one_or_none()
        if row is None:
            new = self._database.insert(bucket).on_conflict_do_nothing()
            await transaction.execute(new.values(tokens=_capacity(line), filled_at=now, **mine))
            row = (await transaction.execute(_LOCKED, mine)).one()
        return row

    async def _expire_now_and_then(
        self, transaction: Transaction, line: Line, now: datetime
    ) -> None:
        if abs(now - self._expired.get(line, NEVER)) >= POLL:
            self._expired[line] = now
            await self._expire(transaction, line, now)

    async def _expire(self, transaction: Transaction, line: Line, now: datetime) -> None:
        """Leases of senders that died, and messages whose time has passed."""
        mine = _of_line(line)
        await transaction.execute(
            update(outbox)
            .where(mine, has_status(outbox, DeliveryStatus.SENDING), outbox.c.lease_until < now)
            .values(
                status=case(
                    (outbox.c.kind.in_(REPEATABLE), DeliveryStatus.QUEUED.value),
                    else_=DeliveryStatus.UNKNOWN.value,
                ),
                reason=STOPPED,
                lease_until=None,
                ended_at=case((outbox.c.kind.in_(REPEATABLE), None), else_=literal(now, UtcTime)),
            )
        )
        await transaction.execute(
            update(outbox)
            .where(mine, has_status(outbox, DeliveryStatus.QUEUED), outbox.c.send_before < now)
            .values(status=DeliveryStatus.EXPIRED, ended_at=now)
        )


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

_TAKEN = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        status=DeliveryStatus.SENDING,
        tries=outbox.c.tries + 1,
        lease_until=bindparam("until", type_=UtcTime),
    )
)


def _parcel(row: Row[Any]) -> Parcel:
    body = dict(row.body)
    farewell_to = body.pop("to", None)
    return Parcel(
        id=row.id,
        conversation_id=row.conversation_id,
        to=Destination(row.channel, row.bot, farewell_to or row.to),
        message=Outgoing.from_body(body),
        tries=row.tries + 1,
        farewell=farewell_to is not None,
        broadcast_id=row.broadcast_id,
        bulk=row.priority != Priority.REPLY,
    )


def _same_line(line: Line) -> ColumnElement[bool]:
    return and_(bucket.c.channel == line.channel, bucket.c.bot == (line.bot or ""))


def _of_line(line: Line) -> ColumnElement[bool]:
    if line.bot is None:
        return outbox.c.channel == line.channel
    return and_(outbox.c.channel == line.channel, outbox.c.bot == line.bot)


def _capacity(line: Line) -> float:
    return max(1.4, (line.pace or 0) * BURST)


def _reserve(line: Line) -> float:
    """Tokens that bulk leaves in the bucket, so that a reply finds one."""
    return (_capacity(line) - 1) / 2


def _filled(state: Row[Any], line: Line, now: datetime) -> float:
    if line.pace is None:
        return 0.0
    idle: float = max(0.0, (now - state.filled_at).total_seconds())
    saved: float = state.tokens
    return min(_capacity(line), saved + idle * line.pace)


def _look_again(
    line: Line, tokens: float, blocked_until: datetime | None, now: datetime
) -> timedelta:
    if blocked_until and blocked_until > now:
        return min(POLL, blocked_until - now)
    if line.pace is not None:
        lot = _reserve(line) + max(1.0, line.pace * LOT)
        if tokens < lot:
            return timedelta(seconds=(lot - tokens) / line.pace)
    return POLL

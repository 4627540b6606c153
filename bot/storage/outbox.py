"""The edge out: claiming what is due under a lease, and recording what became of it.

Claims of one line follow one another, because each locks the line's bucket. So the order within a
conversation, one message in flight for each address, and the pace of the bot hold however many
processes send.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import random
from typing import Any

import structlog
from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    case,
    exists,
    insert,
    or_,
    select,
    update,
)

from bot.conversation.messages import MessageKind, Outgoing
from bot.conversation.ports import Clock, Destination, Parcel
from bot.delivery.lines import Claim, Ended, Line
from bot.domain.delivery import (
    MOST_TRIES,
    ChannelMisconfigured,
    OutcomeUnknown,
    ParticipantLeft,
    Receipt,
    Throttled,
    Unreachable,
    backoff,
)
from bot.domain.states import DeliveryStatus
from bot.storage.columns import has_status
from bot.storage.database import Database, Transaction
from bot.storage.tables import address, bucket, outbox

log = structlog.get_logger()

#: How long a claimed message is its sender's alone. Longer than any send may take.
LEASE = timedelta(seconds=60)

#: How much of a second's pace a bot may save up while it is idle.
BURST = 0.05

#: How long a bot that is refused as a whole (a wrong token) waits before it is tried again.
MISCONFIGURED_PAUSE = timedelta(seconds=60)

POLL = timedelta(seconds=1)

REPEATABLE = [kind.value for kind in MessageKind if kind.repeatable]


class StoredOutbox:
    """The sender's view of the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def settle_and_claim(self, line: Line, ended: Sequence[Ended], room: int) -> Claim:
        async with self._database.writing() as transaction:
            now = self._clock.now()
            state = await self._lock_bucket(transaction, line, now)
            halt = await self._settle(transaction, ended, now)
            blocked_until = max(filter(None, (state.blocked_until, halt)), default=None)
            tokens = _filled(state, line, now)
            if room and not (blocked_until and blocked_until > now):
                await self._expire(transaction, line, now)
                affordable = room if line.pace is None else min(room, int(tokens))
                rows = await self._claim(transaction, line, affordable, now)
            else:
                rows = []
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
        locked = select(bucket).where(_same_line(line)).with_for_update()
        row = (await transaction.execute(locked)).one_or_none()
        if row is None:
            await transaction.execute(
                insert(bucket).values(
                    channel=line.channel, bot=line.bot or "", tokens=_capacity(line), filled_at=now
                )
            )
            row = (await transaction.execute(locked)).one()
        return row

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
                reason="the sender stopped between the request and its answer",
                lease_until=None,
            )
        )
        await transaction.execute(
            update(outbox)
            .where(mine, has_status(outbox, DeliveryStatus.QUEUED), outbox.c.send_before < now)
            .values(status=DeliveryStatus.EXPIRED)
        )

    async def _claim(
        self, transaction: Transaction, line: Line, room: int, now: datetime
    ) -> Sequence[Row[Any]]:
        """The first due message of each address that has none in flight."""
        if room <= 0:
            return []
        other = outbox.alias("other")
        goes_first = exists().where(
            other.c.conversation_id == outbox.c.conversation_id,
            has_status(other, DeliveryStatus.QUEUED, DeliveryStatus.SENDING),
            or_(
                other.c.status == DeliveryStatus.SENDING,
                and_(
                    or_(
                        other.c.priority < outbox.c.priority,
                        and_(other.c.priority == outbox.c.priority, other.c.id < outbox.c.id),
                    ),
                    or_(other.c.send_after <= now, other.c.tries > 0),
                ),
            ),
        )
        due = await transaction.execute(
            select(outbox, address.c.external_id.label("to"))
            .outerjoin(address, address.c.conversation_id == outbox.c.conversation_id)
            .where(
                _of_line(line),
                has_status(outbox, DeliveryStatus.QUEUED),
                outbox.c.send_after <= now,
                ~goes_first,
            )
            .order_by(outbox.c.priority, outbox.c.id)
            .limit(room)
        )
        rows = due.all()
        if rows:
            await transaction.execute(
                update(outbox)
                .where(outbox.c.id.in_([row.id for row in rows]))
                .values(
                    status=DeliveryStatus.SENDING,
                    tries=outbox.c.tries + 1,
                    lease_until=now + LEASE,
                )
            )
        return rows

    async def _settle(
        self, transaction: Transaction, ended: Sequence[Ended], now: datetime
    ) -> datetime | None:
        """Record each result. Returns until when the whole line must halt, if it must."""
        if not ended:
            return None
        halt: datetime | None = None
        changes: list[dict[str, Any]] = []
        left: list[int] = []
        for each in ended:
            result = each.result
            change = _settled(each, now)
            changes.append({"_id": each.parcel.id, "_tries": each.parcel.tries, **change})
            if isinstance(result, ParticipantLeft):
                left.append(each.parcel.conversation_id)
            elif isinstance(result, Throttled):
                halt = max(halt or now, now + result.retry_after)
            elif isinstance(result, ChannelMisconfigured):
                log.error("the bot is refused by its platform", reason=result.reason)
                halt = max(halt or now, now + MISCONFIGURED_PAUSE)
        await transaction.connection.execute(
            update(outbox).where(
                outbox.c.id == bindparam("_id"),
                outbox.c.status == DeliveryStatus.SENDING,
                outbox.c.tries == bindparam("_tries"),
            ),
            changes,
        )
        if left:
            await self._block(transaction, left, now)
        await self._forget_farewells(transaction, ended)
        return halt

    async def _block(
        self, transaction: Transaction, conversations: list[int], now: datetime
    ) -> None:
        await transaction.execute(
            update(address)
            .where(address.c.conversation_id.in_(conversations))
            .values(blocked_at=now)
        )
        await transaction.execute(
            update(outbox)
            .where(
                outbox.c.conversation_id.in_(conversations),
                outbox.c.status == DeliveryStatus.QUEUED,
            )
            .values(status=DeliveryStatus.BLOCKED)
        )

    async def _forget_farewells(self, transaction: Transaction, ended: Sequence[Ended]) -> None:
        """The last message to an erased address carried it; now that goes too."""
        farewells = [e.parcel.id for e in ended if e.parcel.farewell]
        if farewells:
            await transaction.execute(
                update(outbox)
                .where(
                    outbox.c.id.in_(farewells),
                    outbox.c.status.not_in([DeliveryStatus.QUEUED, DeliveryStatus.SENDING]),
                )
                .values(body=None)
            )


def _settled(each: Ended, now: datetime) -> dict[str, Any]:
    """What the ledger says after one send."""
    result, parcel = each.result, each.parcel
    change: dict[str, Any] = {
        "status": DeliveryStatus.FAILED,
        "send_after": now,
        "lease_until": None,
        "external_id": None,
        "reason": None,
        "sent_at": None,
        "tries": parcel.tries,
    }
    if isinstance(result, Receipt):
        change |= {
            "status": DeliveryStatus.SENT, "external_id": result.external_id, "sent_at": now
        }  # fmt: skip
        return change
    change["reason"] = result.reason
    again = {
        "status": DeliveryStatus.QUEUED,
        "send_after": now + backoff(parcel.tries, random()),
    }
    if isinstance(result, Throttled | ChannelMisconfigured):  # no fault of the message
        change |= {"status": DeliveryStatus.QUEUED, "tries": parcel.tries - 1}
    elif isinstance(result, ParticipantLeft):
        change["status"] = DeliveryStatus.BLOCKED
    elif isinstance(result, OutcomeUnknown) and not parcel.message.kind.repeatable:
        change["status"] = DeliveryStatus.UNKNOWN
    elif isinstance(result, OutcomeUnknown | Unreachable) and parcel.tries < MOST_TRIES:
        change |= again
    return change


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
    )


def _same_line(line: Line) -> ColumnElement[bool]:
    return and_(bucket.c.channel == line.channel, bucket.c.bot == (line.bot or ""))


def _of_line(line: Line) -> ColumnElement[bool]:
    if line.bot is None:
        return outbox.c.channel == line.channel
    return and_(outbox.c.channel == line.channel, outbox.c.bot == line.bot)


def _capacity(line: Line) -> float:
    return max(1.0, (line.pace or 0) * BURST)


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
    if line.pace is not None and tokens < 1:
        return timedelta(seconds=(1 - tokens) / line.pace)
    return POLL

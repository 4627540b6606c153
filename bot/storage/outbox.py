"""The edge out: claiming what is due under a lease, at the bot's pace.

Claims of one line follow one another, because each locks the line's bucket. So the order within a
conversation, one message in flight for each address, and the pace of the bot hold however many
processes send. A claim is also the lot of tokens that its process has reserved.

Replies go first. All else is bulk, which keeps off what the bucket reserves for replies, and is
looked at by the guard before it leaves.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import Row, bindparam, case, func, literal, update

from bot.conversation.messages import MessageKind, Outgoing, Priority
from bot.conversation.ports import Clock, Destination, Parcel
from bot.delivery.lines import Claim, Ended, Line, Room
from bot.domain.states import DeliveryStatus
from bot.logs import without_values
from bot.storage.apologies import Apologies
from bot.storage.away import away_is_told
from bot.storage.broadcasts import STOPPED
from bot.storage.bucket import (
    POLL,
    Bucket,
    affordable,
    affords,
    keep_bucket,
    lock_bucket,
    look_again,
)
from bot.storage.chats import IDLE, drop_superseded
from bot.storage.claims import due
from bot.storage.columns import Document, UtcTime, has_status
from bot.storage.database import Database, Transaction
from bot.storage.ledger import settle
from bot.storage.setback import LEASE, cut_down_times, of_line
from bot.storage.tables import outbox
from bot.storage.unasked import Guard

NEVER = datetime.min.replace(tzinfo=UTC)

#: How many rows the guard looks at in one claim while much of what waits is put aside.
MANY = 128

REPEATABLE = [kind.value for kind in MessageKind if kind.repeatable]

#: Why a message failed that could not even be read: a fault of ours, or of the database.
UNREADABLE = "the stored message cannot be read"

log = structlog.get_logger()


class StoredOutbox:
    """The sender's view of the database."""

    def __init__(
        self, database: Database, clock: Clock, guard: Guard, apologies: Apologies
    ) -> None:
        self._database = database
        self._clock = clock
        self._guard = guard
        self._apologies = apologies
        self._tidied: dict[Line, datetime] = {}
        self._puts_aside: set[Line] = set()

    async def settle_and_claim(self, line: Line, ended: Sequence[Ended], room: Room) -> Claim:
        with away_is_told():
            async with self._database.writing() as transaction:
                return await self._settle_and_claim(transaction, line, ended, room)

    async def _settle_and_claim(
        self, transaction: Transaction, line: Line, ended: Sequence[Ended], room: Room
    ) -> Claim:
        now = self._clock.now()
        bucket = await lock_bucket(self._database, transaction, line, now)
        halt = await settle(transaction, line, ended, now)
        await self._apologies.make(transaction, ended, now)
        blocked_until = max(filter(None, (bucket.blocked_until, halt)), default=None)
        parcels: list[Parcel] = []
        if room.all and not (blocked_until and blocked_until > now):
            await self._tidy_now_and_then(transaction, line, now)
            parcels = await self._claim(transaction, line, room, bucket, now)
        tokens = bucket.tokens - sum(parcel.messages for parcel in parcels)
        if parcels or halt:
            await keep_bucket(transaction, line, tokens, blocked_until, now)
        pause = look_again(line, tokens, blocked_until, now)
        if line in self._puts_aside and affords(line, tokens, bulk=True):
            pause = timedelta()
        return Claim(parcels, pause)

    async def release(self, line: Line) -> None:
        async with self._database.writing() as transaction:
            await self._expire(transaction, line, self._clock.now() + LEASE * 2)

    async def _claim(
        self, transaction: Transaction, line: Line, room: Room, bucket: Bucket, now: datetime
    ) -> list[Parcel]:
        room = affordable(line, room, bucket.tokens)
        many = line in self._puts_aside and room.bulk > 0
        looked_at = Room(room.all, max(room.bulk, MANY) if many else room.bulk)
        rows = await due(transaction, line, looked_at, bucket.sending, now)
        bulk = [row.id for row in rows if row.priority != Priority.REPLY]
        passed = await self._guard.passes(transaction, bulk, now)
        (self._puts_aside.add if len(passed) < len(bulk) else self._puts_aside.discard)(line)
        parcels: list[Parcel] = []
        reworded: list[dict[str, Any]] = []
        broken: list[int] = []
        tokens, places = bucket.tokens, Room(room.all, room.bulk)
        for row in rows:
            is_bulk = row.priority != Priority.REPLY
            if is_bulk and row.id not in passed:
                continue
            if not affords(line, tokens, is_bulk) or not (places.bulk if is_bulk else places.all):
                break
            words = passed.get(row.id)
            try:
                stored = orjson.loads(row.body) if row.body else {}  # purged
                to = stored.pop("to", None)
                message = words or Outgoing.from_body(stored)
                parcel = _parcel(row, line, message, to, now)
            except Exception as error:  # it fails alone
                log.error("a message cannot be read", outbox=row.id, **without_values(error))
                broken.append(row.id)
                continue
            parcels.append(parcel)
            if words is not None and words.body() != stored:
                new = {"_id": row.id, "words": words.body(), "into": words.language}
                reworded.append(new)
            tokens -= parcel.messages
            places = Room(places.all - 1, min(places.all, places.bulk) - is_bulk)
        return await _write(transaction, parcels, reworded, broken, now)

    async def _tidy_now_and_then(self, transaction: Transaction, line: Line, now: datetime) -> None:
        if abs(now - self._tidied.get(line, NEVER)) >= POLL:
            self._tidied[line] = now
            await cut_down_times(transaction, line, now)
            if line.chat_burst is not None:
                await drop_superseded(transaction, line, now)
            await self._expire(transaction, line, now)

    async def _expire(self, transaction: Transaction, line: Line, now: datetime) -> None:
        """Leases of senders that died, and messages whose time has passed."""
        mine = of_line(line)
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


#: Looked at once more, for somebody may have taken a row back since it was read.
_TAKEN = (
    update(outbox)
    .where(
        outbox.c.id.in_(bindparam("ids", expanding=True)),
        has_status(outbox, DeliveryStatus.QUEUED),
    )
    .values(
        status=DeliveryStatus.SENDING,
        tries=outbox.c.tries + 1,
        lease_until=bindparam("until", type_=UtcTime),
        # Of tries whose outcome is unknown the first may have arrived.
        left_at=func.coalesce(outbox.c.left_at, bindparam("now", type_=UtcTime)),
    )
    .returning(outbox.c.id)
)

_REWORDED = (
    update(outbox)
    .where(outbox.c.id == bindparam("_id"))
    .values(body=bindparam("words", type_=Document), language=bindparam("into"))
)


async def _write(
    transaction: Transaction,
    parcels: Sequence[Parcel],
    reworded: Sequence[dict[str, Any]],
    broken: Sequence[int],
    now: datetime,
) -> list[Parcel]:
    """Returns those of `parcels` that are in our hand now."""
    taken: set[int] = set()
    if parcels:
        ids = [parcel.id for parcel in parcels]
        found = await transaction.execute(_TAKEN, {"ids": ids, "until": now + LEASE, "now": now})
        taken.update(found.scalars())
    if reworded:  # the ledger keeps what was said
        await transaction.connection.execute(_REWORDED, list(reworded))
    if broken:
        await transaction.execute(
            update(outbox)
            .where(outbox.c.id.in_(broken))
            .values(status=DeliveryStatus.FAILED, reason=UNREADABLE, ended_at=now)
        )
    return [parcel for parcel in parcels if parcel.id in taken]


def _parcel(
    row: Row[Any], line: Line, message: Outgoing, farewell_to: str | None, now: datetime
) -> Parcel:
    return Parcel(
        id=row.id,
        conversation_id=row.conversation_id,
        to=Destination(row.channel, row.bot, farewell_to or row.to),
        message=message,
        tries=row.tries + 1,
        farewell=farewell_to is not None,
        broadcast_id=row.broadcast_id,
        bulk=row.priority != Priority.REPLY,
        messages=line.count(message),
        busy_until=row.busy_until,
        chat_was_idle=row.busy_until is None or row.busy_until <= now - IDLE,
    )

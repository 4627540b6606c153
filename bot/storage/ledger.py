"""What became of each send, written into its row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import random
from typing import Any

import structlog
from sqlalchemy import bindparam, update

from bot.conversation.ports import Parcel
from bot.delivery.lines import Ended, Line
from bot.domain.delivery import (
    MOST_TRIES,
    ChannelMisconfigured,
    OutcomeUnknown,
    ParticipantLeft,
    Receipt,
    SendFailure,
    Throttled,
    Unreachable,
    backoff,
)
from bot.domain.local_time import midnight
from bot.domain.states import DeliveryStatus
from bot.storage.broadcasts import TROUBLE, pause_if_failing
from bot.storage.chats import fill_chats
from bot.storage.database import Transaction
from bot.storage.tables import address, outbox

log = structlog.get_logger()

#: How long a bot that is refused as a whole (a wrong token) waits before it is tried again.
MISCONFIGURED_PAUSE = timedelta(seconds=60)

#: After these the message has surely not left.
NOT_LEFT = (Throttled, Unreachable, ChannelMisconfigured)

_TIMES = ("created_at", "send_after", "left_at", "ended_at")

#: A message that is still in the hand of the sender that claimed it.
_IN_HAND = update(outbox).where(
    outbox.c.id == bindparam("_id"),
    outbox.c.status == DeliveryStatus.SENDING,
    outbox.c.tries == bindparam("_tries"),
)


async def settle(
    transaction: Transaction, line: Line, ended: Sequence[Ended], now: datetime
) -> datetime | None:
    """Record each result. Returns until when the whole line must halt, if it must."""
    await fill_chats(transaction, line, ended, now)
    sent = [
        {"_id": e.parcel.id, "_tries": e.parcel.tries, "external_id": e.result.external_id}
        for e in ended
        if isinstance(e.result, Receipt)
    ]
    failures = [
        (e.parcel, e.result, _after(e.parcel, e.result, now))
        for e in ended
        if isinstance(e.result, SendFailure)
    ]
    if sent:
        await transaction.connection.execute(
            _IN_HAND.values(
                status=DeliveryStatus.SENT, ended_at=now, lease_until=None, reason=None
            ),
            sent,
        )
    if failures:
        await _forget_leaving(
            transaction, [p.id for p, f, _ in failures if isinstance(f, NOT_LEFT)]
        )
        await transaction.connection.execute(
            _IN_HAND,
            [{"_id": p.id, "_tries": p.tries, **change} for p, _, change in failures],
        )
        left = [p.conversation_id for p, f, _ in failures if isinstance(f, ParticipantLeft)]
        if left:
            await _block(transaction, left, now)
        troubled = {p.broadcast_id for p, _, change in failures if change["status"] in TROUBLE}
        for broadcast_id in troubled - {None}:
            await pause_if_failing(transaction, str(broadcast_id), now)
    await _forget_farewells(transaction, ended, now)
    return max(filter(None, (_halt(failure, now) for _, failure, _ in failures)), default=None)


async def _forget_leaving(transaction: Transaction, ids: list[int]) -> None:
    if ids:
        await transaction.execute(
            update(outbox)
            .where(outbox.c.id.in_(ids), outbox.c.status == DeliveryStatus.SENDING)
            .values(left_at=None)
        )


def _halt(failure: SendFailure, now: datetime) -> datetime | None:
    """Until when the whole bot must be silent after this failure."""
    if isinstance(failure, Throttled) and failure.whole:
        return now + failure.retry_after
    if isinstance(failure, ChannelMisconfigured):
        log.error("the bot is refused by its platform", reason=failure.reason)
        return now + MISCONFIGURED_PAUSE
    return None


async def _block(transaction: Transaction, conversations: list[int], now: datetime) -> None:
    await transaction.execute(
        update(address).where(address.c.conversation_id.in_(conversations)).values(blocked_at=now)
    )
    await transaction.execute(
        update(outbox)
        .where(
            outbox.c.conversation_id.in_(conversations),
            outbox.c.status == DeliveryStatus.QUEUED,
        )
        .values(status=DeliveryStatus.BLOCKED, ended_at=now)
    )


async def _forget_farewells(
    transaction: Transaction, ended: Sequence[Ended], now: datetime
) -> None:
    """The last message to an erased address carried it; now that goes too, and of its times the
    day is left."""
    farewells = [e.parcel.id for e in ended if e.parcel.farewell]
    if farewells:
        await transaction.execute(
            update(outbox)
            .where(
                outbox.c.id.in_(farewells),
                outbox.c.status.not_in([DeliveryStatus.QUEUED, DeliveryStatus.SENDING]),
            )
            .values(body=None, external_id=None, **dict.fromkeys(_TIMES, midnight(now, "UTC")))
        )


def _after(parcel: Parcel, failure: SendFailure, now: datetime) -> dict[str, Any]:
    """What the ledger says after a send that did not succeed."""
    match failure:
        case Throttled() | ChannelMisconfigured():  # no fault of the message
            return _again(failure, now, parcel.tries - 1)
        case ParticipantLeft():
            return _given_up(DeliveryStatus.BLOCKED, failure, parcel, now)
        case OutcomeUnknown() if not parcel.message.kind.repeatable:
            return _given_up(DeliveryStatus.UNKNOWN, failure, parcel, now)
        case OutcomeUnknown() | Unreachable() if parcel.tries < MOST_TRIES:
            return _again(failure, now + backoff(parcel.tries, random()), parcel.tries)
        case _:
            return _given_up(DeliveryStatus.FAILED, failure, parcel, now)


def _again(failure: SendFailure, when: datetime, tries: int) -> dict[str, Any]:
    return {
        "status": DeliveryStatus.QUEUED,
        "send_after": when,
        "lease_until": None,
        "reason": failure.reason,
        "ended_at": None,
        "tries": tries,
    }


def _given_up(
    status: DeliveryStatus, failure: SendFailure, parcel: Parcel, now: datetime
) -> dict[str, Any]:
    return {
        "status": status,
        "send_after": now,
        "lease_until": None,
        "reason": failure.reason,
        "ended_at": now,
        "tries": parcel.tries,
    }

"""The life of a broadcast: drafted, approved, sending, paused, done or cancelled."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.broadcast import AT_ONCE, MOST_FAILED, TOO_LATE, WATCHED, BroadcastText, Start
from bot.domain.states import (
    BroadcastStatus,
    DeliveryStatus,
    ForbiddenTransition,
    ParticipantStatus,
    sources_of,
)
from bot.storage.columns import has_status
from bot.storage.database import Transaction
from bot.storage.events import log_event
from bot.storage.tables import address, broadcast, deliberation, outbox, participant

#: Ends of a delivery that speak against going on.
TROUBLE = frozenset({DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN})

#: A send that was under way when its broadcast was cancelled may come back to the queue so late.
LEFTOVERS = timedelta(hours=1)

#: Why a delivery is unknown after a crash, which says nothing about the platform.
STOPPED = "the sender stopped between the request and its answer"

LIVE = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)


class NoSuchBroadcast(LookupError):
    """There is no such broadcast; `minipublic broadcast list` shows them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A broadcast as its organiser wrote it. Media in the texts are digests of stored files."""

    texts: Mapping[str, BroadcastText]  #: By language.
    audience: str = ""
    by_hand: Sequence[str] | None = None
    excludes_others: bool = False  #: Whose language has no text gets nothing, not the fallback.
    start: Start = AT_ONCE
    at_night: bool = False
    send_before: datetime | None = None


async def insert_draft(
    transaction: Transaction,
    id_: str,
    deliberation_id: int,
    draft: Draft,
    actor: str,
    now: datetime,
    **chat: Any,
) -> None:
    """`chat` names the conversation and the code of an organiser who works from a chat."""
    await transaction.execute(
        insert(broadcast).values(
            id=id_,
            deliberation_id=deliberation_id,
            status=BroadcastStatus.DRAFT,
            texts={language: asdict(text) for language, text in draft.texts.items()},
            audience=draft.audience,
            by_hand=None if draft.by_hand is None else list(draft.by_hand),
            excludes_others=draft.excludes_others,
            starts_at=draft.start.at,
            local_time=draft.start.local and draft.start.local.isoformat(),
            at_night=draft.at_night,
            send_before=draft.send_before,
            created_at=now,
            **chat,
        )
    )
    await log_event(transaction, "broadcast", id_, None, BroadcastStatus.DRAFT, actor, now)
    transaction.announce("broadcasts")


def drafted(row: Row[Any]) -> Draft:
    return Draft(
        texts={language: BroadcastText(**text) for language, text in row.texts.items()},
        audience=row.audience,
        by_hand=row.by_hand,
        excludes_others=row.excludes_others,
        start=Start(
            at=None if row.local_time else row.starts_at,
            local=datetime.fromisoformat(row.local_time) if row.local_time else None,
        ),
        at_night=row.at_night,
        send_before=row.send_before,
    )


async def find_broadcast(connection: AsyncConnection, id_: str) -> Row[Any]:
    """Raises `NoSuchBroadcast`."""
    found = await connection.execute(select(broadcast).where(broadcast.c.id == id_))
    row = found.one_or_none()
    if row is None:
        raise NoSuchBroadcast(f"no broadcast is called {id_!r}. {NoSuchBroadcast.__doc__}")
    return row


async def all_broadcasts(connection: AsyncConnection) -> list[Row[Any]]:
    found = await connection.execute(
        select(broadcast, deliberation.c.code.label("deliberation"))
        .join(deliberation, deliberation.c.id == broadcast.c.deliberation_id)
        .order_by(broadcast.c.created_at)
    )
    return list(found.all())


async def move(
    transaction: Transaction,
    id_: str,
    target: BroadcastStatus,
    actor: str,
    now: datetime,
    **more: Any,
) -> None:
    """Follow an edge, or raise `ForbiddenTransition`."""
    row = await find_broadcast(transaction.connection, id_)
    moved = await transaction.execute(
        update(broadcast)
        .where(broadcast.c.id == id_, broadcast.c.status.in_(sources_of(target)))
        .values(status=target, **more)
    )
    if moved.rowcount == 0:
        raise ForbiddenTransition(f"broadcast {id_} is {row.status} and cannot become {target}")
    await log_event(transaction, "broadcast", id_, row.status, target, actor, now)
    transaction.announce("broadcasts")
    transaction.announce("outbox")


async def start(
    transaction: Transaction,
    id_: str,
    send_after: Mapping[str, datetime],
    actor: str,
    now: datetime,
) -> None:
    """Send, or send on; `send_after` says until when a time zone sleeps.

    Failures so far are forgiven: whoever starts it has seen them.
    """
    await move(
        transaction,
        id_,
        BroadcastStatus.SENDING,
        actor,
        now,
        started_at=func.coalesce(broadcast.c.started_at, now),
        watched_from=now,
        held_since=None,
        pause_reason=None,
        ended_at=None,
    )
    for moment, zones in _by_moment(send_after).items():
        if moment > now:
            await transaction.execute(
                update(outbox)
                .where(
                    outbox.c.broadcast_id == id_,
                    has_status(outbox, DeliveryStatus.QUEUED),
                    outbox.c.send_after < moment,
                    _lives_in(zones),
                )
                .values(send_after=moment)
            )


async def first_due(connection: AsyncConnection, id_: str) -> datetime | None:
    """When the first of those queued may get it."""
    found = await connection.execute(
        select(func.min(outbox.c.send_after)).where(
            outbox.c.broadcast_id == id_, has_status(outbox, DeliveryStatus.QUEUED)
        )
    )
    moment: datetime | None = found.scalar_one()
    return moment


async def pause(
    transaction: Transaction, id_: str, actor: str, now: datetime, reason: str | None = None
) -> None:
    await move(transaction, id_, BroadcastStatus.PAUSED, actor, now, pause_reason=reason)


async def cancel(transaction: Transaction, id_: str, actor: str, now: datetime) -> int:
    """Take back what has not left. Returns how many will not get it."""
    await move(transaction, id_, BroadcastStatus.CANCELLED, actor, now, ended_at=now)
    return await cancel_queued(transaction, id_, now)


async def cancel_queued(transaction: Transaction, id_: str, now: datetime) -> int:
    taken_back = await transaction.execute(
        update(outbox)
        .where(outbox.c.broadcast_id == id_, has_status(outbox, DeliveryStatus.QUEUED))
        .values(status=DeliveryStatus.CANCELLED, ended_at=now)
    )
    return int(taken_back.rowcount)


async def hold(transaction: Transaction, row: Row[Any], now: datetime) -> None:
    """Do not start what is far too late; an organiser decides."""
    await transaction.execute(
        update(broadcast).where(broadcast.c.id == row.id).values(held_since=now)
    )
    await log_event(transaction, "broadcast", row.id, row.status, "held", "desk", now)


def is_too_late(row: Row[Any], now: datetime) -> bool:
    starts_at: datetime = row.starts_at
    return starts_at < now - TOO_LATE


async def at_hand(connection: AsyncConnection, now: datetime) -> list[tuple[str, int]]:
    """The ids of those that may need something done without anybody asking, each with that of its
    deliberation."""
    found = await connection.execute(
        select(broadcast.c.id, broadcast.c.deliberation_id)
        .where(
            or_(
                has_status(broadcast, BroadcastStatus.APPROVED, BroadcastStatus.SENDING),
                and_(
                    has_status(broadcast, BroadcastStatus.DRAFT),
                    broadcast.c.conversation_id.is_not(None),
                    broadcast.c.previewed_at.is_(None),
                ),
                and_(
                    has_status(broadcast, BroadcastStatus.CANCELLED),
                    broadcast.c.ended_at > now - LEFTOVERS,
                ),
                broadcast.c.watched,
                broadcast.c.asked.is_not(None),
            )
        )
        .order_by(broadcast.c.created_at)
    )
    return [(id_, deliberation_id) for id_, deliberation_id in found]


async def is_under_way(connection: AsyncConnection, id_: str) -> bool:
    """Whether anybody is left who may still get it."""
    left = select(outbox.c.id).where(outbox.c.broadcast_id == id_, has_status(outbox, *LIVE))
    return bool((await connection.execute(select(left.exists()))).scalar_one())


async def note(transaction: Transaction, id_: str, **facts: Any) -> None:
    """Keep what was done about a broadcast beside its life."""
    await transaction.execute(update(broadcast).where(broadcast.c.id == id_).values(**facts))


async def pause_if_failing(transaction: Transaction, id_: str, now: datetime) -> None:
    """Pause when more than 5 % of the last 200 deliveries failed or are unknown.

    Before there are 200, the same number of failures counts: eleven of the first eleven are enough.
    What a crash of our own left unknown does not count.
    """
    row = (
        await transaction.execute(
            select(broadcast.c.status, broadcast.c.watched_from)
            .where(broadcast.c.id == id_)
            .with_for_update()
        )
    ).one()
    if row.status != BroadcastStatus.SENDING:
        return
    last = (
        select(outbox.c.status, outbox.c.reason)
        .where(
            outbox.c.broadcast_id == id_,
            outbox.c.ended_at >= row.watched_from,
            outbox.c.status.in_([*TROUBLE, DeliveryStatus.SENT, DeliveryStatus.BLOCKED]),
        )
        .order_by(outbox.c.ended_at.desc())
        .limit(WATCHED)
        .subquery()
    )
    counted = await transaction.execute(
        select(func.count())
        .select_from(last)
        .where(last.c.status.in_(TROUBLE), last.c.reason != STOPPED)
    )
    failed = counted.scalar_one()
    if failed > WATCHED * MOST_FAILED:
        reason = f"{failed} of the last {WATCHED} failed or are unknown"
        await pause(transaction, id_, "sender", now, reason)


async def queue_again(
    transaction: Transaction,
    id_: str,
    send_after: Mapping[str, datetime],
    now: datetime,
    *among: DeliveryStatus,
) -> int:
    """Queue those of these states again. Returns how many.

    Only people who are in the panel now, and whose text is still stored.
    """
    still_there = exists().where(
        participant.c.id == outbox.c.participant_id,
        participant.c.status == ParticipantStatus.ENROLLED,
        address.c.conversation_id == outbox.c.conversation_id,
        address.c.blocked_at.is_(None),
    )
    queued = 0
    for moment, zones in _by_moment(send_after).items():
        done = await transaction.execute(
            update(outbox)
            .where(
                outbox.c.broadcast_id == id_,
                outbox.c.status.in_(among),
                outbox.c.body.is_not(None),
                or_(outbox.c.send_before.is_(None), outbox.c.send_before > now),
                still_there,
                _lives_in(zones),
            )
            .values(
                status=DeliveryStatus.QUEUED,
                send_after=moment,
                tries=0,
                reason=None,
                ended_at=None,
            )
        )
        queued += done.rowcount
    return queued


def _by_moment(send_after: Mapping[str, datetime]) -> Mapping[datetime, Sequence[str]]:
    zones = defaultdict(list)
    for zone, moment in send_after.items():
        zones[moment].append(zone)
    return zones


def _lives_in(zones: Sequence[str]) -> ColumnElement[bool]:
    return exists().where(
        participant.c.id == outbox.c.participant_id, participant.c.timezone.in_(zones)
    )

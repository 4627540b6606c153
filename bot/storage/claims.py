"""What of a line's outbox may leave now. A claim runs many times a second, so its statement is
built once for each shape and only its values change."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    literal,
    or_,
    select,
    union_all,
)

from bot.conversation.messages import Priority
from bot.delivery.lines import Line, Room
from bot.domain.states import DeliveryStatus
from bot.storage.columns import UtcTime, has_status
from bot.storage.database import Transaction
from bot.storage.tables import address, outbox

#: A chat gets at most one message a second of what it has not asked for.
BETWEEN_BULK = timedelta(seconds=1)

#: What a parcel is made of. The body is read by whoever makes it: one that cannot be read must not
#: keep the others from being claimed.
CARRIED = (
    *(outbox.c[name] for name in ("id", "conversation_id", "channel", "bot", "tries")),
    *(outbox.c[name] for name in ("priority", "send_after", "broadcast_id")),
    cast(outbox.c.body, Text).label("body"),
)


async def due(
    transaction: Transaction, line: Line, room: Room, sending: Sequence[str], now: datetime
) -> list[Row[Any]]:
    """The first due message of each address that has none in flight, as many as there is room for.

    `sending` are the broadcasts that are being sent. Replies come first, then what is scheduled,
    then broadcasts, each the longest due first.
    """
    if room.all <= 0:
        return []
    paced = line.chat_burst is not None
    statement = _statement(line.bot is None, room.bulk > 0, paced, len(sending))
    found = await transaction.execute(
        statement,
        {
            "channel": line.channel,
            "now": now,
            "room": room.all,
            "bulk": room.bulk,
            "just_now": now - BETWEEN_BULK,
            **({"soon": now + timedelta(seconds=line.chat_burst)} if line.chat_burst else {}),
            **({} if line.bot is None else {"bot": line.bot}),
            **{f"broadcast_{number}": id_ for number, id_ in enumerate(sending)},
        },
    )
    rows = sorted(found, key=lambda row: (row.priority, row.send_after, row.id))
    replies = [row for row in rows if row.priority == Priority.REPLY]
    bulk = rows[len(replies) :]
    return [*replies, *(bulk[: room.bulk] if len(replies) < room.all else ())]


@lru_cache
def _statement(
    any_bot: bool, with_bulk: bool, paced: bool, broadcasts: int
) -> CompoundSelect[Any] | Select[Any]:
    sending: list[BindParameter[Any]] = [bindparam(f"broadcast_{n}") for n in range(broadcasts)]
    branches = [_first(any_bot, Priority.REPLY, None, sending)]
    if with_bulk:
        branches.append(_first(any_bot, Priority.SCHEDULED, None, sending))
        branches += [_first(any_bot, Priority.BROADCAST, each, sending) for each in sending]
    if paced:
        branches = [branch.where(_has_room()) for branch in branches]
    if len(branches) == 1:
        return branches[0]
    return union_all(*(select(branch.subquery()) for branch in branches))


def _first(
    any_bot: bool,
    priority: Priority,
    of: BindParameter[Any] | None,
    sending: Sequence[BindParameter[Any]],
) -> Select[Any]:
    """What may leave with this priority, of the broadcast `of` or of none, longest due first."""
    now = bindparam("now", type_=UtcTime)
    found = (
        select(*CARRIED, address.c.external_id.label("to"), address.c.busy_until)
        .outerjoin(address, address.c.conversation_id == outbox.c.conversation_id)
        .where(
            outbox.c.channel == bindparam("channel"),
            *([] if any_bot else [outbox.c.bot == bindparam("bot")]),
            has_status(outbox, DeliveryStatus.QUEUED),
            outbox.c.broadcast_id.is_(None) if of is None else outbox.c.broadcast_id == of,
            outbox.c.priority == int(priority),
            outbox.c.send_after <= now,
            ~_another_goes_first(now, sending),
        )
        # All columns of the index, or PostgreSQL sorts what is due before it takes the first.
        .order_by(outbox.c.broadcast_id, outbox.c.priority, outbox.c.send_after, outbox.c.id)
        .limit(bindparam("room" if priority is Priority.REPLY else "bulk", type_=Integer))
    )
    return found if priority is Priority.REPLY else found.where(~_has_just_got_one(now))


def _another_goes_first(
    now: BindParameter[Any], sending: Sequence[BindParameter[Any]]
) -> ColumnElement[bool]:
    other = outbox.alias("other")
    on_its_way = other.c.broadcast_id.is_(None)
    return _for_each(
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
                or_(on_its_way, other.c.broadcast_id.in_(sending)) if sending else on_its_way,
            ),
        ),
    )


def _has_just_got_one(now: BindParameter[Any]) -> ColumnElement[bool]:
    last = outbox.alias("last")
    return _for_each(
        last.c.conversation_id == outbox.c.conversation_id,
        last.c.body.is_not(None),
        last.c.ended_at > bindparam("just_now", type_=UtcTime),
        last.c.ended_at <= now,  # or the clock was set back
    )


def _has_room() -> ColumnElement[bool]:
    """Whether the chat has not had too much: bot/storage/chats.py."""
    busy_until = address.c.busy_until
    return or_(busy_until.is_(None), busy_until <= bindparam("soon", type_=UtcTime))


def _for_each(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """EXISTS that PostgreSQL cannot turn into a join over the whole outbox, as it does while its
    statistics are from before a wave: OFFSET keeps it where it is written."""
    return select(literal(1)).where(*conditions).offset(0).exists()

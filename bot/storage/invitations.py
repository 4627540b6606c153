"""Inviting to a wave, in one statement, however large the panel."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from bot.conversation.messages import MessageKind, Outgoing
from bot.domain.states import DeliveryStatus
from bot.domain.unasked import NOT_OPEN
from bot.storage.columns import UtcTime, has_status
from bot.storage.database import Transaction
from bot.storage.mailing import COUNTED, Mailing, reachable, send_to_all
from bot.storage.tables import invitation, outbox, participant


async def invite(transaction: Transaction, row: Row[Any], now: datetime) -> int:
    """Invite, in one statement, everybody in the panel who is not yet. Returns how many."""
    unasked = ~exists().where(
        invitation.c.participant_id == participant.c.id, invitation.c.wave_id == row.id
    )
    invited = await transaction.execute(
        insert(invitation)
        .from_select(
            ["participant_id", "wave_id", "invited_at", "told_at", "reminders_sent"],
            reachable(row.deliberation_id)
            .add_columns(
                participant.c.id,
                literal(row.id),
                literal(now, UtcTime),
                literal(now, UtcTime),
                literal(0),
            )
            .where(unasked)
            .order_by(participant.c.id),
        )
        .execution_options(**COUNTED)
    )
    return int(invited.rowcount)


async def untold(transaction: Transaction, row: Row[Any]) -> Mapping[str, int]:
    """How many are to be invited, or wait for an invitation that is queued, by time zone."""
    asked = and_(invitation.c.participant_id == participant.c.id, invitation.c.wave_id == row.id)
    waits = exists().where(
        outbox.c.once == key_of(row) + participant.c.id,
        has_status(outbox, DeliveryStatus.QUEUED),
    )
    return await count_by_zone(
        transaction, reachable(row.deliberation_id).where(or_(~exists().where(asked), waits))
    )


async def hurry(transaction: Transaction, row: Row[Any], now: datetime) -> None:
    """What waits of the wave's invitations need not keep quiet hours, and leaves now."""
    await transaction.execute(
        update(outbox)
        .where(
            outbox.c.wave_id == row.id,
            outbox.c.kind == MessageKind.INVITATION,
            has_status(outbox, DeliveryStatus.QUEUED),
        )
        .values(any_hour=True, send_after=now)
    )
    transaction.announce("outbox")


async def queue_invitations(
    transaction: Transaction,
    row: Row[Any],
    wordings: Mapping[str, Outgoing],
    send_after: Mapping[str, datetime],
    now: datetime,
) -> int:
    """Put into words, each in the person's language and daytime, what `invite` has just added."""
    return await queue(
        transaction,
        row,
        wordings,
        send_after,
        now,
        kind=MessageKind.INVITATION,
        once=f"invitation:{row.id}:",
        among=and_(invitation.c.wave_id == row.id, invitation.c.invited_at == now),
    )


async def invite_again(transaction: Transaction, wave_id: int, now: datetime) -> int:
    """Tell those of a wave that opens again who were not told of it while it was closed. Returns
    how many."""
    keys = select(literal(f"invitation:{wave_id}:") + invitation.c.participant_id).where(
        invitation.c.wave_id == wave_id
    )
    queued = await transaction.execute(
        update(outbox)
        .where(
            outbox.c.once.in_(keys),
            outbox.c.status == DeliveryStatus.CANCELLED,
            outbox.c.reason == NOT_OPEN,
        )
        .values(status=DeliveryStatus.QUEUED, send_after=now, tries=0, reason=None, ended_at=None)
    )
    if queued.rowcount:
        transaction.announce("outbox")
    return int(queued.rowcount)


def key_of(row: Row[Any]) -> ColumnElement[str]:
    """With the participant's id behind it, the key of an invitation in the outbox."""
    return literal(f"invitation:{row.id}:")


def invited(row: Row[Any]) -> Select[Any]:
    """Those of the panel who can be reached, with their invitations."""
    return reachable(row.deliberation_id).join(
        invitation, invitation.c.participant_id == participant.c.id
    )


async def count_by_zone(transaction: Transaction, people: Select[Any]) -> Mapping[str, int]:
    found = await transaction.execute(
        people.add_columns(participant.c.timezone, func.count().label("people")).group_by(
            participant.c.timezone
        )
    )
    return {row.timezone: row.people for row in found}


async def queue(
    transaction: Transaction,
    row: Row[Any],
    wordings: Mapping[str, Outgoing],
    send_after: Mapping[str, datetime],
    now: datetime,
    *,
    kind: MessageKind,
    once: str,
    among: ColumnElement[bool],
    any_hour: bool = False,
) -> int:
    """One outbox row for each reachable participant with an invitation `among`; one statement."""
    return await send_to_all(
        transaction,
        Mailing(
            kind=kind,
            messages=wordings,
            otherwise=next(iter(wordings)),
            once=once,
            send_after=send_after,
            wave_id=row.id,
            any_hour=any_hour,
        ),
        invited(row).where(among),
        now,
    )

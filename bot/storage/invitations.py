"""Inviting to a wave and reminding, each in one statement, however large the panel."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, insert, literal, select, update

from bot.conversation.messages import MessageKind, Outgoing
from bot.domain.states import DeliveryStatus, ResponseStatus
from bot.domain.unasked import NOT_OPEN
from bot.storage.columns import UtcTime
from bot.storage.database import Transaction
from bot.storage.mailing import COUNTED, Mailing, reachable, send_to_all
from bot.storage.tables import invitation, outbox, participant, response


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


async def queue_invitations(
    transaction: Transaction,
    row: Row[Any],
    wordings: Mapping[str, Outgoing],
    send_after: Mapping[str, datetime],
    now: datetime,
) -> int:
    """Put into words, each in the person's language and daytime, what `invite` has just added."""
    return await _queue(
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


async def queue_reminders(
    transaction: Transaction,
    row: Row[Any],
    number: int,
    after: timedelta,
    wordings: Mapping[str, Outgoing],
    awake: Iterable[str],
    now: datetime,
) -> int:
    """Remind those invited `after` ago or earlier who have not finished, where it is daytime.

    `number` counts the wave's reminders from 0; whoever missed earlier ones gets this one alone.
    """
    due = and_(
        _unfinished(row),
        invitation.c.reminders_sent.in_(range(number + 1)),  # so that an index serves the rest
        invitation.c.invited_at <= now - after,
    )
    queued = await _queue(
        transaction,
        row,
        wordings,
        dict.fromkeys(awake, now),
        now,
        kind=MessageKind.REMINDER,
        once=f"reminder:{row.id}:{number}:",
        among=due,
    )
    if queued:
        reminded = exists().where(
            outbox.c.once == literal(f"reminder:{row.id}:{number}:") + invitation.c.participant_id
        )
        await transaction.execute(
            update(invitation).where(due, reminded).values(reminders_sent=number + 1)
        )
    return queued


async def queue_extra_reminder(
    transaction: Transaction,
    row: Row[Any],
    wordings: Mapping[str, Outgoing],
    send_after: Mapping[str, datetime],
    now: datetime,
) -> int:
    """Remind by hand all who have not finished, once a day at the most."""
    return await _queue(
        transaction,
        row,
        wordings,
        send_after,
        now,
        kind=MessageKind.REMINDER,
        once=f"reminder:{row.id}:{now:%Y-%m-%d}:",
        among=_unfinished(row),
    )


def _unfinished(row: Row[Any]) -> ColumnElement[bool]:
    """Invitations to the wave whose response is not complete, nor refused."""
    finished = exists().where(
        response.c.participant_id == invitation.c.participant_id,
        response.c.instrument == row.code,  # with the participant, a unique index
        response.c.status.in_([ResponseStatus.COMPLETE, ResponseStatus.REFUSED]),
    )
    return and_(invitation.c.wave_id == row.id, ~finished)


async def _queue(
    transaction: Transaction,
    row: Row[Any],
    wordings: Mapping[str, Outgoing],
    send_after: Mapping[str, datetime],
    now: datetime,
    *,
    kind: MessageKind,
    once: str,
    among: ColumnElement[bool],
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
        ),
        reachable(row.deliberation_id)
        .join(invitation, invitation.c.participant_id == participant.c.id)
        .where(among),
        now,
    )

"""Reminding of a wave, in one statement for each reminder, however large the panel."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, literal, or_, update

from bot.conversation.messages import MessageKind, Outgoing
from bot.domain.states import DeliveryStatus, ResponseStatus
from bot.storage.columns import has_status
from bot.storage.database import Transaction
from bot.storage.invitations import count_by_zone, invited, key_of, queue
from bot.storage.tables import invitation, outbox, participant, response

#: Reminders of a wave keep this distance from one another, whatever they are.
APART = timedelta(hours=12)

#: Why a reminder was taken back.
REPLACED = "a newer reminder took its place"

#: Ends of a reminder that may have been read.
_REACHED = (
    *(DeliveryStatus.SENT, DeliveryStatus.DELIVERED),
    *(DeliveryStatus.READ, DeliveryStatus.UNKNOWN),
)


async def queue_reminders(
    transaction: Transaction,
    row: Row[Any],
    number: int,
    wordings: Mapping[str, Outgoing],
    awake: Iterable[str],
    now: datetime,
) -> int:
    """Remind those who have not finished, where it is daytime, if reminder `number` is due.

    It is due some time after the invitation arrived, or before the wave closes. Whoever missed
    earlier ones gets this one alone. Reminders keep `APART` from one another.
    """
    after = timedelta(seconds=row.reminders[number])
    if after > timedelta():
        position, counter = number, invitation.c.reminders_sent
        once = f"reminder:{row.id}:{number}:"
        since = now - after
    else:
        position = sum(seconds < 0 for seconds in row.reminders[:number])
        counter = invitation.c.closing_sent
        once = f"reminder:{row.id}:closing-{position}:"
        since = row.closes_at + after
        if now < since:
            return 0
    due = and_(
        _unfinished(row),
        counter.in_(range(position + 1)),  # so that an index serves the rest
        _arrived(row, since),
        _left_in_peace(row, now),
    )
    queued = await _remind(transaction, row, wordings, dict.fromkeys(awake, now), due, once, now)
    if queued:
        reminded = exists().where(outbox.c.once == literal(once) + invitation.c.participant_id)
        counts: dict[str, ColumnElement[int]] = {counter.name: literal(position + 1)}
        if after < timedelta():  # whoever missed earlier ones does not get them later
            counts["reminders_sent"] = _passed(row, now)
        await transaction.execute(
            update(invitation)
            .where(invitation.c.wave_id == row.id, counter.in_(range(position + 1)), reminded)
            .values(counts)
        )
    return queued


async def queue_extra_reminder(
    transaction: Transaction,
    row: Row[Any],
    wordings: Mapping[str, Outgoing],
    send_after: Mapping[str, datetime],
    now: datetime,
    any_hour: bool = False,
) -> int:
    """Remind by hand all of `to_remind`, once a day at the most."""
    once, due = _by_hand(row, now)
    return await _remind(transaction, row, wordings, send_after, due, once, now, any_hour)


async def to_remind(transaction: Transaction, row: Row[Any], now: datetime) -> Mapping[str, int]:
    """How many have an invitation and have not finished, by time zone; those left out whom a
    reminder has reached within `APART`, or by hand on this day."""
    once, due = _by_hand(row, now)
    people = invited(row).where(due, ~exists().where(outbox.c.once == once + participant.c.id))
    return await count_by_zone(transaction, people)


def _by_hand(row: Row[Any], now: datetime) -> tuple[str, ColumnElement[bool]]:
    due = and_(_unfinished(row), _arrived(row, now), _left_in_peace(row, now))
    return f"reminder:{row.id}:{now:%Y-%m-%d}:", due


async def _remind(
    transaction: Transaction,
    row: Row[Any],
    wordings: Mapping[str, Outgoing],
    send_after: Mapping[str, datetime],
    due: ColumnElement[bool],
    once: str,
    now: datetime,
    any_hour: bool = False,
) -> int:
    """Queue a reminder; it takes the place of an earlier one that still waits."""
    queued = await queue(
        transaction,
        row,
        wordings,
        send_after,
        now,
        kind=MessageKind.REMINDER,
        once=once,
        among=due,
        any_hour=any_hour,
    )
    if queued:
        newer = outbox.alias("newer")
        replaced = exists().where(
            newer.c.once == literal(once) + outbox.c.participant_id,
            newer.c.status == DeliveryStatus.QUEUED,
            newer.c.id > outbox.c.id,
        )
        await transaction.execute(
            update(outbox)
            .where(
                outbox.c.wave_id == row.id,
                outbox.c.kind == MessageKind.REMINDER,
                has_status(outbox, DeliveryStatus.QUEUED),
                replaced,
            )
            .values(status=DeliveryStatus.CANCELLED, reason=REPLACED, ended_at=now)
        )
    return queued


def _unfinished(row: Row[Any]) -> ColumnElement[bool]:
    """Invitations to the wave whose response is not complete, nor refused."""
    finished = exists().where(
        response.c.participant_id == invitation.c.participant_id,
        response.c.instrument == row.code,  # with the participant, a unique index
        response.c.status.in_([ResponseStatus.COMPLETE, ResponseStatus.REFUSED]),
    )
    return and_(invitation.c.wave_id == row.id, ~finished)


def _arrived(row: Row[Any], by: datetime) -> ColumnElement[bool]:
    """Invitations that had arrived `by` then, or were given up: what waits reminds of nothing.
    Those made in the conversation arrived as they were made."""
    told = outbox.alias("told")
    waited = exists().where(
        told.c.once == key_of(row) + invitation.c.participant_id,
        or_(told.c.ended_at.is_(None), told.c.ended_at > by),
    )
    return and_(invitation.c.invited_at <= by, ~waited)


def _left_in_peace(row: Row[Any], now: datetime) -> ColumnElement[bool]:
    """Whom no reminder of the wave has reached within `APART`, is just reaching, or is to reach by
    what this run has queued."""
    last = outbox.alias("last")
    reached = and_(last.c.status.in_(_REACHED), last.c.ended_at > now - APART)
    just_queued = and_(last.c.status == DeliveryStatus.QUEUED, last.c.created_at >= now)
    return ~exists().where(
        last.c.participant_id == invitation.c.participant_id,
        last.c.wave_id == row.id,
        last.c.kind == MessageKind.REMINDER,
        or_(reached, just_queued, last.c.status == DeliveryStatus.SENDING),
    )


def _passed(row: Row[Any], now: datetime) -> ColumnElement[int]:
    """How many of the reminders after the invitation are due by now."""
    after = [(n, seconds) for n, seconds in enumerate(row.reminders) if seconds > 0]
    if not after:
        return literal(0)
    return case(
        *(
            (invitation.c.invited_at <= now - timedelta(seconds=seconds), number + 1)
            for number, seconds in reversed(after)
        ),
        else_=invitation.c.reminders_sent,
    )

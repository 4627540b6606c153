"""Inviting to a wave and reminding, each in one statement, however large the panel."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    insert,
    literal,
    select,
    update,
)

from bot.conversation.messages import MessageKind, Outgoing, Priority
from bot.domain.states import DeliveryStatus, ParticipantStatus, ResponseStatus
from bot.storage.columns import Document, UtcTime
from bot.storage.database import Transaction
from bot.storage.tables import address, conversation, invitation, outbox, participant, response

#: SQLAlchemy counts the rows of an INSERT only when asked to.
COUNTED: Mapping[str, Any] = {"preserve_rowcount": True}


@dataclass(frozen=True, slots=True)
class Wording:
    """A message ready in one language, with what it offers to press."""

    message: Outgoing
    offered: Sequence[tuple[str, str]] = ()


def _reachable(deliberation_id: int) -> Select[Any]:
    """The panel: enrolled, not paused, and not having blocked the bot."""
    return (
        select()
        .select_from(
            participant.join(address, address.c.conversation_id == participant.c.conversation_id)
        )
        .where(
            participant.c.deliberation_id == deliberation_id,
            participant.c.status == ParticipantStatus.ENROLLED,
            address.c.blocked_at.is_(None),
        )
    )


async def invite(transaction: Transaction, row: Row[Any], now: datetime) -> int:
    """Invite, in one statement, everybody in the panel who is not yet. Returns how many."""
    unasked = ~exists().where(
        invitation.c.participant_id == participant.c.id, invitation.c.wave_id == row.id
    )
    invited = await transaction.execute(
        insert(invitation)
        .from_select(
            ["participant_id", "wave_id", "invited_at", "reminders_sent"],
            _reachable(row.deliberation_id)
            .add_columns(
                participant.c.id,
                literal(row.id),
                literal(now, UtcTime),
                literal(0),
            )
            .where(unasked),
        )
        .execution_options(**COUNTED)
    )
    return int(invited.rowcount)


async def zones_of_panel(transaction: Transaction, deliberation_id: int) -> list[str]:
    found = await transaction.execute(
        select(participant.c.timezone)
        .where(participant.c.deliberation_id == deliberation_id)
        .distinct()
    )
    return list(found.scalars())


async def queue_invitations(
    transaction: Transaction,
    row: Row[Any],
    wordings: Mapping[str, Wording],
    send_after: Mapping[str, datetime],
    now: datetime,
) -> int:
    """Put into words, each in the person's language and daytime, what `invite` has added."""
    untold = and_(invitation.c.wave_id == row.id, invitation.c.told_at.is_(None))
    queued = await _queue(
        transaction,
        row,
        wordings,
        send_after,
        now,
        kind=MessageKind.INVITATION,
        once=f"invitation:{row.id}:",
        among=untold,
    )
    if queued:
        await _offer_at_home(transaction, wordings, untold)
        await transaction.execute(update(invitation).where(untold).values(told_at=now))
    return queued


async def queue_reminders(
    transaction: Transaction,
    row: Row[Any],
    number: int,
    after: timedelta,
    wordings: Mapping[str, Wording],
    awake: Iterable[str],
    now: datetime,
) -> int:
    """Remind those invited `after` ago or earlier who have not finished, where it is daytime.

    `number` counts the wave's reminders from 0; whoever missed earlier ones gets this one alone.
    """
    due = and_(
        _unfinished(row),
        invitation.c.reminders_sent <= number,
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
    wordings: Mapping[str, Wording],
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
        response.c.wave_id == row.id,
        response.c.status.in_([ResponseStatus.COMPLETE, ResponseStatus.REFUSED]),
    )
    return and_(invitation.c.wave_id == row.id, ~finished)


async def _queue(
    transaction: Transaction,
    row: Row[Any],
    wordings: Mapping[str, Wording],
    send_after: Mapping[str, datetime],
    now: datetime,
    *,
    kind: MessageKind,
    once: str,
    among: ColumnElement[bool],
) -> int:
    """One outbox row for each reachable participant with an invitation `among`; one statement."""
    if not send_after:
        return 0
    source, *_ = wordings
    speaks = case(
        *((participant.c.language == language, literal(language)) for language in wordings),
        else_=literal(source),
    )
    body = case(
        *(
            (participant.c.language == language, literal(wording.message.body(), Document))
            for language, wording in wordings.items()
        ),
        else_=literal(wordings[source].message.body(), Document),
    )
    moments = defaultdict(list)
    for zone, moment in send_after.items():
        moments[moment].append(zone)
    goes_out = case(
        *(
            (participant.c.timezone.in_(zones), literal(moment, UtcTime))
            for moment, zones in moments.items()
        )
    )
    key = literal(once) + participant.c.id
    new = (
        _reachable(row.deliberation_id)
        .join(invitation, invitation.c.participant_id == participant.c.id)
        .add_columns(
            participant.c.conversation_id,
            address.c.channel,
            address.c.bot,
            participant.c.id,
            literal(kind.value),
            literal(int(Priority.SCHEDULED)),
            speaks,
            body,
            key,
            literal(DeliveryStatus.QUEUED.value),
            literal(0),
            literal(now, UtcTime),
            goes_out,
            literal(row.closes_at, UtcTime),
        )
        .where(
            among,
            participant.c.timezone.in_(send_after),
            ~exists().where(outbox.c.once == key),
        )
    )
    queued = await transaction.execute(
        insert(outbox)
        .from_select(
            [
                "conversation_id",
                "channel",
                "bot",
                "participant_id",
                "kind",
                "priority",
                "language",
                "body",
                "once",
                "status",
                "tries",
                "created_at",
                "send_after",
                "send_before",
            ],
            new,
        )
        .execution_options(**COUNTED)
    )
    if queued.rowcount:
        transaction.announce("outbox")
    return int(queued.rowcount)


async def _offer_at_home(
    transaction: Transaction, wordings: Mapping[str, Wording], untold: ColumnElement[bool]
) -> None:
    """Who is in the middle of nothing may answer the invitation by typing `1` or its words."""
    for language, wording in wordings.items():
        invited = (
            select(invitation.c.participant_id)
            .join(participant, participant.c.id == invitation.c.participant_id)
            .where(untold, participant.c.language == language)
        )
        await transaction.execute(
            update(conversation)
            .where(
                conversation.c.participant_id.in_(invited),
                conversation.c.places == literal([], Document),
            )
            .values(offered=[list(pair) for pair in wording.offered])
        )

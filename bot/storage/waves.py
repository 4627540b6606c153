"""Waves open, invite, remind and close, by set-based statements that may as well run twice."""

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
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.messages import MessageKind, Outgoing, Priority
from bot.domain.states import (
    DeliveryStatus,
    ForbiddenTransition,
    ParticipantStatus,
    ResponseStatus,
    WaveStatus,
    sources_of,
)
from bot.storage.database import Transaction
from bot.storage.tables import (
    Document,
    UtcTime,
    address,
    conversation,
    deliberation,
    event,
    invitation,
    outbox,
    participant,
    questionnaire,
    response,
    wave,
)

#: A wave that is this late is not opened by itself: nobody expects it any more.
TOO_LATE = timedelta(hours=6)


class NoSuchWave(LookupError):
    """There is no such wave, or more than one."""


#: SQLAlchemy counts the rows of an INSERT only when asked to.
COUNTED: Mapping[str, Any] = {"preserve_rowcount": True}


@dataclass(frozen=True, slots=True)
class Wording:
    """A message ready in one language, with what it offers to press."""

    message: Outgoing
    offered: Sequence[tuple[str, str]] = ()


async def due_to_open(transaction: Transaction, now: datetime) -> list[Row[Any]]:
    """Scheduled waves whose time has come, those already held left out."""
    found = await transaction.execute(
        select(wave).where(
            wave.c.status == WaveStatus.SCHEDULED,
            wave.c.held_since.is_(None),
            wave.c.on_enrolment | (wave.c.opens_at <= now),
        )
    )
    return list(found.all())


async def due_to_close(transaction: Transaction, now: datetime) -> list[Row[Any]]:
    found = await transaction.execute(
        select(wave).where(wave.c.status == WaveStatus.OPEN, wave.c.closes_at <= now)
    )
    return list(found.all())


async def open_wave(transaction: Transaction, row: Row[Any], actor: str, now: datetime) -> None:
    """Open, and bind the newest version of the questionnaire; one opened before keeps its own."""
    bound = row.questionnaire_id
    if bound is None:
        newest = await transaction.execute(
            select(questionnaire.c.id)
            .where(
                questionnaire.c.deliberation_id == row.deliberation_id,
                questionnaire.c.code == row.questionnaire_code,
            )
            .order_by(questionnaire.c.version.desc())
            .limit(1)
        )
        bound = newest.scalar_one()
    await _move(
        transaction,
        row,
        WaveStatus.OPEN,
        actor,
        now,
        questionnaire_id=bound,
        opened_at=now,
        held_since=None,
    )


async def close_wave(transaction: Transaction, row: Row[Any], actor: str, now: datetime) -> None:
    """Close; what was begun and not finished becomes `partial`."""
    await _move(transaction, row, WaveStatus.CLOSED, actor, now, closed_at=now)
    begun = and_(response.c.wave_id == row.id, response.c.status == ResponseStatus.IN_PROGRESS)
    await transaction.execute(
        insert(event).from_select(
            ["at", "subject", "subject_id", "actor", "source", "target"],
            select(
                literal(now, UtcTime),
                literal("response"),
                response.c.id,
                literal(actor),
                response.c.status,
                literal(ResponseStatus.PARTIAL.value),
            ).where(begun),
        )
    )
    await transaction.execute(update(response).where(begun).values(status=ResponseStatus.PARTIAL))


async def hold_wave(transaction: Transaction, row: Row[Any], now: datetime) -> None:
    """Do not open what is far too late; staff are told and decide."""
    await transaction.execute(update(wave).where(wave.c.id == row.id).values(held_since=now))
    await _log(transaction, row, row.status, "held", "planner", now)


async def _move(
    transaction: Transaction,
    row: Row[Any],
    target: WaveStatus,
    actor: str,
    now: datetime,
    **more: Any,
) -> None:
    moved = await transaction.execute(
        update(wave)
        .where(wave.c.id == row.id, wave.c.status.in_(sources_of(target)))
        .values(status=target, **more)
    )
    if moved.rowcount == 0:
        raise ForbiddenTransition(f"wave {row.code} is {row.status} and cannot become {target}")
    await transaction.execute(
        update(deliberation)
        .where(deliberation.c.id == row.deliberation_id)
        .values(revision=deliberation.c.revision + 1)
    )
    await _log(transaction, row, row.status, target, actor, now)


async def _log(
    transaction: Transaction,
    row: Row[Any],
    source: str,
    target: str,
    actor: str,
    now: datetime,
) -> None:
    await transaction.execute(
        insert(event).values(
            at=now,
            subject="wave",
            subject_id=row.code,
            actor=actor,
            source=source,
            target=target,
            detail={"deliberation": row.deliberation_id},
        )
    )


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


async def open_waves(transaction: Transaction) -> list[Row[Any]]:
    found = await transaction.execute(select(wave).where(wave.c.status == WaveStatus.OPEN))
    return list(found.all())


async def all_waves(connection: AsyncConnection) -> list[Row[Any]]:
    """Every wave with its deliberation's code, and how many are invited and have finished."""
    invited = (
        select(func.count())
        .where(invitation.c.wave_id == wave.c.id)
        .scalar_subquery()
        .label("invited")
    )
    complete = (
        select(func.count())
        .where(response.c.wave_id == wave.c.id, response.c.status == ResponseStatus.COMPLETE)
        .scalar_subquery()
        .label("complete")
    )
    found = await connection.execute(
        select(wave, deliberation.c.code.label("deliberation"), invited, complete)
        .join(deliberation, deliberation.c.id == wave.c.deliberation_id)
        .order_by(deliberation.c.code, wave.c.position)
    )
    return list(found.all())


async def find_wave(transaction: Transaction, deliberation_code: str | None, code: str) -> Row[Any]:
    """The wave `code`; the deliberation must be named where several have one of that code.

    Raises `NoSuchWave`.
    """
    everything = await all_waves(transaction.connection)
    found = [
        row
        for row in everything
        if row.code == code and deliberation_code in (None, row.deliberation)
    ]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{row.deliberation}/{row.code}" for row in everything) or "none"
    raise NoSuchWave(
        f"{'no' if not found else 'more than one'} wave is called {code!r}; there are: {there}. "
        "Name it as DELIBERATION/WAVE."
    )

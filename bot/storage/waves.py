"""Waves open, invite, remind and close, by set-based statements that may as well run twice."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Row,
    and_,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.states import (
    ForbiddenTransition,
    ResponseStatus,
    WaveStatus,
    sources_of,
)
from bot.storage.columns import UtcTime
from bot.storage.database import Transaction
from bot.storage.definition_lock import hold_definitions
from bot.storage.events import log_event
from bot.storage.invitations import invite_again
from bot.storage.tables import (
    deliberation,
    event,
    invitation,
    questionnaire,
    response,
    wave,
)

#: A wave that is this late is not opened by itself: nobody expects it any more.
TOO_LATE = timedelta(hours=6)


#: By then the planner of whatever process has looked.
NOTICED = timedelta(minutes=2)


class NoSuchWave(LookupError):
    """There is no such wave, or more than one."""


async def at_hand(transaction: Transaction) -> list[tuple[int, int]]:
    """The ids of all waves that may need something done, each with that of its deliberation."""
    found = await transaction.execute(
        select(wave.c.id, wave.c.deliberation_id)
        .where(wave.c.status.in_([WaveStatus.SCHEDULED, WaveStatus.OPEN]))
        .order_by(wave.c.id)
    )
    return [(row.id, row.deliberation_id) for row in found]


async def wave_by_id(transaction: Transaction, id_: int) -> Row[Any]:
    return (await transaction.execute(select(wave).where(wave.c.id == id_))).one()


def is_due(row: Row[Any], now: datetime) -> bool:
    """Whether a scheduled wave opens now; a held one does not."""
    arrived = row.on_enrolment or (row.opens_at is not None and row.opens_at <= now)
    return row.held_since is None and arrived


def is_overdue(row: Row[Any], now: datetime) -> bool:
    """Whether the planner should have closed it, held or not, a while ago."""
    live = row.status in (WaveStatus.OPEN, WaveStatus.SCHEDULED)
    end = row.closes_at and row.closes_at + timedelta(seconds=row.grace) + NOTICED
    return bool(live and end and end < now)


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
    await invite_again(transaction, row.id, now)


async def close_wave(transaction: Transaction, row: Row[Any], actor: str, now: datetime) -> None:
    """Close; what was begun and not finished becomes `partial`."""
    closed = {"closed_at": now, "held_since": None}
    await _move(transaction, row, WaveStatus.CLOSED, actor, now, **closed)
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
    await log_event(
        transaction,
        "wave",
        row.code,
        source,
        target,
        actor,
        now,
        deliberation=row.deliberation_id,
    )


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

    No pack is loaded from then until the transaction ends. Raises `NoSuchWave`.
    """
    await hold_definitions(transaction.connection)
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

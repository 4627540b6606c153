"""What staff do to waves by hand; every act is in the event log."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import MessageKind
from bot.conversation.wordings import wordings
from bot.domain.local_time import QuietHours
from bot.domain.states import ForbiddenTransition, WaveStatus
from bot.scheduling.inviting import Post, Told, daytimes, invite
from bot.storage import invitations, reminders, waves
from bot.storage.database import Database
from bot.storage.library import read_deliberation

ACTOR = "command line"


async def list_waves(database: Database) -> list[Row[Any]]:
    async with database.reading() as connection:
        return await waves.all_waves(connection)


async def open_wave(
    database: Database,
    deliberation: str | None,
    code: str,
    now: datetime,
    post: Post | None = None,
) -> Told:
    """Open a wave, a held one too. With `post` everybody is invited in the same transaction, else
    the planner does it. Returns how many hear of it when.

    Where quiet hours do not hold, it may be open already: then those who wait for the morning are
    told now. Raises `NoSuchWave` or `ForbiddenTransition`.
    """
    async with database.writing() as transaction:
        row = await waves.find_wave(transaction, deliberation, code)
        _check_window(row, now)
        hurries = post is not None and post.any_hour
        if not (hurries and row.status == WaveStatus.OPEN):
            await waves.open_wave(transaction, row, ACTOR, now)
        transaction.announce("planner")
        if post is None:
            return Told()
        row = await waves.wave_by_id(transaction, row.id)
        definition = await read_deliberation(transaction.connection, row.deliberation_id)
        people = await invitations.untold(transaction, row)
        await invite(transaction, row, definition, post, now)
        if hurries:
            await invitations.hurry(transaction, row, now)
        return post.told(people, definition.timezone, now)


async def sleepers(
    database: Database, deliberation: str | None, code: str, now: datetime, quiet: QuietHours
) -> tuple[int, int]:
    """How many would be invited, and how many reminded, at night if quiet hours did not hold.

    Raises `NoSuchWave` or `ForbiddenTransition`.
    """
    async with database.writing() as transaction:
        row = await waves.find_wave(transaction, deliberation, code)
        _check_window(row, now)
        definition = await read_deliberation(transaction.connection, row.deliberation_id)
        invited = await invitations.untold(transaction, row)
        reminded = await reminders.to_remind(transaction, row, now)
    asleep = [
        sum(
            count
            for zone, count in people.items()
            if quiet.first_allowed(now, zone, definition.timezone) > now
        )
        for people in (invited, reminded)
    ]
    return asleep[0], asleep[1]


def _check_window(row: Row[Any], now: datetime) -> None:
    if row.withdrawn_at is not None:
        raise ForbiddenTransition(
            f"wave {row.code} is no longer in the pack. Put it back and load the pack."
        )
    if row.closes_at is not None and row.closes_at <= now:
        raise ForbiddenTransition(
            f"wave {row.code} would close again at once: its closing time was "
            f"{row.closes_at:%Y-%m-%d %H:%M} UTC. Change `closes` in the pack and load it."
        )


async def close_wave(
    database: Database, deliberation: str | None, code: str, now: datetime
) -> None:
    """Raises `NoSuchWave` or `ForbiddenTransition`."""
    async with database.writing() as transaction:
        row = await waves.find_wave(transaction, deliberation, code)
        await waves.close_wave(transaction, row, ACTOR, now)


async def remind_wave(
    database: Database,
    catalogues: Catalogues,
    deliberation: str | None,
    code: str,
    quiet: QuietHours,
    now: datetime,
    any_hour: bool = False,
) -> Told:
    """Remind, beyond the planned reminders, those who have not finished. Returns how many when.

    At most once a day, whatever is typed, and never within twelve hours of another reminder.
    Raises `NoSuchWave` or `ForbiddenTransition`.
    """
    post = Post(catalogues, quiet, any_hour)
    async with database.writing() as transaction:
        row = await waves.find_wave(transaction, deliberation, code)
        if row.status != WaveStatus.OPEN or (row.closes_at and row.closes_at <= now):
            stands = row.status if row.status != WaveStatus.OPEN else "past its closing time"
            raise ForbiddenTransition(f"wave {code} is {stands}: only an open one can remind")
        definition = await read_deliberation(transaction.connection, row.deliberation_id)
        people = await reminders.to_remind(transaction, row, now)
        await reminders.queue_extra_reminder(
            transaction,
            row,
            wordings(catalogues, row, definition, MessageKind.REMINDER),
            await daytimes(transaction, definition, post, now),
            now,
            any_hour,
        )
        return post.told(people, definition.timezone, now)

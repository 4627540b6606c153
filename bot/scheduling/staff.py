"""What staff do to waves by hand; every act is in the event log."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import MessageKind
from bot.conversation.wordings import wordings
from bot.domain.local_time import QuietHours
from bot.domain.states import ForbiddenTransition, WaveStatus
from bot.storage import invitations, waves
from bot.storage.database import Database
from bot.storage.library import read_deliberation
from bot.storage.mailing import zones_of_panel

ACTOR = "command line"


async def list_waves(database: Database) -> list[Row[Any]]:
    async with database.reading() as connection:
        return await waves.all_waves(connection)


async def open_wave(database: Database, deliberation: str | None, code: str, now: datetime) -> None:
    """Open a wave, a held one too; the planner invites at once.

    Raises `NoSuchWave` or `ForbiddenTransition`.
    """
    async with database.writing() as transaction:
        row = await waves.find_wave(transaction, deliberation, code)
        if row.closes_at is not None and row.closes_at <= now:
            raise ForbiddenTransition(
                f"wave {code} would close again at once: its closing time was "
                f"{row.closes_at:%Y-%m-%d %H:%M} UTC. Change `closes` in the pack and load it."
            )
        await waves.open_wave(transaction, row, ACTOR, now)
        transaction.announce("planner")


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
) -> int:
    """Remind, beyond the planned reminders, those who have not finished. Returns how many.

    At most once a day, whatever is typed. Raises `NoSuchWave` or `ForbiddenTransition`.
    """
    async with database.writing() as transaction:
        row = await waves.find_wave(transaction, deliberation, code)
        if row.status != WaveStatus.OPEN:
            raise ForbiddenTransition(f"wave {code} is {row.status}: only an open one can remind")
        definition = await read_deliberation(transaction.connection, row.deliberation_id)
        zones = await zones_of_panel(transaction, row.deliberation_id)
        home = definition.timezone
        return await invitations.queue_extra_reminder(
            transaction,
            row,
            wordings(catalogues, row, definition, MessageKind.REMINDER),
            {zone: quiet.first_allowed(now, zone, home) for zone in zones},
            now,
        )

"""What is due now: waves to open or close, people to invite or remind, texts to purge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import MessageKind
from bot.conversation.ports import Clock
from bot.conversation.state import Deliberation
from bot.domain.local_time import QuietHours
from bot.scheduling.wordings import wordings
from bot.storage import invitations, purge, waves
from bot.storage.database import Database, Transaction
from bot.storage.library import Library
from bot.storage.locks import leads
from bot.storage.mailing import zones_of_panel

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Planned:
    """What one run did."""

    opened: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    invited: int = 0
    reminded: int = 0


class Planner:
    def __init__(
        self,
        database: Database,
        library: Library,
        catalogues: Catalogues,
        clock: Clock,
        quiet: QuietHours,
        purge_after: timedelta,
    ) -> None:
        self._database = database
        self._library = library
        self._catalogues = catalogues
        self._clock = clock
        self._quiet = quiet
        self._purge_after = purge_after

    async def run(self) -> Planned:
        """Do all that is due, in one transaction, unless another process is just at it."""
        async with self._database.writing() as transaction:
            if not await leads(transaction, "planner"):
                return Planned()
            now = self._clock.now()
            opened, held = await self._open(transaction, now)
            closed = await self._close(transaction, now)
            deliberations = await self._library.current(transaction.connection)
            invited = reminded = 0
            for row in await waves.open_waves(transaction):
                deliberation = deliberations[row.deliberation_id]
                invited += await self._invite(transaction, row, deliberation, now)
                reminded += await self._remind(transaction, row, deliberation, now)
            await purge.purge_texts(transaction, now - self._purge_after)
        planned = Planned(tuple(opened), tuple(held), tuple(closed), invited, reminded)
        if planned != Planned():
            log.info("planned", **{name: getattr(planned, name) for name in planned.__slots__})
        return planned

    async def _open(self, transaction: Transaction, now: datetime) -> tuple[list[str], list[str]]:
        opened, held = [], []
        for row in await waves.due_to_open(transaction, now):
            if row.opens_at is not None and row.opens_at < now - waves.TOO_LATE:
                await waves.hold_wave(transaction, row, now)
                held.append(row.code)
                log.warning(
                    "a wave should have opened long ago and is held; "
                    "open it with `minipublic wave open`",
                    wave=row.code,
                    opens_at=row.opens_at.isoformat(),
                )
            else:
                await waves.open_wave(transaction, row, "planner", now)
                opened.append(row.code)
        return opened, held

    async def _close(self, transaction: Transaction, now: datetime) -> list[str]:
        due = await waves.due_to_close(transaction, now)
        for row in due:
            await waves.close_wave(transaction, row, "planner", now)
        return [row.code for row in due]

    async def _invite(
        self, transaction: Transaction, row: Row[Any], deliberation: Deliberation, now: datetime
    ) -> int:
        if not await invitations.invite(transaction, row, now):
            return 0
        zones = await zones_of_panel(transaction, deliberation.id)
        return await invitations.queue_invitations(
            transaction,
            row,
            wordings(self._catalogues, row, deliberation, MessageKind.INVITATION),
            {zone: self._quiet.first_allowed(now, zone) for zone in zones},
            now,
        )

    async def _remind(
        self, transaction: Transaction, row: Row[Any], deliberation: Deliberation, now: datetime
    ) -> int:
        if not row.reminders:
            return 0
        zones = await zones_of_panel(transaction, deliberation.id)
        awake = [zone for zone in zones if self._quiet.first_allowed(now, zone) == now]
        words = wordings(self._catalogues, row, deliberation, MessageKind.REMINDER)
        reminded = 0
        for number, seconds in reversed(list(enumerate(row.reminders))):
            reminded += await invitations.queue_reminders(
                transaction, row, number, timedelta(seconds=seconds), words, awake, now
            )
        return reminded

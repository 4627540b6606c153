"""What is due now: waves to open or close, people to invite or remind, texts to purge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Row

from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import MessageKind
from bot.conversation.ports import Clock
from bot.conversation.state import Deliberation
from bot.conversation.wordings import wordings
from bot.domain.local_time import QuietHours, is_zone
from bot.domain.states import WaveStatus
from bot.storage import invitations, purge, waves
from bot.storage.apart import apart
from bot.storage.database import Database, Transaction
from bot.storage.library import Library
from bot.storage.locks import leads
from bot.storage.mailing import zones_of_panel
from bot.storage.unsound import living_in

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Planned:
    """What one run did."""

    opened: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    invited: int = 0
    reminded: int = 0

    def __add__(self, other: "Planned") -> "Planned":
        return Planned(
            self.opened + other.opened,
            self.held + other.held,
            self.closed + other.closed,
            self.invited + other.invited,
            self.reminded + other.reminded,
        )


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
        self._named: set[str] = set()

    async def run(self) -> Planned:
        """Do all that is due, in one transaction, unless another process is just at it.

        Each wave is attended to on its own: one that raises is named in the log, the others go on.
        """
        planned = Planned()
        async with self._database.writing() as transaction:
            if not await leads(transaction, "planner"):
                return planned
            now = self._clock.now()
            for id_, deliberation in await waves.at_hand(transaction):
                forget = partial(self._library.forget, deliberation)
                async with apart(transaction, forget, wave_id=id_):
                    planned += await self._attend(transaction, id_, now)
            async with apart(transaction, purging="texts"):
                await purge.purge_texts(transaction, now - self._purge_after)
        if planned != Planned():
            log.info("planned", **{name: getattr(planned, name) for name in planned.__slots__})
        return planned

    async def _attend(self, transaction: Transaction, id_: int, now: datetime) -> Planned:
        row = await waves.wave_by_id(transaction, id_)
        if row.status == WaveStatus.SCHEDULED:
            if not waves.is_due(row, now):
                return Planned()
            if row.opens_at is not None and row.opens_at < now - waves.TOO_LATE:
                return await self._hold(transaction, row, now)
            await waves.open_wave(transaction, row, "planner", now)
            opened = await self._attend(transaction, id_, now)
            return Planned(opened=(row.code,)) + opened
        if row.closes_at is not None and row.closes_at <= now:
            await waves.close_wave(transaction, row, "planner", now)
            return Planned(closed=(row.code,))
        definition = await self._library.one(transaction.connection, row.deliberation_id)
        invited = await self._invite(transaction, row, definition, now)
        reminded = await self._remind(transaction, row, definition, now)
        return Planned(invited=invited, reminded=reminded)

    async def _hold(self, transaction: Transaction, row: Row[Any], now: datetime) -> Planned:
        await waves.hold_wave(transaction, row, now)
        log.warning(
            "a wave should have opened long ago and is held; open it with `minipublic wave open`",
            wave=row.code,
            opens_at=row.opens_at.isoformat(),
        )
        return Planned(held=(row.code,))

    async def _invite(
        self, transaction: Transaction, row: Row[Any], deliberation: Deliberation, now: datetime
    ) -> int:
        if not await invitations.invite(transaction, row, now):
            return 0
        return await invitations.queue_invitations(
            transaction,
            row,
            wordings(self._catalogues, row, deliberation, MessageKind.INVITATION),
            await self._daytimes(transaction, deliberation, now),
            now,
        )

    async def _remind(
        self, transaction: Transaction, row: Row[Any], deliberation: Deliberation, now: datetime
    ) -> int:
        if not row.reminders:
            return 0
        daytimes = await self._daytimes(transaction, deliberation, now)
        awake = [zone for zone, daytime in daytimes.items() if daytime == now]
        words = wordings(self._catalogues, row, deliberation, MessageKind.REMINDER)
        reminded = 0
        for number, seconds in reversed(list(enumerate(row.reminders))):
            reminded += await invitations.queue_reminders(
                transaction, row, number, timedelta(seconds=seconds), words, awake, now
            )
        return reminded

    async def _daytimes(
        self, transaction: Transaction, deliberation: Deliberation, now: datetime
    ) -> Mapping[str, datetime]:
        """By time zone of the panel, when it may be written to. Whose zone nobody knows is named
        once: theirs is the deliberation's."""
        zones = await zones_of_panel(transaction, deliberation.id)
        unknown = [zone for zone in zones if not is_zone(zone)]
        for participant in await living_in(transaction.connection, unknown):
            if participant not in self._named:
                self._named.add(participant)
                log.warning(
                    "a time zone is unknown; the deliberation's serves instead",
                    participant=participant,
                )
        home = deliberation.timezone
        return {zone: self._quiet.first_allowed(now, zone, home) for zone in zones}

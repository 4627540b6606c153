"""What is due now: waves to open or close, people to invite or remind, texts to purge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Row

from bot.conversation.catalogue import Catalogues
from bot.conversation.ports import Clock
from bot.domain.local_time import QuietHours
from bot.domain.states import WaveStatus
from bot.scheduling.inviting import Post, invite, remind
from bot.storage import purge, waves
from bot.storage.apart import apart
from bot.storage.database import Database, Transaction
from bot.storage.library import Library
from bot.storage.locks import leads

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
        self._post = Post(catalogues, quiet)
        self._clock = clock
        self._purge_after = purge_after

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
            await purge.purge_erased(transaction, now)
        if planned != Planned():
            log.info("planned", **{name: getattr(planned, name) for name in planned.__slots__})
        return planned

    async def _attend(self, transaction: Transaction, id_: int, now: datetime) -> Planned:
        row = await waves.wave_by_id(transaction, id_)
        is_over = row.closes_at is not None and row.closes_at <= now
        if row.status == WaveStatus.SCHEDULED and not is_over:
            if not waves.is_due(row, now):
                return Planned()
            if row.opens_at is not None and row.opens_at < now - waves.TOO_LATE:
                return await self._hold(transaction, row, now)
            await waves.open_wave(transaction, row, "planner", now)
            opened = await self._attend(transaction, id_, now)
            return Planned(opened=(row.code,)) + opened
        if is_over:
            return await self._end(transaction, row, now)
        definition = await self._library.one(transaction.connection, row.deliberation_id)
        invited = await invite(transaction, row, definition, self._post, now)
        reminded = await remind(transaction, row, definition, self._post, now)
        return Planned(invited=invited, reminded=reminded)

    async def _end(self, transaction: Transaction, row: Row[Any], now: datetime) -> Planned:
        """Close, when those who had begun have had their grace. What never opened is closed too:
        nothing ran, or it was held, until its closing time had passed."""
        if row.status == WaveStatus.OPEN and now < row.closes_at + timedelta(seconds=row.grace):
            return Planned()
        await waves.close_wave(transaction, row, "planner", now)
        if row.status == WaveStatus.SCHEDULED:
            log.warning(
                "a wave is closed that never opened: its closing time passed meanwhile",
                wave=row.code,
                closes_at=row.closes_at.isoformat(),
            )
        return Planned(closed=(row.code,))

    async def _hold(self, transaction: Transaction, row: Row[Any], now: datetime) -> Planned:
        await waves.hold_wave(transaction, row, now)
        log.warning(
            "a wave should have opened long ago and is held; open it with `minipublic wave open`",
            wave=row.code,
            opens_at=row.opens_at.isoformat(),
        )
        return Planned(held=(row.code,))

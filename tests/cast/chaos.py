"""Everything breaks at once, at random moments of a broadcast."""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from bot.domain.states import BroadcastStatus, DeliveryStatus
from bot.storage.columns import has_status
from bot.storage.outbox import LEASE
from bot.storage.tables import broadcast, outbox
from tests.cast.postgresql import OwnPostgreSQL
from tests.cast.restartable import RestartableService
from tests.cast.telegram_failures import SENDS
from tests.cast.telegram_requests import Request
from tests.cast.town import Town

#: Of all sends so many are throttled. Each time the bot must be silent for HALT seconds.
THROTTLED, HALT = 0.10, 1

#: Of all sends so many meet an error: a third each of a 500, a 502, and a connection that is cut
#: once the message has arrived.
ERRORS = 0.03

#: For so long after the beginning of a halt may come what was under way by then, in seconds.
UNDER_WAY = 0.5

#: How the parts of the service say that they go on when the database is back.
DATABASE_IS_AWAY = (
    "deliveries are waiting for the database",
    "turns are waiting for the database",
    "broadcasts are looked at again soon",
    "planning failed and is tried again",
)


@dataclass
class Tally:
    """What went wrong."""

    killed_at: list[float] = field(default_factory=list, repr=False)  #: By time.monotonic.
    caught: list[int] = field(default_factory=list)  #: Messages that each kill met under way.
    restarts: list[str] = field(default_factory=list)  #: Of the database.
    pauses: int = 0  #: Of the broadcast, by itself.


class Chaos:
    """Kills, throttling, errors and, where there is a server, restarts of the database."""

    def __init__(
        self,
        town: Town,
        service: RestartableService,
        server: OwnPostgreSQL | None,
        rng: random.Random,
    ) -> None:
        self.tally = Tally()
        self._town = town
        self._service = service
        self._server = server
        self._blows, self._errors, self._throttling = (random.Random(rng.random()) for _ in "123")
        self._over = False

    # --- What goes wrong -------------------------------------------------------------------------

    def begins(self) -> None:
        """Errors, from now on."""
        telegram, rng, share = self._town.telegram, self._errors, ERRORS / 3
        telegram.drops_share("fails", share, rng, status=500)
        telegram.drops_share("fails", share, rng, status=502)
        telegram.drops_share("cuts_after_send", share, rng)

    def ends(self) -> None:
        """No errors and no throttling any more."""
        self._over = True
        self._town.telegram.heals()

    async def throttles(self) -> None:
        """Whenever too few have been throttled, the next send is, and what is under way with it."""
        sends_before = 0
        while not self._over:
            await asyncio.sleep(self._throttling.uniform(0.05, 0.5))
            sends = self.sends()
            throttled = sum(request.status == 429 for request in sends)
            if throttled <= 1.1 * THROTTLED * len(sends) and len(sends) > sends_before:
                sends_before = len(sends)
                self._town.telegram.throttles(for_seconds=HALT)

    async def strikes(self, broadcast_id: str, kills: int) -> None:
        """Kill the service so often while the broadcast is on its way, and start it again.

        The database is restarted, crashes, and crashes in the same moment as the service.
        """
        blows: list[Callable[[], Awaitable[None]]] = [self._kill] * (kills - 2)
        if self._server is None:
            blows += [self._kill]
        else:
            blows += [self._restart_database, self._crash_database, self._cut_power]
        self._blows.shuffle(blows)
        blows.append(self._kill)  # who starts last takes up what a crash of the database left
        total = await self._left(broadcast_id)
        moments = self._blows.sample(range(total // 20, total), len(blows))
        for left, blow in zip(sorted(moments, reverse=True), blows, strict=True):
            while await self._left(broadcast_id) > left:
                await asyncio.sleep(0.05)
            await asyncio.sleep(self._blows.random() * 0.1)
            await blow()

    async def _kill(self) -> None:
        await self._service_falls()
        await self._service_rises()

    async def _restart_database(self) -> None:
        await self._database_restarts("fast")

    async def _crash_database(self) -> None:
        await self._database_restarts("immediate")

    async def _cut_power(self) -> None:
        await asyncio.gather(self._database_restarts("immediate"), self._service_falls())
        await self._service_rises()

    async def _service_falls(self) -> None:
        self.tally.killed_at.append(time.monotonic())
        await self._service.is_killed()

    async def _service_rises(self) -> None:
        """Returns at its first sign of life."""
        ((caught,),) = await self._town.rows(
            select(func.count()).where(has_status(outbox, DeliveryStatus.SENDING))
        )
        self.tally.caught.append(caught)
        if self._server is not None:  # on SQLite nobody waits for the leases of the dead
            self._town.clock.ahead += LEASE
        requests = len(self._town.telegram.requests)
        await self._service.starts()
        async with asyncio.timeout(60):
            while len(self._town.telegram.requests) == requests:
                await asyncio.sleep(0.01)

    async def _database_restarts(self, how: str) -> None:
        assert self._server is not None
        self.tally.restarts.append(how)
        await self._server.restarts(how)

    async def _left(self, broadcast_id: str) -> int:
        ((left,),) = await self._town.rows(
            select(func.count()).where(
                outbox.c.broadcast_id == broadcast_id,
                has_status(outbox, DeliveryStatus.QUEUED, DeliveryStatus.SENDING),
            )
        )
        return int(left)

    # --- What people do about it -----------------------------------------------------------------

    async def an_organiser_sends_on(self, broadcast_id: str) -> None:
        """Whenever the broadcast has paused by itself, until it is done."""
        while True:
            with suppress(DBAPIError):  # the database is away
                ((status,),) = await self._town.rows(
                    select(broadcast.c.status).filter_by(id=broadcast_id)
                )
                if status == BroadcastStatus.DONE:
                    return
                if status == BroadcastStatus.PAUSED:
                    await self._town.sends_on(broadcast_id)
                    self.tally.pauses += 1
            await asyncio.sleep(0.1)

    # --- What came of it -------------------------------------------------------------------------

    def sends(self) -> list[Request]:
        """Everything that the bot asked Telegram to send."""
        return [request for request in self._town.telegram.requests if request.method in SENDS]

    def answers(self) -> Counter[int | None]:
        """Of the sends, by HTTP status; None where the connection was cut or its process killed."""
        return Counter(request.status for request in self.sends())

    def sends_in_a_halt(self) -> list[float]:
        """Of each send that its process should have held back: seconds after the 429."""
        found = []
        halted_at = float("-inf")
        for request in self.sends():
            if request.status != 429:
                continue
            since = request.when - halted_at
            if since > HALT:
                halted_at = request.when
            elif since > UNDER_WAY and not self._died_between(halted_at, request.when):
                found.append(since)
        return found

    def _died_between(self, begin: float, end: float) -> bool:
        """Whoever dies before it has stored a 429 takes it along."""
        return any(begin - UNDER_WAY < at < end for at in self.tally.killed_at)

    def faults(self) -> list[str]:
        """What the service logged as errors, but for those that a missing database explains."""
        return [
            line
            for line in self._service.log.read_text().splitlines()
            if re.search(r"\[error|^ERROR|Traceback", line)
            and not (self._server and any(words in line for words in DATABASE_IS_AWAY))
        ]

"""Sends what is due on one line, many at once, one at a time to each address."""

import asyncio
from datetime import timedelta

import structlog

from bot.conversation.ports import Bell, Channel, Parcel, StoreUnavailable
from bot.delivery.lines import Ended, Line, Outbox, Room
from bot.delivery.throttles import Throttles
from bot.domain.delivery import OutcomeUnknown, SendFailure, Throttled
from bot.logs import without_values

log = structlog.get_logger()

#: Sends under way at once on one line; and how many of them may be bulk, so that a reply always
#: finds a place. Enough for 1,000 a second where an answer takes an eighth of a second.
ROOM, ROOM_FOR_BULK = 160, 128

#: Longest a send may take, well below the lease (bot/storage/outbox.py), in seconds.
SEND_TIMEOUT = 45

#: Results of bulk wait this long for others to share their transaction, in seconds: a crash before
#: they are recorded leaves them unknown.
SHORTLY = 0.01


class Sender:
    """One for each line, so that one bot's halt never delays another's."""

    def __init__(self, line: Line, channel: Channel, outbox: Outbox) -> None:
        self._line = line
        self._channel = channel
        self._outbox = outbox
        self._under_way: dict[asyncio.Task[None], Parcel] = {}
        self._ended: list[Ended] = []
        self._bulk = 0  # of those under way
        self._soon: asyncio.TimerHandle | None = None
        self._halted_until = 0.0  # by the loop's clock
        self._throttles = Throttles()

    async def run(self, bell: Bell, stopping: asyncio.Event) -> None:
        """Send until `stopping` is set; sends under way are finished and recorded. Whoever sets it
        rings the bell."""
        while not stopping.is_set() or self._under_way or self._ended:
            try:
                look_again = await self._settle_and_claim(bell, claims=not stopping.is_set())
            except StoreUnavailable:
                log.warning("deliveries are waiting for the database")
                await asyncio.sleep(1)
                continue
            except Exception as error:
                log.error("deliveries could not be claimed, trying again", **without_values(error))
                await asyncio.sleep(1)
                continue
            if self._under_way or not stopping.is_set():
                await bell.wait(look_again)

    async def _settle_and_claim(self, bell: Bell, claims: bool) -> float:
        """Returns after how many seconds it is worth looking again, if nothing rings."""
        ended = list(self._ended)
        free = ROOM - len(self._under_way)
        room = Room(free, min(free, ROOM_FOR_BULK - self._bulk)) if claims else Room(0, 0)
        claim = await self._outbox.settle_and_claim(self._line, ended, room)
        del self._ended[: len(ended)]
        for parcel in claim.parcels:
            task = asyncio.create_task(self._send(parcel, bell))
            self._under_way[task] = parcel
            self._bulk += parcel.bulk
        return claim.look_again.total_seconds()

    async def _send(self, parcel: Parcel, bell: Bell) -> None:
        ended = await self._outcome(parcel)
        self._ended.append(ended)
        task = asyncio.current_task()
        assert task is not None
        del self._under_way[task]
        self._bulk -= parcel.bulk
        if not parcel.bulk or self._bulk <= ROOM_FOR_BULK // 2:
            bell.ring()
        elif self._soon is None or self._soon.when() < asyncio.get_running_loop().time():
            self._soon = asyncio.get_running_loop().call_later(SHORTLY, bell.ring)

    async def _outcome(self, parcel: Parcel) -> Ended:
        halted_for = self._halted_until - asyncio.get_running_loop().time()
        if halted_for > 0:  # claimed with the one that met the throttle
            return Ended(parcel, Throttled(timedelta(seconds=halted_for), whole=True))
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                return Ended(parcel, await self._channel.send(parcel))
        except Throttled as refusal:
            now = asyncio.get_running_loop().time()
            if self._throttles.is_of_the_bot(parcel.conversation_id, parcel.chat_was_idle, now):
                self._halted_until = now + refusal.retry_after.total_seconds()
                return Ended(parcel, Throttled(refusal.retry_after, whole=True))
            return Ended(parcel, refusal)
        except SendFailure as failure:
            return Ended(parcel, failure)
        except TimeoutError:
            return Ended(parcel, OutcomeUnknown("no answer in time"))
        except Exception as error:
            # A fault of our own: nobody can know how far the send came.
            log.error("a channel failed", channel=self._line.channel, **without_values(error))
            return Ended(parcel, OutcomeUnknown(type(error).__name__))

"""Sends what is due on one line, many at once, one at a time to each address."""

import asyncio
import contextlib
from datetime import timedelta

import structlog

from bot.conversation.ports import Bell, Channel, Parcel
from bot.delivery.lines import Ended, Line, Outbox
from bot.domain.delivery import OutcomeUnknown, SendFailure
from bot.logs import without_values

log = structlog.get_logger()

#: Sends under way at once on one line.
ROOM = 64

#: Longest a send may take, well below the lease (bot/storage/outbox.py), in seconds.
SEND_TIMEOUT = 45


class Sender:
    """One for each line, so that one bot's halt never delays another's."""

    def __init__(self, line: Line, channel: Channel, outbox: Outbox) -> None:
        self._line = line
        self._channel = channel
        self._outbox = outbox
        self._under_way: set[asyncio.Task[Ended]] = set()
        self._something_ended = asyncio.Event()

    async def run(self, bell: Bell, stopping: asyncio.Event) -> None:
        """Send until `stopping` is set; sends under way are finished and recorded."""
        ended: list[Ended] = []
        while not stopping.is_set() or self._under_way or ended:
            room = 0 if stopping.is_set() else ROOM - len(self._under_way)
            try:
                claim = await self._outbox.settle_and_claim(self._line, ended, room)
            except Exception as error:
                log.error("deliveries are waiting for the database", error=type(error).__name__)
                await asyncio.sleep(1)
                ended += self._collect()
                continue
            for parcel in claim.parcels:
                task = asyncio.create_task(self._send(parcel))
                task.add_done_callback(lambda _: self._something_ended.set())
                self._under_way.add(task)
            if self._under_way or not stopping.is_set():
                await self._wait(bell, claim.look_again, stopping)
            ended = self._collect()

    async def _wait(self, bell: Bell, look_again: timedelta, stopping: asyncio.Event) -> None:
        waiting = [
            asyncio.create_task(bell.wait(look_again.total_seconds())),
            asyncio.create_task(self._something_ended.wait()),
            asyncio.create_task(stopping.wait()),
        ]
        if stopping.is_set():
            waiting.pop().cancel()
            waiting.pop(0).cancel()
        _, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._something_ended.clear()

    def _collect(self) -> list[Ended]:
        ended = {task for task in self._under_way if task.done()}
        self._under_way -= ended
        return [task.result() for task in ended]

    async def _send(self, parcel: Parcel) -> Ended:
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                return Ended(parcel, await self._channel.send(parcel))
        except SendFailure as failure:
            return Ended(parcel, failure)
        except TimeoutError:
            return Ended(parcel, OutcomeUnknown("no answer in time"))
        except Exception as error:
            # A fault of our own: nobody can know how far the send came.
            log.error("a channel failed", channel=self._line.channel, **without_values(error))
            return Ended(parcel, OutcomeUnknown(type(error).__name__))

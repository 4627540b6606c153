"""Waking: within a process by events, between processes by PostgreSQL's LISTEN and NOTIFY.

A signal only saves waiting: whoever waits also looks by itself now and then, so a lost one delays
and never loses.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

import psycopg
import structlog
from sqlalchemy.engine import URL

CHANNEL = "minipublic"

log = structlog.get_logger()


class Bell:
    """Rings for one topic; a ring while nobody waits is kept."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, timeout: float) -> bool:
        """Wait for a ring, at most `timeout` seconds. Returns whether it rang."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._event.wait()
        rang = self._event.is_set()
        self._event.clear()
        return rang


class Signals:
    """The bells of a process."""

    def __init__(self, url: URL | None) -> None:
        self._url = url
        self._bells: defaultdict[str, set[Bell]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def bell(self, topic: str) -> Iterator[Bell]:
        """A bell for `topic` as long as the block lasts."""
        bell = Bell()
        self._bells[topic].add(bell)
        if self._url is not None and self._listener is None:
            self._listener = asyncio.create_task(self._listen(self._url))
        try:
            yield bell
        finally:
            self._bells[topic].discard(bell)
            if not self._bells[topic]:
                del self._bells[topic]

    def ring(self, topic: str) -> None:
        for bell in self._bells.get(topic, ()):
            bell.ring()

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
            self._listener = None

    async def _listen(self, url: URL) -> None:
        conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    conninfo, autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    for topic in list(self._bells):
                        self.ring(topic)  # what was announced while nobody listened
                    async for notice in connection.notifies():
                        self.ring(notice.payload)
            except psycopg.OperationalError as error:
                log.warning("signals lost, listening again soon", error=str(error))
                await asyncio.sleep(1)

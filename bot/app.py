"""The composition root: the only place that knows every part."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Awaitable, Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from starlette.applications import Starlette

import handlers
from bot.broadcasting.desk import Desk
from bot.channels.telegram import Telegram, bots_of
from bot.channels.webchat import WebChat
from bot.conversation.catalogue import LOCALES, Catalogues
from bot.conversation.dispatcher import Dispatcher, brief
from bot.conversation.ports import Channel, Clock
from bot.delivery.lines import Line
from bot.delivery.sender import Sender
from bot.health import Health
from bot.logs import without_values
from bot.scheduling.planner import Planner
from bot.settings import PortTaken, Role, Settings
from bot.storage.apologies import Apologies
from bot.storage.database import Database
from bot.storage.inbox import StoredInbox
from bot.storage.library import Library
from bot.storage.media import StoredMedia
from bot.storage.outbox import StoredOutbox
from bot.storage.own_data import StoredDocuments
from bot.storage.reception import StoredReception
from bot.storage.rewording import Rewording
from bot.storage.signals import Bell
from bot.storage.turns import StoredTurns
from bot.storage.unasked import Guard
from bot.storage.webchat import StoredMailbox

log = structlog.get_logger()


#: How often the planner looks what is due, in seconds.
PLANNER_INTERVAL = 10

#: How often broadcasts under way are looked at, in seconds.
DESK_INTERVAL = 2

#: How long the parts of a process may take to finish what is in hand, in seconds.
GRACE = 9.0


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class App:
    """One process of a deployment, with some or all of the roles."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.database = Database(settings.database_url)
        self.catalogues = Catalogues(LOCALES)
        self.library = Library()
        self.inbox = StoredInbox(self.database, self.clock)
        guard = Guard(Rewording(self.library, self.catalogues), settings.quiet)
        self.outbox = StoredOutbox(self.database, self.clock, guard, Apologies(self.catalogues))
        self.media = StoredMedia(self.database)
        self.documents = StoredDocuments(self.database, self.clock)
        self.planner = Planner(
            self.database,
            Library(),
            self.catalogues,
            self.clock,
            settings.quiet,
            timedelta(days=settings.purge_after_days),
        )
        self.desk = Desk(self.database, Library(), self.catalogues, self.clock, settings.quiet)
        self.dispatcher = Dispatcher(
            StoredTurns(self.database, self.library, self.clock, self.catalogues),
            handlers.router,
            self.catalogues,
            self.clock,
        )
        secret = settings.secret_key
        self.telegram = Telegram(
            tokens=[token.get_secret_value() for token in settings.telegram_tokens],
            api_url=settings.telegram_api_url,
            inbox=self.inbox,
            media=self.media,
            documents=self.documents,
            catalogues=self.catalogues,
            commands=handlers.MENU,
            public_url=settings.public_url,
            secret_key=secret.get_secret_value() if secret else secrets.token_hex(32),
            reception=StoredReception(self.database, self.clock),
            proxy=settings.proxy,
            paid_broadcasts=settings.telegram_paid_broadcasts,
        )
        self.webchat = WebChat(
            inbox=self.inbox,
            mailbox=StoredMailbox(self.database),
            media=self.media,
            documents=self.documents,
            catalogues=self.catalogues,
            signals=self.database.signals,
            public_url=settings.public_url,
            clock=self.clock,
        )
        self.port: int | None = None  #: The web server's, once it listens.
        self._stopping = asyncio.Event()
        self._refusal: PortTaken | None = None

    @property
    def lines(self) -> list[tuple[Line, Channel]]:
        """Everything this process can send to."""
        tokens = [token.get_secret_value() for token in self.settings.telegram_tokens]
        pace, burst = self.settings.telegram_pace, self.settings.telegram_chat_burst
        telegram = self.telegram.channel
        bots = [Line("telegram", bot, pace, telegram.count, burst) for bot in bots_of(tokens)]
        return [(Line("webchat", None, None), self.webchat), *((line, telegram) for line in bots)]

    @property
    def web(self) -> Starlette:
        return Starlette(
            routes=[
                *Health(self.database, self.telegram.watch, self.clock).routes,
                *self.telegram.routes,
                *self.webchat.routes,
            ]
        )

    def stop(self) -> None:
        """Ask every part to finish what is in hand, and `run` to return."""
        self._stopping.set()

    async def run(
        self, roles: Collection[Role], lines: Collection[tuple[Line, Channel]] | None = None
    ) -> None:
        """Work until `stop`, sending on `lines` (None: on all that the settings know).

        Everything not finished is left in the database, where it was. Raises `PortTaken`.
        """
        parts: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        if Role.CONVERSATION in roles:
            parts.append(("conversation", self._converse))
        if Role.SENDER in roles:
            parts += [
                ("sender", partial(self._send, line, channel))
                for line, channel in (self.lines if lines is None else lines)
            ]
        if Role.SCHEDULER in roles:
            parts += [("scheduler", self._schedule), ("broadcasts", self._attend_broadcasts)]
        if Role.WEB in roles:
            parts.append(("web", self._serve))
            if self.settings.telegram_tokens:
                parts.append(("telegram", self._listen))
        tasks = [asyncio.create_task(self._keep_up(name, part), name=name) for name, part in parts]
        try:
            await self._stopping.wait()
            _, late = await asyncio.wait(tasks, timeout=GRACE) if tasks else (set(), set())
            for task in late:
                log.warning(
                    "a part did not finish in time; what it had in hand will be taken up again",
                    part=task.get_name(),
                )
                task.cancel()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.telegram.close()
            await self.database.close()
        if self._refusal is not None:
            raise self._refusal

    async def _keep_up(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        """Run a part; if it breaks, say so and run it again: the others go on meanwhile."""
        while not self._stopping.is_set():
            try:
                await part()
            except PortTaken as refusal:
                self._refusal = refusal
                self.stop()
            except Exception as error:
                log.error(
                    "a part of the service broke and is started again",
                    part=name,
                    **without_values(error),
                )
                await asyncio.sleep(1)

    async def _converse(self) -> None:
        with self.database.signals.bell("inbox") as bell, self._rung_at_stop(bell):
            await self.dispatcher.run(bell, self._stopping)

    async def _send(self, line: Line, channel: Channel) -> None:
        if self.database.is_sqlite:
            await self.outbox.release(line)
        with self.database.signals.bell("outbox") as bell, self._rung_at_stop(bell):
            await Sender(line, channel, self.outbox).run(bell, self._stopping)

    async def _schedule(self) -> None:
        scheduler = AsyncIOScheduler(timezone=UTC)
        with self.database.signals.bell("planner") as bell, self._rung_at_stop(bell):

            async def wake() -> None:  # in this thread, which a plain function would not be
                bell.ring()

            scheduler.add_job(
                wake,
                "interval",
                seconds=PLANNER_INTERVAL,
                next_run_time=datetime.now(UTC),
                coalesce=True,
                misfire_grace_time=None,
            )
            scheduler.start()
            try:
                while not self._stopping.is_set():
                    if await bell.wait(2 * PLANNER_INTERVAL) and not self._stopping.is_set():
                        await self._plan()
            finally:
                scheduler.shutdown(wait=False)

    async def _plan(self) -> None:
        try:
            await self.planner.run()
        except Exception as error:
            log.error("planning failed and is tried again", error=brief(error))

    async def _attend_broadcasts(self) -> None:
        with self.database.signals.bell("broadcasts") as bell, self._rung_at_stop(bell):
            while not self._stopping.is_set():
                try:
                    await self.desk.run()
                except Exception as error:
                    log.error("broadcasts are looked at again soon", error=brief(error))
                await bell.wait(DESK_INTERVAL)

    async def _serve(self) -> None:
        server = Server(
            uvicorn.Config(
                self.web,
                host=self.settings.host,
                port=self.settings.port,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=3,
                server_header=False,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[self._listening_socket()]))
        stop = asyncio.create_task(self._stopping.wait())
        try:
            while not server.started and not serving.done():
                await asyncio.sleep(0.02)
            if server.started:
                self.port = server.servers[0].sockets[0].getsockname()[1]
                log.info("listening", url=f"http://{self.settings.host}:{self.port}/")
            await asyncio.wait({serving, stop}, return_when=asyncio.FIRST_COMPLETED)
            self.webchat.close()
            server.should_exit = True
            await serving
        finally:
            stop.cancel()

    def _listening_socket(self) -> socket.socket:
        host, port = self.settings.host, self.settings.port
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            return socket.create_server((host, port), family=family)
        except OSError as error:
            raise PortTaken(
                f"Cannot listen on {host}, port {port}: {error.strerror}. "
                "Stop what listens there, or set MINIPUBLIC_PORT to another port."
            ) from None

    async def _listen(self) -> None:
        listening = asyncio.create_task(self.telegram.run())
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({listening, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening

    @contextlib.contextmanager
    def _rung_at_stop(self, bell: Bell) -> Iterator[None]:
        """Wakes whoever waits at `bell` when it is time to stop."""

        async def ring() -> None:
            await self._stopping.wait()
            bell.ring()

        ringer = asyncio.create_task(ring())
        try:
            yield
        finally:
            ringer.cancel()


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: `App.stop` ends it."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield

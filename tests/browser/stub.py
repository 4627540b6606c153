"""The web chat on a real database and a real server, with a script in place of the conversation.

By hand: python -m tests.browser.stub --port 8090
"""

import argparse
import asyncio
import contextlib
import re
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import uvicorn
from sqlalchemy import delete, insert, select, update
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.webchat import Limits, Pace, WebChat
from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Document, Incoming, Outgoing
from bot.conversation.ports import Destination, Media, Parcel
from bot.domain.delivery import Receipt
from bot.storage.database import Database
from bot.storage.inbox import StoredInbox
from bot.storage.tables import address, inbox, metadata, outbox
from bot.storage.webchat import StoredMailbox

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "bot" / "channels" / "webchat"

#: So fast that no test is held up; those of the limits set their own.
UNLIMITED = Limits(messages=Pace(1000, 1000), newcomers=Pace(1000, 1000))


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Shelf:
    """A media store in memory."""

    def __init__(self, media: Mapping[str, Media]) -> None:
        self._media = media

    async def fetch(self, digest: str) -> Media:
        return self._media[digest]


class Written:
    """The same file for everybody, in two pieces."""

    async def pieces(self, document: Document) -> AsyncIterator[bytes]:
        for piece in (b'{"a": ', b"1}"):
            yield piece


@dataclass(frozen=True, slots=True)
class HeardByStub:
    conversation: int
    bot: str
    kind: str
    text: str
    pressed_message: str | None
    external_id: str
    hint: str | None


Script = Callable[[HeardByStub], Sequence[Outgoing]]


def silence(heard: HeardByStub) -> Sequence[Outgoing]:
    return ()


class Stub:
    """`script` answers what is heard; a test may also `tell` something by itself."""

    def __init__(
        self,
        folder: Path,
        *,
        script: Script = silence,
        media: Mapping[str, Media] | None = None,
        public_url: str | None = None,
        limits: Limits = UNLIMITED,
        port: int = 0,
        database_url: str | None = None,
        locales: Path = ROOT / "locales",
    ) -> None:
        self.database = Database(database_url or f"sqlite:///{folder / 'stub.db'}")
        self.clock = WallClock()
        self.inbox = StoredInbox(self.database, self.clock)
        self.mailbox = StoredMailbox(self.database)
        self.webchat = WebChat(
            inbox=self,
            mailbox=self.mailbox,
            media=Shelf(media or {}),
            documents=Written(),
            catalogues=Catalogues(locales),
            signals=self.database.signals,
            public_url=public_url,
            clock=self.clock,
            limits=limits,
        )
        self.app = _Troubled(Starlette(routes=self.webchat.routes))
        self.stored: list[Incoming] = []
        self.port = port
        self._script = script
        self._server: uvicorn.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        async with self.database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        self._tasks.append(asyncio.create_task(self._converse()))
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.hang_up()
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.database.close()

    # --- The server ------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Listen on loopback; after `hang_up` on the same port again."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self.app, log_level="error", lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.listening.wait()

    async def hang_up(self) -> None:
        """Stop listening, and cut every connection at once."""
        if self._server is not None:
            self._server.force_exit = self._server.should_exit = True
            for connection in list(self._server.server_state.connections):
                if transport := getattr(connection, "transport", None):
                    transport.abort()
            await self._serving
            self._server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- The bot's side --------------------------------------------------------------------------

    async def store(self, messages: Sequence[Incoming]) -> None:
        """The inbox, and a list of what went in."""
        await self.inbox.store(messages)
        self.stored += messages

    async def tell(
        self, message: Outgoing, conversation: int | None = None, parcel_id: int | None = None
    ) -> Receipt:
        """Send to a conversation, the newest if none is given; with `parcel_id` once more."""
        wanted = select(address).order_by(address.c.conversation_id.desc()).limit(1)
        if conversation is not None:
            wanted = wanted.where(address.c.conversation_id == conversation)
        async with self.database.reading() as connection:
            to = (await connection.execute(wanted)).one()
        if parcel_id is None:
            parcel_id = await self.post(message, to.conversation_id)
        destination = Destination("webchat", to.bot, to.external_id)
        return await self.webchat.send(
            Parcel(parcel_id, to.conversation_id, destination, message, tries=1)
        )

    async def post(self, message: Outgoing, conversation: int) -> int:
        """Put a message into the outbox; returns the parcel's id."""
        row = {
            "conversation_id": conversation,
            "channel": "webchat",
            "bot": "",
            "kind": message.kind,
            "priority": 0,
            "language": message.language,
            "body": message.body(),
            "status": "sending",
            "created_at": self.clock.now(),
            "send_after": self.clock.now(),
        }
        async with self.database.writing() as transaction:
            made = await transaction.execute(insert(outbox).values(row).returning(outbox.c.id))
            return int(made.scalar_one())

    async def forget(self, conversation: int) -> None:
        """What erasing does to an address."""
        async with self.database.writing() as transaction:
            await transaction.execute(
                delete(address).where(address.c.conversation_id == conversation)
            )

    async def purge(self) -> None:
        """What time does to the texts of the inbox."""
        async with self.database.writing() as transaction:
            await transaction.execute(update(inbox).values(body=None, status="done"))

    async def _converse(self) -> None:
        while True:
            with self.database.signals.bell("inbox") as bell:
                async for heard in self._pending():
                    for message in self._script(heard):
                        await self.tell(message, heard.conversation)
                await bell.wait(0.2)

    async def _pending(self) -> AsyncIterator[HeardByStub]:
        async with self.database.writing() as transaction:
            rows = await transaction.execute(
                select(inbox, address.c.bot)
                .join(address, address.c.conversation_id == inbox.c.conversation_id)
                .where(inbox.c.status == "pending")
                .order_by(inbox.c.id)
            )
            pending = rows.all()
            await transaction.execute(
                update(inbox)
                .where(inbox.c.id.in_([row.id for row in pending]))
                .values(status="done")
            )
        hints = {m.external_id: m.language_hint for m in self.stored}
        for row in pending:
            body: dict[str, Any] = row.body
            yield HeardByStub(
                conversation=row.conversation_id,
                bot=row.bot,
                kind=body["kind"],
                text=body["text"],
                pressed_message=body["pressed_message"],
                external_id=row.external_id,
                hint=hints.get(row.external_id),
            )


class _Troubled:
    """Answers posts with the statuses in `loses`, though they were taken; in `refuses`, untaken."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.loses: list[int] = []
        self.refuses: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
        elif self.refuses:
            await JSONResponse({}, self.refuses.pop(0))(scope, receive, send)
        elif self.loses:
            await self._app(scope, receive, _nowhere)
            await JSONResponse({}, self.loses.pop(0))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _nowhere(message: Message) -> None:
    """Where an answer goes that is lost."""


class _Server(uvicorn.Server):
    """Says when it listens, and leaves the signals of the process to the tests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


def words_of_the_page() -> set[str]:
    """The catalogue keys that the page names."""
    sources = (PAGE / name for name in ("page.html", "chat.js"))
    return {key for path in sources for key in re.findall(r'"(page-[a-z-]+)"', path.read_text())}


async def _by_hand(port: int) -> None:
    from tests.browser.script import MEDIA, Citizens

    with tempfile.TemporaryDirectory() as folder:
        stub = Stub(Path(folder), script=Citizens(), media=MEDIA, port=port)
        async with stub:
            await stub.serve()
            print(stub.url)
            await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8090)
    asyncio.run(_by_hand(parser.parse_args().port))

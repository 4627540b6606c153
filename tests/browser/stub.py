"""The web chat on a real database and a real server, with a script in place of the conversation.

By hand: python -m tests.browser.stub --port 8090
"""

import argparse
import asyncio
import contextlib
import json
import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import uvicorn
from sqlalchemy import insert, select, update
from starlette.applications import Starlette

from bot.channels.webchat import Limits, Pace, WebChat
from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Incoming, Outgoing
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
    ) -> None:
        self.database = Database(database_url or f"sqlite:///{folder / 'stub.db'}")
        self.clock = WallClock()
        self.inbox = StoredInbox(self.database, self.clock)
        self.mailbox = StoredMailbox(self.database)
        self.webchat = WebChat(
            inbox=self,
            mailbox=self.mailbox,
            media=Shelf(media or {}),
            catalogues=Catalogues(complete_catalogues(folder)),
            signals=self.database.signals,
            public_url=public_url,
            clock=self.clock,
            limits=limits,
        )
        self.app = Starlette(routes=self.webchat.routes)
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

    # --- The server --------------------------------------------------------------------------------

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
        while not self._server.started:
            await asyncio.sleep(0.01)

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

    # --- The bot's side ------------------------------------------------------------------------------

    async def store(self, messages: Sequence[Incoming]) -> None:
        """The inbox, and a list of what went in."""
        await self.inbox.store(messages)
        self.stored += messages

    async def tell(
        self, message: Outgoing, conversation: int | None = None, parcel_id: int | None = None
    ) -> Receipt:
        """Send to a conversation, the newest if none is given; with `parcel_id` once more."""
        async with self.database.writing() as transaction:
            wanted = select(address).order_by(address.c.conversation_id.desc()).limit(1)
            if conversation is not None:
                wanted = wanted.where(address.c.conversation_id == conversation)
            to = (await transaction.execute(wanted)).one()
            if parcel_id is None:
                made = await transaction.execute(
                    insert(outbox)
                    .values(
                        conversation_id=to.conversation_id,
                        channel="webchat",
                        bot=to.bot,
                        kind=message.kind,
                        priority=0,
                        language=message.language,
                        body=message.body(),
                        status="sending",
                        created_at=self.clock.now(),
                        send_after=self.clock.now(),
                    )
                    .returning(outbox.c.id)
                )
                parcel_id = int(made.scalar_one())
        destination = Destination("webchat", to.bot, to.external_id)
        return await self.webchat.send(
            Parcel(parcel_id, to.conversation_id, destination, message, tries=1)
        )

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


class _Server(uvicorn.Server):
    """Leaves the signals of the process to the tests."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


def words_of_the_page() -> set[str]:
    """The catalogue keys that the page names."""
    sources = (PAGE / name for name in ("page.html", "chat.js"))
    return {key for path in sources for key in re.findall(r'"(page-[a-z-]+)"', path.read_text())}


def complete_catalogues(folder: Path) -> Path:
    """The project's catalogues, with a mark in place of each word of the page that English lacks."""
    copy = folder / "locales"
    if not copy.exists():
        shutil.copytree(ROOT / "locales", copy)
        english = copy / "en" / "LC_MESSAGES" / "minipublic.po"
        text = english.read_text()
        for key in sorted(words_of_the_page()):
            if f'msgid "{key}"' not in text:
                text += f'\nmsgid "{key}"\nmsgstr {json.dumps(f"[{key}]")}\n'
        english.write_text(text)
    return copy


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

"""The far side of Telegram on loopback: a strict, scripted and recording Bot API.

    async with TelegramServer(tokens=["42:TEST"]) as telegram:
        ana = telegram.person(language_code="es")
        await ana.says("/start")
        message = await ana.next_message()

By hand: python -m tests.cast.telegram_server --port 8081 --token 42:TEST
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Any, Self

from aiohttp import web

from tests.cast.telegram_bots import BotAccount
from tests.cast.telegram_chats import SeenMessage
from tests.cast.telegram_errors import Refused
from tests.cast.telegram_failures import ScriptedFailures
from tests.cast.telegram_methods import METHODS, perform
from tests.cast.telegram_people import Group, Person
from tests.cast.telegram_requests import Request
from tests.cast.telegram_schema import check_request

REQUEST_BYTES = 60_000_000  # above Telegram's limit for uploads, which is refused in its words
METHOD_NAMES = {name.lower(): name for name in METHODS}


class TelegramServer(ScriptedFailures):
    """Telegram for the bots with these tokens; everything it holds outlives a stop.

    Leaving the `async with` raises what went wrong in the stand-in itself, if anything did.

    port: 0 takes a free one at the first start and keeps it.
    callback_seconds: how long a pressed button waits for its answer (Telegram does not say).
    """

    def __init__(
        self, tokens: Iterable[str], *, port: int = 0, callback_seconds: float = 60.0
    ) -> None:
        super().__init__()
        self.port = port
        self.bots = {token: BotAccount(token, callback_seconds) for token in tokens}
        self.requests: list[Request] = []
        self.bugs: list[Exception] = []
        self._people = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()
        if self.bugs:
            raise self.bugs[0]

    async def start(self) -> None:
        """Listens on 127.0.0.1 and goes on delivering to webhooks."""
        app = web.Application(client_max_size=REQUEST_BYTES)
        app.router.add_route("*", "/bot{token:[^/]+}/{method}", self._answer)
        app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", self._download)
        # A request whose bot has given up is abandoned, so hangs() sends nothing then.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        for bot in self.bots.values():
            bot.delivery.resume()

    async def stop(self) -> None:
        """Is out of reach, cutting what is under way; start() takes the same port again."""
        for bot in self.bots.values():
            bot.delivery.pause()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        """The base URL; methods are under /bot<TOKEN>/."""
        return f"http://127.0.0.1:{self.port}"

    # people

    def person(
        self,
        id: int | None = None,
        *,
        language_code: str | None = "en",
        first_name: str = "Ana",
        username: str | None = None,
    ) -> Person:
        """Somebody new; an id is chosen where none is given."""
        self._people += 1
        return Person(
            self.bots,
            id or 5_000_000_000 + self._people,  # beyond 32 bits, as Telegram's are
            first_name=first_name,
            language_code=language_code,
            username=username,
        )

    def group(
        self,
        owner: Person,
        *,
        id: int | None = None,
        title: str = "Neighbours",
        kind: str = "supergroup",
    ) -> Group:
        """A new supergroup, group or channel without any bot."""
        self._people += 1
        return Group(self.bots, owner, id or -1_001_000_000_000 - self._people, title, kind)

    # what happened

    def messages(self, chat_id: int, bot: str | None = None) -> list[SeenMessage]:
        """The bots' messages of a chat as the people see them; none where there is no chat."""
        accounts = [self.bots[bot]] if bot else self.bots.values()
        chats = (account.chats[chat_id] for account in accounts if chat_id in account.chats)
        return [message for chat in chats for message in chat.messages()]

    def pending(self, bot: str | None = None) -> list[dict[str, Any]]:
        """The updates that the bots have not acknowledged."""
        accounts = [self.bots[bot]] if bot else self.bots.values()
        return [update for account in accounts for update in account.delivery.pending()]

    async def settles(self, timeout: float = 10) -> None:
        """Waits until the bots have acknowledged every update; raises TimeoutError."""
        async with asyncio.timeout(timeout):
            for account in self.bots.values():
                await account.delivery.settled.wait()

    # HTTP

    async def _answer(self, http: web.Request) -> web.StreamResponse:
        token, method = http.match_info["token"], http.match_info["method"]
        # Telegram does not mind the case of a method's name.
        request = Request(token, METHOD_NAMES.get(method.lower(), method), time.monotonic())
        self.requests.append(request)
        try:
            result, cut = await self._perform(request, http)
        except Refused as refused:
            request.status, request.description = refused.code, refused.description
            return web.json_response(refused.body(), status=refused.code)
        except ConnectionError:
            raise  # the bot hung up while it sent
        except Exception as bug:
            self.bugs.append(bug)
            raise
        if cut and http.transport:
            http.transport.abort()
        else:
            request.status = 200
        return web.json_response({"ok": True, "result": result})

    async def _perform(self, request: Request, http: web.Request) -> tuple[Any, bool]:
        account = self.bots.get(request.token)
        if account is None:
            raise Refused("Unauthorized")
        if request.method not in METHODS:
            raise Refused("Not Found: method not found")
        try:
            await request.read(http)
        except web.HTTPRequestEntityTooLarge:
            raise Refused("Request Entity Too Large") from None
        check_request(request.method, request.params)
        cut = await self.disturb(request)
        return await perform(account, request), cut

    async def _download(self, http: web.Request) -> web.Response:
        account = self.bots.get(http.match_info["token"])
        if account is None:
            return web.json_response(Refused("Unauthorized").body(), status=401)
        media = account.files.get(http.match_info["path"].rpartition("/")[2])
        if media is None or media.content is None:
            return web.json_response(Refused("Not Found").body(), status=404)
        return web.Response(body=media.content)


if __name__ == "__main__":
    from tests.cast.telegram_terminal import main

    main()

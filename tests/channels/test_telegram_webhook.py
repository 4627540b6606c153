"""Webhooks: who is let in, and what is answered."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from starlette.applications import Starlette

from bot.channels.telegram import MalformedToken, Telegram, bots_of
from bot.channels.telegram.incoming import ALLOWED_UPDATES
from bot.channels.telegram.webhook import MOST_BYTES, SECRET_HEADER, secret
from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Incoming
from tests.cast.telegram_server import TelegramServer
from tests.channels.test_telegram_polling import NoMedia, Receptions

TOKENS = ["42:TEST", "43:OTHER"]
CATALOGUES = Catalogues(Path(__file__).parents[2] / "locales")
SECRET = {SECRET_HEADER: secret("key", "42")}
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1790000000,
        "chat": {"id": 7, "type": "private", "first_name": "Ana"},
        "from": {"id": 7, "is_bot": False, "first_name": "Ana"},
        "text": "hello",
    },
}


class Inbox:
    def __init__(self) -> None:
        self.stored: list[Incoming] = []
        self.fails = False

    async def store(self, messages: Sequence[Incoming]) -> None:
        if self.fails:
            raise ConnectionError("password")
        self.stored += messages


def telegram_at(api_url: str, inbox: Inbox, public_url: str | None) -> Telegram:
    return Telegram(
        TOKENS, api_url, inbox, NoMedia(), NoMedia(), CATALOGUES, ["start"], public_url, "key",
        Receptions(),
    )  # fmt: skip


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def web(inbox: Inbox) -> AsyncIterator[httpx.AsyncClient]:
    channel = telegram_at("http://127.0.0.1:9", inbox, "https://minipublic.example")
    transport = httpx.ASGITransport(Starlette(routes=channel.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://web") as client:
        yield client
    await channel.close()


async def test_an_update_is_stored_then_acknowledged(web: httpx.AsyncClient, inbox: Inbox) -> None:
    answer = await web.post("/telegram/42", json=UPDATE, headers=SECRET)
    assert (answer.status_code, answer.content) == (200, b"")
    [stored] = inbox.stored
    assert (stored.external_id, stored.sender, stored.text) == ("42:1:1790000000", "7", "hello")


async def test_what_cannot_be_stored_is_not_acknowledged(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    inbox.fails = True
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            assert (await web.post("/telegram/42", json=UPDATE, headers=SECRET)).status_code == 503
        inbox.fails = False
        assert (await web.post("/telegram/42", json=UPDATE, headers=SECRET)).status_code == 200
    assert [log["log_level"] for log in logs] == ["warning", "info"]
    assert "password" not in str(logs)


@pytest.mark.parametrize(
    "headers",
    [{}, {SECRET_HEADER: "wrong"}, {SECRET_HEADER: ""}, {SECRET_HEADER: secret("key", "43")},
     {SECRET_HEADER: "é"}],
)  # fmt: skip
async def test_without_the_bots_secret_nothing_is_taken(
    web: httpx.AsyncClient, inbox: Inbox, headers: dict[str, str]
) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    assert (await web.post("/telegram/42", json=UPDATE, headers=raw)).status_code == 401
    assert not inbox.stored


async def test_an_unknown_bot_is_not_found(web: httpx.AsyncClient) -> None:
    assert (await web.post("/telegram/44", json=UPDATE, headers=SECRET)).status_code == 404
    assert (await web.get("/telegram/42", headers=SECRET)).status_code == 405


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
async def test_what_is_not_json_is_a_bad_request(web: httpx.AsyncClient, body: bytes) -> None:
    assert (await web.post("/telegram/42", content=body, headers=SECRET)).status_code == 400


@pytest.mark.parametrize("length", [None, "2", str(MOST_BYTES + 1)])
async def test_a_body_that_is_too_long_is_refused_unread(
    web: httpx.AsyncClient, length: str | None
) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(64):
            read += 65536
            yield b" " * 65536

    headers = SECRET | ({"Content-Length": length} if length else {})
    answer = await web.post("/telegram/42", content=body(), headers=headers)
    assert answer.status_code == 413
    assert read <= MOST_BYTES + 2 * 65536


async def test_a_body_as_long_as_allowed_is_read(web: httpx.AsyncClient, inbox: Inbox) -> None:
    body = json.dumps(UPDATE).encode().ljust(MOST_BYTES)
    assert (await web.post("/telegram/42", content=body, headers=SECRET)).status_code == 200
    assert inbox.stored


async def test_an_update_that_cannot_be_read_is_acknowledged(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    updates: list[Any] = [{"update_id": 1, "message": {}}, [], {"update_id": 2}]
    for update in updates:
        answer = await web.post("/telegram/42", json=update, headers=SECRET)
        assert answer.status_code == 200
    assert not inbox.stored


async def test_registered_webhooks_bring_every_update(inbox: Inbox) -> None:
    async with TelegramServer(TOKENS) as telegram:
        app = Starlette()
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        channel = telegram_at(telegram.url, inbox, f"http://127.0.0.1:{port}/")
        app.routes.extend(channel.routes)
        ana = telegram.person()
        await ana.says("before it was registered", to="42:TEST")
        running = asyncio.create_task(channel.run())
        await telegram.settles()
        await ana.says("to the other", to="43:OTHER")
        inbox.fails = True
        await ana.says("while the database is away", to="42:TEST")
        await asyncio.sleep(0.1)
        inbox.fails = False
        await telegram.settles()
        assert not running.done()
        running.cancel()
        await asyncio.wait([running])
        await channel.close()
        server.should_exit = True
        await serving
    assert {incoming.text for incoming in inbox.stored} == {
        "before it was registered",
        "to the other",
        "while the database is away",
    }
    request = next(r for r in telegram.requests if r.method == "setWebhook")
    assert request.params["allowed_updates"] == list(ALLOWED_UPDATES)
    assert request.params["url"] == f"http://127.0.0.1:{port}/telegram/{request.token[:2]}"
    assert "getUpdates" not in {r.method for r in telegram.requests}


async def test_without_a_public_url_there_is_no_webhook(inbox: Inbox) -> None:
    assert telegram_at("http://127.0.0.1:9", inbox, None).routes == []


@pytest.mark.parametrize("tokens", [["42"], ["42:A", "x:B"], ["42:A B"], [""], ["42:A", "42:B"]])
def test_a_malformed_token_is_named_without_telling_it(tokens: list[Any]) -> None:
    with pytest.raises(MalformedToken, match=r"MINIPUBLIC_TELEGRAM_TOKENS: token [12] of") as error:
        bots_of(tokens)
    assert "42:" not in str(error.value)

"""Long polling: nothing is lost, whatever fails, and trouble is told once."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.channels.telegram import Telegram
from bot.channels.telegram.incoming import ALLOWED_UPDATES
from bot.conversation.catalogue import Catalogues
from bot.conversation.messages import Document, Incoming, Outgoing
from bot.conversation.ports import Destination, Media, Parcel
from tests.cast import telegram_delivery
from tests.cast.telegram_server import TelegramServer

TOKEN = "4200042:SECRET-token"
CATALOGUES = Catalogues(Path(__file__).parents[2] / "locales")


class Inbox:
    """Keeps what it stores; each of `failures` makes one call fail."""

    def __init__(self) -> None:
        self.stored: list[Incoming] = []
        self.failures: list[Exception] = []
        self.calls = 0

    async def store(self, messages: Sequence[Incoming]) -> None:
        self.calls += 1
        if self.failures:
            raise self.failures.pop()
        self.stored += messages

    @property
    def texts(self) -> list[str]:
        return [incoming.text for incoming in self.stored]


class NoMedia:
    async def fetch(self, digest: str) -> Media:
        raise LookupError(digest)

    async def pieces(self, document: Document) -> AsyncIterator[bytes]:
        raise LookupError(document.of)
        yield b""


class Receptions(list[str]):
    """The bots that heard Telegram, each time they did."""

    async def heard(self, channel: str, bot: str) -> None:
        self.append(bot)


@contextlib.asynccontextmanager
async def running(telegram: TelegramServer, inbox: Inbox, *tokens: str) -> AsyncIterator[Telegram]:
    """Telegram's channel, polling; what it holds is closed at the end."""
    tokens = tokens or tuple(telegram.bots)
    channel = Telegram(
        tokens, telegram.url, inbox, NoMedia(), NoMedia(), CATALOGUES, ["start", "help"], None,
        "key", Receptions(),
    )  # fmt: skip
    running = asyncio.create_task(channel.run())
    try:
        yield channel
    finally:
        running.cancel()
        async with asyncio.timeout(2):
            with contextlib.suppress(asyncio.CancelledError):
                await running
        await channel.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.patience.FIRST_DELAY", 0.01)
    monkeypatch.setattr("bot.channels.telegram.patience.LONGEST_DELAY", 0.05)
    monkeypatch.setattr("bot.channels.telegram.patience.MENDING_DELAY", 0.05)


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer([TOKEN]) as telegram:
        yield telegram


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as logs:
        yield logs
    assert "SECRET" not in str(logs)


async def test_what_citizens_say_is_stored_and_confirmed(telegram: TelegramServer) -> None:
    inbox, ana = Inbox(), telegram.person(language_code="es")
    await ana.says("/start")
    async with running(telegram, inbox):
        await ana.says("hola")
        await telegram.settles()
    assert inbox.texts == ["/start", "hola"]
    assert {incoming.sender for incoming in inbox.stored} == {str(ana.id)}


async def test_only_what_the_bot_reads_is_asked_for(telegram: TelegramServer) -> None:
    async with running(telegram, Inbox()):
        await until(lambda: any(r.method == "getUpdates" for r in telegram.requests))
    assert telegram.bots[TOKEN].delivery.allowed == list(ALLOWED_UPDATES)


async def test_an_update_is_confirmed_only_when_it_is_stored(
    telegram: TelegramServer, logs: list[Any]
) -> None:
    inbox, ana = Inbox(), telegram.person()
    inbox.failures = [ConnectionError("password of the database"), ConnectionError()]
    await ana.says("/start")
    async with running(telegram, inbox):
        await until(lambda: inbox.stored)
        await telegram.settles()
    assert inbox.texts == ["/start"] and inbox.calls == 3
    assert [log["event"].split(",")[0] for log in logs] == [
        "what came from Telegram cannot be stored",
        "the trouble with Telegram is over",
    ]
    assert "password" not in str(logs)


async def test_what_was_not_stored_before_a_restart_comes_again(telegram: TelegramServer) -> None:
    first, second, ana = Inbox(), Inbox(), telegram.person()
    first.failures = [ConnectionError()] * 99
    await ana.says("/start")
    async with running(telegram, first):
        await until(lambda: first.calls > 1)
    async with running(telegram, second):
        await telegram.settles()
    assert second.texts == ["/start"]


async def test_an_update_that_cannot_be_read_does_not_hold_up_the_others(
    telegram: TelegramServer, logs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, ana = Inbox(), telegram.person()
    await ana.says("before")
    monkeypatch.setattr(telegram_delivery, "check_update", lambda update: None)
    unreadable = telegram.bots[TOKEN].delivery.put(ana.id, "message", {"text": "SECRET"})
    await ana.says("after")
    async with running(telegram, inbox):
        await telegram.settles()
    assert inbox.texts == ["before", "after"]
    assert [(log["update"], log["error"]) for log in logs] == [
        (unreadable["update_id"], "Unreadable")
    ]


async def test_ids_that_begin_anew_after_a_quiet_week_lose_and_repeat_nothing(
    telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_delivery, "LONG_POLL_SECONDS", 0.02)
    inbox, ana = Inbox(), telegram.person()
    async with running(telegram, inbox):
        await ana.says("before")
        await telegram.settles()
        polls = len(telegram.requests)
        await until(lambda: len(telegram.requests) > polls + 3)  # a quiet week
        telegram.bots[TOKEN].delivery.begins_anew(1000)
        await ana.says("lower")
        await ana.says("still lower")
        await telegram.settles()
        await until(lambda: len(inbox.stored) == 3)
    assert inbox.texts == ["before", "lower", "still lower"]


async def test_a_webhook_left_behind_is_deleted_and_its_updates_are_kept(
    telegram: TelegramServer,
) -> None:
    inbox, ana = Inbox(), telegram.person()
    telegram.bots[TOKEN].delivery.set_webhook(telegram_delivery.Webhook("http://127.0.0.1:9/"))
    await ana.says("/start")
    async with running(telegram, inbox):
        await telegram.settles()
    assert inbox.texts == ["/start"]


async def test_telegram_out_of_reach_is_told_once(
    telegram: TelegramServer, logs: list[Any]
) -> None:
    inbox, ana = Inbox(), telegram.person()
    async with running(telegram, inbox):
        await until(lambda: any(r.method == "getUpdates" for r in telegram.requests))
        menus = 1 + len({language[:2] for language in CATALOGUES.languages})
        await until(lambda: len(telegram.bots[TOKEN].commands) == menus)
        await until(lambda: len(telegram.bots[TOKEN].descriptions) == 2 * menus)
        await telegram.stop()
        await asyncio.sleep(0.3)
        await telegram.start()
        await ana.says("hello")
        await telegram.settles()
    assert inbox.texts == ["hello"]
    assert [log["log_level"] for log in logs] == ["warning", "info"]
    assert "cannot be reached" in logs[0]["event"] and logs[0]["bot"] == "4200042"


@pytest.mark.parametrize("status", [500, 502])
async def test_telegrams_own_errors_are_outlived(telegram: TelegramServer, status: int) -> None:
    inbox, ana = Inbox(), telegram.person()
    await ana.says("/start")
    telegram.fails(status, times=3, method="getUpdates")
    telegram.fails(status, times=2, method="getMe")
    telegram.fails(status, times=2, method="deleteWebhook")
    async with running(telegram, inbox):
        await telegram.settles()
    assert inbox.texts == ["/start"]


async def test_another_process_with_the_same_token_is_named(
    telegram: TelegramServer, logs: list[Any]
) -> None:
    async with running(telegram, Inbox()), running(telegram, Inbox()):
        await until(lambda: logs)
    assert "stop the other process" in logs[0]["event"]


async def test_a_refused_token_is_told_with_where_to_mend_it(
    telegram: TelegramServer, logs: list[Any]
) -> None:
    inbox, ana = Inbox(), telegram.person()
    await ana.says("/start")
    async with running(telegram, inbox, TOKEN, "43:SECRET-and-WRONG"):
        await telegram.settles()
        await until(lambda: len(telegram.requests) > 20)
    assert inbox.texts == ["/start"]  # the other bot works
    assert {log["bot"] for log in logs} == {"43"}
    assert len(logs) == 2  # once for its updates, once for its menu
    assert "MINIPUBLIC_TELEGRAM_TOKENS" in logs[0]["event"]


async def test_several_bots_are_told_apart() -> None:
    async with TelegramServer(["42:A", "43:B"]) as telegram:
        inbox, ana = Inbox(), telegram.person()
        async with running(telegram, inbox):
            await ana.says("to one", to="42:A")
            await ana.says("to the other", to="43:B")
            await telegram.settles()
    assert {(i.bot, i.text) for i in inbox.stored} == {("42", "to one"), ("43", "to the other")}
    assert {i.external_id.partition(":")[0] for i in inbox.stored} == {"42", "43"}


async def test_nothing_that_identifies_is_logged(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    inbox, ana = Inbox(), telegram.person()
    with caplog.at_level(logging.DEBUG):
        async with running(telegram, inbox) as channel:
            await ana.says("a secret")
            await telegram.settles()
            to = Destination("telegram", "4200042", str(ana.id))
            await channel.channel.send(Parcel(1, 1, to, Outgoing("a secret", "en"), tries=1))
    for secret in (TOKEN, str(ana.id), "a secret"):
        assert secret not in caplog.text

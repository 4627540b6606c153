"""Telegram through a proxy, where it cannot be reached directly."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog

from bot.channels.telegram import Telegram
from bot.conversation.messages import Outgoing
from bot.conversation.ports import Destination, Parcel
from bot.domain.delivery import Unreachable
from bot.settings import BadSettings, read_settings
from tests.cast.proxy import Proxy
from tests.cast.telegram_server import TelegramServer
from tests.channels.test_telegram_polling import (
    CATALOGUES,
    TOKEN,
    Inbox,
    NoMedia,
    Receptions,
    until,
)

SCHEMES = ["http", "socks5"]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer([TOKEN]) as telegram:
        yield telegram


def through(proxy: str, api_url: str, inbox: Inbox) -> Telegram:
    return Telegram(
        [TOKEN], api_url, inbox, NoMedia(), NoMedia(), CATALOGUES, ["start"], None, "key",
        Receptions(), proxy,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def listening(channel: Telegram) -> AsyncIterator[None]:
    running = asyncio.create_task(channel.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running], timeout=2)
        await channel.close()


def parcel(to: int) -> Parcel:
    return Parcel(1, 1, Destination("telegram", "4200042", str(to)), Outgoing("9", "en"), tries=1)


@pytest.mark.parametrize("login", [None, "ana:pa%20ss"])
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_all_goes_through_the_proxy(
    telegram: TelegramServer, scheme: str, login: str | None
) -> None:
    inbox, ana = Inbox(), telegram.person()
    async with Proxy(scheme, login and "ana:pa ss") as proxy:
        url = proxy.url.replace("pa ss", "pa%20ss")
        channel = through(url, telegram.url, inbox)
        async with listening(channel):
            await ana.says("How many?")
            await until(lambda: inbox.stored)
            await channel.channel.send(parcel(ana.id))
            assert (await ana.next_message()).text == "9"
            assert (await channel.watch.look())["4200042"].pending == 0
        address = telegram.url.removeprefix("http://")
        assert set(proxy.asked) == {address} and len(proxy.asked) >= 2
        assert proxy.refused == 0


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_proxy_that_refuses_or_is_away_is_named_and_nothing_was_sent(
    telegram: TelegramServer, scheme: str
) -> None:
    inbox, ana = Inbox(), telegram.person()
    await ana.says("hello")
    async with Proxy(scheme, "ana:right") as proxy:
        wrong = proxy.url.replace("right", "wrong")
        channel = through(wrong, telegram.url, inbox)
        with structlog.testing.capture_logs() as logs:
            async with listening(channel):
                await until(lambda: logs)
                with pytest.raises(Unreachable):
                    await channel.channel.send(parcel(ana.id))
        assert not any("stored" in log["event"] for log in logs), logs
        assert "wrong" not in str(logs)
    away = through(proxy.url, telegram.url, inbox)
    with pytest.raises(Unreachable):
        await away.channel.send(parcel(ana.id))
    await away.close()
    assert not telegram.requests


@pytest.mark.parametrize(
    "proxy", ["socks4://h:1", "proxy.example:1080", "http://h", "socks5://:1080", "http://h:x"]
)
def test_a_proxy_that_nobody_can_use_is_refused(proxy: str) -> None:
    settings: dict[str, Any] = {"_env_file": None, "telegram_proxy": proxy}
    with pytest.raises(BadSettings, match=r"PROXY: write http://HOST:PORT or socks5://HOST:PORT"):
        read_settings(**settings)

"""The doors through which Telegram's updates come in: polling, webhooks, several bots."""

import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.packs.load import read_pack
from bot.storage.deliberations import load_pack
from bot.storage.people import bind_bot
from bot.storage.tables import deliberation, participant
from tests.cast.citizens import TelegramCitizen
from tests.cast.telegram_server import TelegramServer
from tests.cast.town import PARKS, Town


@pytest.fixture
async def webhook_town(a_database: str, telegram: TelegramServer) -> AsyncIterator[Town]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    public_url = f"http://127.0.0.1:{port}"
    async with Town(
        a_database, telegram, port=port, public_url=public_url, secret_key="s" * 32
    ) as town:
        yield town


async def test_the_whole_way_by_webhooks(webhook_town: Town) -> None:
    citizen = TelegramCitizen(webhook_town)
    await citizen.is_enrolled(language="ar")
    await citizen.answers_t1()
    assert (await webhook_town.answers())["transport"] == "bus"
    assert not [r for r in webhook_town.telegram.requests if r.method == "getUpdates"]


async def test_what_telegram_could_not_deliver_comes_after_the_restart(
    webhook_town: Town,
) -> None:
    citizen = TelegramCitizen(webhook_town)
    await citizen.is_enrolled()
    await webhook_town.stops()
    await citizen.says("/survey")
    await webhook_town.starts()
    await citizen.sees("item-transport")


async def test_several_bots_in_one_process_serve_several_deliberations(sqlite_url: str) -> None:
    async with (
        TelegramServer(tokens=["42:TEST", "43:OTHER"]) as telegram,
        Town(sqlite_url, telegram, telegram_tokens="42:TEST,43:OTHER") as town,
    ):
        other = replace(read_pack(PARKS), code="trees", title={"en": "Trees"})
        await load_pack(town.app.database, other, town.clock.now())
        await bind_bot(town.app.database, "telegram", "42", "parks")
        await bind_bot(town.app.database, "telegram", "43", "trees")
        person = telegram.person()
        await person.says("/start", to="42:TEST")
        await person.says("/start", to="43:OTHER")
        assert "Parks for everybody" in (await person.next_message(to="42:TEST")).text
        assert "Trees" in (await person.next_message(to="43:OTHER")).text
        await town.settles()
        joined = await town.rows(
            select(deliberation.c.code)
            .join(participant, participant.c.deliberation_id == deliberation.c.id)
            .order_by(deliberation.c.code)
        )
        assert [row[0] for row in joined] == ["parks", "trees"]


async def test_the_menu_is_set_in_every_language(town: Town) -> None:
    citizen = TelegramCitizen(town)
    await citizen.is_enrolled()
    set_for = {
        r.params.get("language_code")
        for r in town.telegram.requests
        if r.method == "setMyCommands" and r.status == 200
    }
    assert set_for == {None, "en", "fr", "es", "ar", "sw"} or set_for == {
        None, "fr", "es", "ar", "sw"
    }  # fmt: skip

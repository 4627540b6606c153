"""The stand-in for Telegram: edits, albums, leaving, descriptions, numbers that begin anew."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.cast.telegram_chats import Impossible
from tests.cast.telegram_server import TelegramServer

TOKEN = "42:TEST"


class Caller:
    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def __call__(self, method: str, **fields: Any) -> Any:
        """The result; of a refusal, its words."""
        async with self._session.post(f"{self._url}/bot{TOKEN}/{method}", json=fields) as answer:
            body = await answer.json()
        return body["result"] if body["ok"] else body["description"]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer([TOKEN]) as telegram:
        yield telegram


@pytest.fixture
async def call(telegram: TelegramServer) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(telegram.url, session)


async def test_an_edited_message_keeps_its_number_and_tells_when(
    telegram: TelegramServer, call: Caller
) -> None:
    ana = telegram.person()
    said = await ana.says("Bus")
    await ana.edits(said, "On foot")
    pictured = await ana.sends_photo(caption="Here")
    await ana.edits(pictured, "There")
    _, edited, _, recaptioned = await call("getUpdates")
    assert edited["edited_message"]["message_id"] == said["message"]["message_id"]
    assert edited["edited_message"]["text"] == "On foot" and edited["edited_message"]["edit_date"]
    assert recaptioned["edited_message"]["caption"] == "There"
    with pytest.raises(Impossible):
        await telegram.person().edits(pictured, "Mine")


async def test_an_album_is_an_update_for_each_picture(
    telegram: TelegramServer, call: Caller
) -> None:
    ana = telegram.person()
    await ana.sends_album("first", None)
    await ana.sends_album(None, None)
    updates = [each["message"] for each in await call("getUpdates")]
    groups = [each["media_group_id"] for each in updates]
    assert groups[0] == groups[1] != groups[2] == groups[3]
    assert [each.get("caption") for each in updates] == ["first", None, None, None]
    with pytest.raises(Impossible, match="2 to 10"):
        await ana.sends_album("alone")


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_a_bot_that_left_may_not_write_until_it_is_added_again(
    telegram: TelegramServer, call: Caller, kind: str
) -> None:
    group = telegram.group(telegram.person(), kind=kind)
    await group.adds()
    assert await call("leaveChat", chat_id=group.id) is True
    words = f"Forbidden: bot is not a member of the {kind} chat"
    assert await call("sendMessage", chat_id=group.id, text="Hello") == words
    assert await call("leaveChat", chat_id=group.id) == words
    left = (await call("getUpdates"))[-1]["my_chat_member"]
    assert left["new_chat_member"]["status"] == "left" and left["from"]["id"] == 42
    await group.adds()
    assert (await call("sendMessage", chat_id=group.id, text="Hello"))["text"] == "Hello"
    assert (await group.next_message()).text == "Hello"


async def test_a_private_chat_cannot_be_left(telegram: TelegramServer, call: Caller) -> None:
    ana = telegram.person()
    await ana.says("/start")
    assert "can't be changed in private chats" in await call("leaveChat", chat_id=ana.id)


async def test_descriptions_have_their_limits_and_fall_back_to_that_for_all(call: Caller) -> None:
    assert (await call("getMyDescription", language_code="fr"))["description"] == ""
    assert await call("setMyDescription", description="d" * 512) is True
    assert await call("setMyDescription", description="é" * 5, language_code="fr") is True
    assert "too long" in await call("setMyDescription", description="d" * 513)
    assert "too long" in await call("setMyShortDescription", short_description="d" * 121)
    assert "language code" in await call("setMyShortDescription", language_code="fil")
    assert (await call("getMyDescription", language_code="fr"))["description"] == "ééééé"
    assert (await call("getMyDescription", language_code="es"))["description"] == "d" * 512
    assert (await call("getMyShortDescription"))["short_description"] == ""


async def test_an_offset_of_before_a_quiet_week_confirms_what_came_after(
    telegram: TelegramServer, call: Caller
) -> None:
    """Why a bot must not send it for ever: what is below it counts as known."""
    ana = telegram.person()
    offset = (await ana.says("before"))["update_id"] + 1
    assert await call("getUpdates", offset=offset) == []
    telegram.bots[TOKEN].delivery.begins_anew(1000)
    assert (await ana.says("after"))["update_id"] == 1000
    assert await call("getUpdates", offset=offset) == []
    assert telegram.pending() == []

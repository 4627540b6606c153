"""The menu of commands, in every language."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.channels.telegram.menu import set_descriptions, set_menu
from bot.conversation.catalogue import LOCALES, Catalogues
from handlers import MENU
from tests.cast.telegram_server import TelegramServer

TOKEN = "42:TEST"
DEFAULT = '{"type": "default"}'


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer([TOKEN]) as telegram:
        yield telegram


@pytest.fixture
async def bot(telegram: TelegramServer) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.url))
    async with Bot(TOKEN, session=session) as bot:
        yield bot


def catalogues(folder: Path, **words: str) -> Catalogues:
    for language, word in words.items():
        path = folder / language.replace("_", "-") / "LC_MESSAGES" / "minipublic.po"
        path.parent.mkdir(parents=True)
        path.write_text(f'msgid "command-start"\nmsgstr "{word}"\n')
    return Catalogues(folder)


async def test_every_language_has_its_menu_and_all_others_english(
    telegram: TelegramServer, bot: Bot, tmp_path: Path
) -> None:
    words = catalogues(tmp_path, en="Join", es="Participar", pt_BR="Participe", fil="Sumali")
    await set_menu(bot, words, ["start"])
    menus = {key: menu[0]["description"] for key, menu in telegram.bots[TOKEN].commands.items()}
    assert menus == {
        (DEFAULT, ""): "Join",
        (DEFAULT, "en"): "Join",
        (DEFAULT, "es"): "Participar",
        (DEFAULT, "pt"): "Participe",
    }


async def test_a_language_that_telegram_does_not_take_is_left_out(
    telegram: TelegramServer, bot: Bot, tmp_path: Path
) -> None:
    words = catalogues(tmp_path, en="Join", sw="")
    telegram.fails(400, method="setMyCommands")
    with structlog.testing.capture_logs() as logs:
        await set_menu(bot, words, ["start"])
    assert [log["language"] for log in logs] == ["en"]
    assert [code for _, code in telegram.bots[TOKEN].commands] == ["en", "sw"]


async def test_every_language_has_its_descriptions_and_all_others_english(
    telegram: TelegramServer, bot: Bot
) -> None:
    words = Catalogues(LOCALES)
    for _ in range(2):  # at the next start nothing is to be done
        await set_descriptions(bot, words)
    said = telegram.bots[TOKEN].descriptions
    for code in ("", "en", "fr", "es", "ar", "sw"):
        language = code or "en"
        assert said["description", code] == words.text(language, "bot-description")
        assert said["short_description", code] == words.text(language, "bot-short-description")
    assert [r.method for r in telegram.requests].count("setMyDescription") == 6
    assert all(r.status == 200 for r in telegram.requests)


async def test_what_staff_have_written_about_a_bot_is_kept(
    telegram: TelegramServer, bot: Bot
) -> None:
    await bot.set_my_description("The dialogue of our town")
    await set_descriptions(bot, Catalogues(LOCALES))
    said = telegram.bots[TOKEN].descriptions
    assert [words for (kind, _), words in said.items() if kind == "description"] == [
        "The dialogue of our town"
    ]


async def test_the_bots_own_menu_is_taken(telegram: TelegramServer, bot: Bot) -> None:
    await set_menu(bot, Catalogues(LOCALES), MENU)
    menu = telegram.bots[TOKEN].commands[DEFAULT, ""]
    assert [command["command"] for command in menu] == list(MENU)

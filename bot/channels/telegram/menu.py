"""The menu of commands in Telegram's apps: https://core.telegram.org/bots/api#setmycommands."""

from collections.abc import Sequence

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BotCommand

from bot.channels.markdown import clip
from bot.channels.telegram.failures import words
from bot.channels.telegram.patience import Patience
from bot.conversation.catalogue import SOURCE, Catalogues

#: https://core.telegram.org/bots/api#botcommand
LONGEST_DESCRIPTION = 256

log = structlog.get_logger()


async def set_menu(bot: Bot, catalogues: Catalogues, commands: Sequence[str]) -> None:
    """Set it in every language that has a two-letter code, and in English for all others; tries
    until it succeeds. A language that Telegram does not take is left out."""
    patience = Patience(str(bot.id))
    for code, language in _languages(catalogues).items():
        menu = [
            BotCommand(
                command=name,
                description=clip(catalogues.text(language, f"command-{name}"), LONGEST_DESCRIPTION),
            )
            for name in commands
        ]
        await patience.insist(_set, bot, menu, code)


def _languages(catalogues: Catalogues) -> dict[str | None, str]:
    """By Telegram's code, which is of ISO 639-1 and knows no regions; None is for all others."""
    codes: dict[str | None, str] = {None: SOURCE}
    for language in catalogues.languages:
        primary = language.split("-")[0]
        if len(primary) == 2:
            codes[primary] = catalogues.nearest(primary)
    return codes


async def _set(bot: Bot, menu: list[BotCommand], code: str | None) -> None:
    try:
        await bot.set_my_commands(menu, language_code=code)
    except TelegramBadRequest as error:
        log.warning(
            "Telegram does not take the menu in one language",
            bot=str(bot.id),
            language=code or SOURCE,
            reason=words(error.message),
        )

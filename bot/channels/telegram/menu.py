"""What Telegram's apps show of a bot: the menu of commands, and what it is for. In the manual:
https://core.telegram.org/bots/api#setmycommands, #setmydescription, #setmyshortdescription."""

from collections.abc import Awaitable, Callable, Sequence

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

Code = (
    str | None
)  #: Telegram's of a language; None is for all languages without words of their own.


async def introduce(bot: Bot, catalogues: Catalogues, commands: Sequence[str]) -> None:
    """Set all of it, and try until it succeeds. A language that Telegram does not take is left
    out."""
    await set_menu(bot, catalogues, commands)
    await set_descriptions(bot, catalogues)


async def set_menu(bot: Bot, catalogues: Catalogues, commands: Sequence[str]) -> None:
    """In every language that has a two-letter code, and in English for all others."""
    patience = Patience(str(bot.id))

    async def set_in(code: Code, language: str) -> None:
        menu = [
            BotCommand(
                command=name,
                description=clip(catalogues.text(language, f"command-{name}"), LONGEST_DESCRIPTION),
            )
            for name in commands
        ]
        await bot.set_my_commands(menu, language_code=code)

    for code, language in _languages(catalogues).items():
        await patience.insist(_unless_refused, bot, set_in, code, language)


async def set_descriptions(bot: Bot, catalogues: Catalogues) -> None:
    """What the bot is for, before and after a chat is opened. Words that somebody has given it at
    @BotFather are kept."""
    patience = Patience(str(bot.id))

    async def describe(code: Code, language: str) -> None:
        if not (await bot.get_my_description(code)).description:
            await bot.set_my_description(catalogues.text(language, "bot-description"), code)

    async def describe_shortly(code: Code, language: str) -> None:
        if not (await bot.get_my_short_description(code)).short_description:
            await bot.set_my_short_description(
                catalogues.text(language, "bot-short-description"), code
            )

    # Those for all others come last: Telegram tells them of a language that has none of its own.
    for code, language in reversed(_languages(catalogues).items()):
        await patience.insist(_unless_refused, bot, describe, code, language)
        await patience.insist(_unless_refused, bot, describe_shortly, code, language)


def _languages(catalogues: Catalogues) -> dict[Code, str]:
    """By Telegram's code, which is of ISO 639-1 and knows no regions; None is for all others."""
    codes: dict[Code, str] = {None: SOURCE}
    for language in catalogues.languages:
        primary = language.split("-")[0]
        if len(primary) == 2:
            codes.setdefault(primary, language)
    return codes


async def _unless_refused(
    bot: Bot, call: Callable[[Code, str], Awaitable[None]], code: Code, language: str
) -> None:
    try:
        await call(code, language)
    except TelegramBadRequest as error:
        log.warning(
            "Telegram does not take the menu in one language",
            bot=str(bot.id),
            language=code or SOURCE,
            reason=words(error.message),
        )

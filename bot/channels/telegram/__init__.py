"""Telegram: the only home of its SDKs. aiogram takes in, python-telegram-bot sends.

| file | concept |
| --- | --- |
| incoming | what an update means |
| polling, webhook | the two ways in which updates come |
| patience | trying again what fails for a while |
| outgoing | a message as calls to the Bot API |
| html, keyboard, media | its text, its buttons, its pictures and sounds |
| requests, failures | HTTP, and what a failed request was |
| menu | the commands that Telegram's apps show |
"""

import asyncio
import logging
import re
from collections.abc import Sequence

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from starlette.routing import Route

from bot.channels.telegram.incoming import Reader
from bot.channels.telegram.menu import set_menu
from bot.channels.telegram.outgoing import TelegramChannel
from bot.channels.telegram.polling import poll
from bot.channels.telegram.webhook import Webhooks, register
from bot.conversation.catalogue import Catalogues
from bot.conversation.ports import Inbox, MediaStore

__all__ = ["MalformedToken", "Telegram", "TelegramChannel", "bots_of"]

# At DEBUG the library logs requests with their tokens, addresses and texts.
logging.getLogger("telegram").setLevel(logging.INFO)


class MalformedToken(ValueError):
    """A token in MINIPUBLIC_TELEGRAM_TOKENS is not of the form that @BotFather gives."""


def bots_of(tokens: Sequence[str]) -> dict[str, str]:
    """Tokens by bot id, the number before the colon. Raise `MalformedToken`, without the token."""
    bots: dict[str, str] = {}
    for number, token in enumerate(tokens, start=1):
        if not re.fullmatch(r"\d+:[\w-]+", token, re.ASCII):
            raise MalformedToken(
                f"MINIPUBLIC_TELEGRAM_TOKENS: token {number} of {len(tokens)} is not of the form "
                "123456:ABC-def. Copy it from @BotFather; tokens are separated by commas."
            )
        if bots.setdefault(token.partition(":")[0], token) != token:
            raise MalformedToken(
                f"MINIPUBLIC_TELEGRAM_TOKENS: token {number} of {len(tokens)} is of a bot that has "
                "another one already. Keep the one that @BotFather shows."
            )
    return bots


class Telegram:
    """All bots of a deployment at Telegram."""

    def __init__(
        self,
        tokens: Sequence[str],
        api_url: str,
        inbox: Inbox,
        media: MediaStore,
        catalogues: Catalogues,
        commands: Sequence[str],
        public_url: str | None,
        secret_key: str,
    ) -> None:
        """With a `public_url` updates come by webhook, else by long polling."""
        self._tokens = bots_of(tokens)
        self._api = TelegramAPIServer.from_base(api_url)
        self._inbox = inbox
        self._catalogues = catalogues
        self._commands = commands
        self._public_url = public_url
        self._secret_key = secret_key
        self._readers = {bot_id: Reader(bot_id) for bot_id in self._tokens}
        self.channel = TelegramChannel(self._tokens, api_url, media)

    @property
    def routes(self) -> list[Route]:
        """For the webhooks; none where updates are polled."""
        if self._public_url is None:
            return []
        return Webhooks(self._readers, self._inbox, self._secret_key).routes

    async def run(self) -> None:
        """Set the menus, then poll or register the webhooks; until cancelled, whatever fails."""
        async with asyncio.TaskGroup() as group:
            for reader in self._readers.values():
                group.create_task(self._serve(reader))

    async def close(self) -> None:
        await self.channel.close()

    async def _serve(self, reader: Reader) -> None:
        session = AiohttpSession(api=self._api)
        bot = Bot(self._tokens[reader.bot], session=session)
        async with bot, asyncio.TaskGroup() as group:
            # Beside the updates: Telegram may ask for a long wait between changes of the menu.
            group.create_task(set_menu(bot, self._catalogues, self._commands))
            if self._public_url is None:
                await poll(bot, reader, self._inbox)
            else:
                await register(bot, reader, self._public_url, self._secret_key)
                await asyncio.Event().wait()

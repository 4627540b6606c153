"""Taking in what citizens send to all bots."""

import asyncio
from collections.abc import Mapping, Sequence

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from starlette.routing import Route

from bot.channels.telegram.incoming import Reader
from bot.channels.telegram.menu import introduce
from bot.channels.telegram.polling import poll
from bot.channels.telegram.webhook import Webhooks, register
from bot.conversation.catalogue import Catalogues
from bot.conversation.ports import Inbox, Reception


class Receiving:
    """By webhook if there is a `public_url`, else by long polling. `tokens` are by bot id."""

    def __init__(
        self,
        tokens: Mapping[str, str],
        api_url: str,
        inbox: Inbox,
        catalogues: Catalogues,
        commands: Sequence[str],
        public_url: str | None,
        secret_key: str,
        reception: Reception,
        proxy: str | None,
    ) -> None:
        self._tokens = tokens
        self._api = TelegramAPIServer.from_base(api_url)
        self._inbox = inbox
        self._catalogues = catalogues
        self._commands = commands
        self._public_url = public_url
        self._secret_key = secret_key
        self._reception = reception
        self._proxy = proxy
        self._readers = {bot_id: Reader(bot_id) for bot_id in tokens}

    @property
    def routes(self) -> list[Route]:
        if self._public_url is None:
            return []
        return Webhooks(self._readers, self._inbox, self._secret_key, self._reception).routes

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for reader in self._readers.values():
                group.create_task(self._serve(reader))

    async def _serve(self, reader: Reader) -> None:
        session = AiohttpSession(api=self._api, proxy=self._proxy)
        bot = Bot(self._tokens[reader.bot], session=session)
        async with bot, asyncio.TaskGroup() as group:
            # Beside the updates: Telegram may ask for a long wait between changes of the menu.
            group.create_task(introduce(bot, self._catalogues, self._commands))
            if self._public_url is None:
                await poll(bot, reader, self._inbox, self._reception)
            else:
                await register(bot, reader, self._public_url, self._secret_key)
                await asyncio.Event().wait()

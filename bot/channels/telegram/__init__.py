"""Telegram: the only home of its SDKs. aiogram takes in, python-telegram-bot sends.

| file | concept |
| --- | --- |
| receiving | all bots, taking in |
| incoming | what an update means |
| polling, webhook | the two ways in which updates come |
| patience | trying again what fails for a while |
| outgoing | a message as calls to the Bot API |
| html, keyboard, media | its text, its buttons, its pictures, sounds and films |
| plain | what is sent in stead of a text that Telegram refuses |
| requests, proxy, failures | HTTP, and what a failed request was |
| watching | how Telegram says that updates arrive |
| menu | the commands and the descriptions that Telegram's apps show |
"""

import logging
import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.routing import Route

from bot.channels.telegram.outgoing import TelegramChannel
from bot.channels.telegram.requests import AiohttpRequest
from bot.channels.telegram.watching import Watch
from bot.conversation.catalogue import Catalogues
from bot.conversation.ports import DocumentStore, Inbox, MediaStore, Reception

if TYPE_CHECKING:
    from bot.channels.telegram.receiving import Receiving

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
        documents: DocumentStore,
        catalogues: Catalogues,
        commands: Sequence[str],
        public_url: str | None,
        secret_key: str,
        reception: Reception,
        proxy: str | None = None,
        paid_broadcasts: bool = False,
    ) -> None:
        """With a `public_url` updates come by webhook, else by long polling; all of it through
        `proxy`, if there is one. Raise `MalformedToken`."""
        bots = bots_of(tokens)
        request = AiohttpRequest(proxy=proxy)
        self.channel = TelegramChannel(
            bots, api_url, media, documents, request, paid_broadcasts=paid_broadcasts
        )
        self.watch = Watch(request, api_url, bots)
        self._about = (
            *(bots, api_url, inbox, catalogues, commands, public_url, secret_key),
            *(reception, proxy),
        )

    @property
    def routes(self) -> Sequence[Route]:
        """For the webhooks; none where updates are polled."""
        return self._receiving.routes

    async def run(self) -> None:
        """Set the menus, then poll or register the webhooks; until cancelled, whatever fails."""
        await self._receiving.run()

    async def close(self) -> None:
        await self.channel.close()

    @cached_property
    def _receiving(self) -> "Receiving":
        # A process that only sends is spared aiogram, which costs seconds and much memory.
        from bot.channels.telegram.receiving import Receiving

        return Receiving(*self._about)

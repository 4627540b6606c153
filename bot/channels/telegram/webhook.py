"""Webhooks: https://core.telegram.org/bots/api#setwebhook."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from aiogram import Bot
from pydantic import JsonValue
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.telegram.incoming import ALLOWED_UPDATES, Reader
from bot.channels.telegram.patience import Patience
from bot.channels.telegram.watching import WEBHOOK_PATH
from bot.conversation.ports import Inbox, Reception

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
#: An update has at most a few texts of 4,096 characters, some kilobytes each.
MOST_BYTES = 1024 * 1024


#: Updates that Telegram may post at once, https://core.telegram.org/bots/api#setwebhook: what comes
#: together is stored together.
MOST_CONNECTIONS = 100


class Webhooks:
    """Takes in what Telegram posts; an answer other than 200 makes it post again later."""

    def __init__(
        self,
        readers: Mapping[str, Reader],
        inbox: Inbox,
        secret_key: str,
        reception: Reception,
    ) -> None:
        """`readers` by bot id."""
        self._readers = readers
        self._inbox = inbox
        self._reception = reception
        self._secrets = {bot_id: secret(secret_key, bot_id) for bot_id in readers}
        self._patience = {bot_id: Patience(bot_id) for bot_id in readers}

    @property
    def routes(self) -> list[Route]:
        return [Route(WEBHOOK_PATH, self._receive, methods=["POST"])]

    async def _receive(self, request: Request) -> Response:
        bot_id = request.path_params["bot_id"]
        if bot_id not in self._readers:
            return Response(status_code=404)
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secrets[bot_id].encode()):
            return Response(status_code=401)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        try:
            update: JsonValue = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        return Response(status_code=await self._store(bot_id, update))

    async def _store(self, bot_id: str, update: JsonValue) -> int:
        incoming = self._readers[bot_id].read(update)
        try:
            if incoming is not None:
                await self._inbox.store([incoming])
            await self._reception.heard("telegram", bot_id)
        except Exception as error:
            self._patience[bot_id].met(error)
            return 503
        self._patience[bot_id].over()
        return 200


async def register(bot: Bot, reader: Reader, public_url: str, secret_key: str) -> None:
    """Have Telegram post this bot's updates to us; tries until it succeeds."""
    patience = Patience(reader.bot)
    reader.username = (await patience.insist(bot.me)).username
    await patience.insist(
        bot.set_webhook,
        public_url.rstrip("/") + WEBHOOK_PATH.format(bot_id=reader.bot),
        allowed_updates=list(ALLOWED_UPDATES),
        max_connections=MOST_CONNECTIONS,
        secret_token=secret(secret_key, reader.bot),
    )


def secret(secret_key: str, bot_id: str) -> str:
    """What Telegram must show with each update of this bot."""
    message = f"telegram-webhook:{bot_id}".encode()
    return hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()


async def _body(request: Request) -> bytes | None:
    """None if it is longer than `MOST_BYTES`, whatever its Content-Length says."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)

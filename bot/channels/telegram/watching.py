"""What Telegram itself says of how a bot's updates arrive:
https://core.telegram.org/bots/api#getwebhookinfo."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from telegram.error import TelegramError

from bot.channels.telegram.requests import AiohttpRequest

#: Where Telegram posts what a bot hears, below the public address.
WEBHOOK_PATH = "/telegram/{bot_id}"
#: How long Telegram may take to answer, and for how long its answer serves, in seconds.
PATIENCE, FRESH = 2.0, 30.0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How the updates of one bot arrive."""

    url: str  #: Where Telegram posts; empty where it is polled.
    pending: int  #: Updates that wait at Telegram.
    failed_at: datetime | None  #: When a webhook last failed,
    error: str  #: and what Telegram says of it.


async def arrivals(request: AiohttpRequest, api_url: str, token: str) -> Arrivals:
    """Ask Telegram. Raise `TelegramError`."""
    info = await request.call(f"{api_url.rstrip('/')}/bot{token}/getWebhookInfo", {})
    failed = info.get("last_error_date")
    return Arrivals(
        url=info.get("url", ""),
        pending=info.get("pending_update_count", 0),
        failed_at=datetime.fromtimestamp(failed, UTC) if failed else None,
        error=info.get("last_error_message", ""),
    )


class Watch:
    """The arrivals of all bots, asked at most twice a minute and never waited for long: whoever
    looks at the figures of a service must not hang because Telegram is away."""

    def __init__(self, request: AiohttpRequest, api_url: str, tokens: Mapping[str, str]) -> None:
        """`tokens` by bot id."""
        self._request = request
        self._api_url = api_url
        self._tokens = tokens
        self._known: dict[str, Arrivals] = {}
        self._asked = -FRESH
        self._asking = asyncio.Lock()

    async def look(self) -> Mapping[str, Arrivals]:
        """By bot; without those of which Telegram does not tell just now."""
        async with self._asking:
            if time.monotonic() - self._asked >= FRESH:
                self._known = await self._ask()
                self._asked = time.monotonic()
        return self._known

    async def _ask(self) -> dict[str, Arrivals]:
        answers = await asyncio.gather(*(self._of(token) for token in self._tokens.values()))
        return {bot: told for bot, told in zip(self._tokens, answers, strict=True) if told}

    async def _of(self, token: str) -> Arrivals | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await arrivals(self._request, self._api_url, token)
        except (TelegramError, TimeoutError):
            return None

"""Trying again what fails for a while, and saying so once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import structlog
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from bot.channels.telegram.failures import words

#: Seconds before another try: doubled from the first to the longest, or the last one where staff
#: have something to mend.
FIRST_DELAY, LONGEST_DELAY, MENDING_DELAY = 1.0, 30.0, 60.0

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")


class Patience:
    """For the calls of one bot. Trouble is logged when it begins, changes and is over, never again
    for every try, and without anything that identifies."""

    def __init__(self, bot: str) -> None:
        self._bot = bot
        self._trouble = ""
        self._delay = FIRST_DELAY

    async def insist(self, call: Callable[P, Awaitable[T]], *args: P.args, **kw: P.kwargs) -> T:
        """Call until it succeeds."""
        while True:
            try:
                result = await call(*args, **kw)
            except Exception as error:
                await asyncio.sleep(self.met(error))
            else:
                self.over()
                return result

    def met(self, error: Exception) -> float:
        """Returns how many seconds to wait before the next try."""
        trouble, wait = _explain(error)
        if trouble != self._trouble:
            log.warning(trouble, bot=self._bot, error=type(error).__name__)
            self._trouble, self._delay = trouble, FIRST_DELAY
        if wait is None:
            wait, self._delay = self._delay, min(2 * self._delay, LONGEST_DELAY)
        return wait

    def over(self) -> None:
        if self._trouble:
            log.info("the trouble with Telegram is over", bot=self._bot)
        self._trouble, self._delay = "", FIRST_DELAY


def _explain(error: Exception) -> tuple[str, float | None]:
    """What is wrong and what to do; the seconds to wait where they do not grow."""
    match error:
        case TelegramUnauthorizedError() | TelegramNotFound():
            return (
                "Telegram refuses this bot's token: mend MINIPUBLIC_TELEGRAM_TOKENS "
                "(@BotFather shows the token) or MINIPUBLIC_TELEGRAM_API_URL",
                MENDING_DELAY,
            )
        case TelegramConflictError():
            return (
                "somebody else receives this bot's updates: stop the other process that polls "
                "with its token, or the deployment that sets its webhook",
                None,
            )
        case TelegramRetryAfter():
            return "Telegram asks this bot to wait", float(error.retry_after)
        case TelegramBadRequest():
            return f"Telegram refuses a request: {words(error.message)}", MENDING_DELAY
        case ProxyError() | ProxyConnectionError() | ProxyTimeoutError():
            return (
                "the proxy does not lead to Telegram, trying again: see MINIPUBLIC_TELEGRAM_PROXY",
                None,
            )
        case AiogramError():
            return "Telegram cannot be reached, trying again", None
        case _:
            return "what came from Telegram cannot be stored, trying again", None

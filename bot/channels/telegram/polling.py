"""Long polling: https://core.telegram.org/bots/api#getupdates."""

from typing import Any

from aiogram import Bot
from aiogram.methods import TelegramMethod

from bot.channels.telegram.incoming import ALLOWED_UPDATES, Reader
from bot.channels.telegram.patience import Patience
from bot.conversation.ports import Inbox, Reception

#: Seconds that Telegram holds a request without updates; it cuts longer ones short.
LONG_POLL = 50
#: Seconds on top of it for the answer to arrive.
GRACE = 15


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """aiogram's own refuses the whole answer when it cannot read one update of it."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None
    timeout: int = LONG_POLL
    allowed_updates: tuple[str, ...] = ALLOWED_UPDATES


async def poll(bot: Bot, reader: Reader, inbox: Inbox, reception: Reception) -> None:
    """Store this bot's updates until cancelled, whatever fails meanwhile.

    The offset, which confirms to Telegram what came before it, moves only after they are stored.
    """
    patience = Patience(reader.bot)
    reader.username = (await patience.insist(bot.me)).username
    await patience.insist(bot.delete_webhook)
    offset: int | None = None
    while True:
        offset = await patience.insist(_take, bot, reader, inbox, offset)
        await patience.insist(reception.heard, "telegram", reader.bot)


async def _take(bot: Bot, reader: Reader, inbox: Inbox, offset: int | None) -> int | None:
    updates = await bot(GetRawUpdates(offset=offset), request_timeout=LONG_POLL + GRACE)
    if messages := reader.read_all(updates):
        await inbox.store(messages)
    # Without any, all before are confirmed, and an offset would be in the way of those to come:
    # after a quiet week "the identifier of the next update will be chosen randomly".
    return max((update["update_id"] + 1 for update in updates), default=None)

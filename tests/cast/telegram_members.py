"""A bot's membership of a chat, and how it becomes an update when it changes."""

import time
from typing import Any

from aiogram.types import ChatMemberAdministrator

from tests.cast.telegram_bots import BotAccount
from tests.cast.telegram_chats import Chat

#: What a new administrator may do; Telegram names every right.
RIGHTS = {
    name: False
    for name, field in ChatMemberAdministrator.model_fields.items()
    if field.is_required() and name != "user"
}
MORE = {"kicked": {"until_date": 0}, "administrator": RIGHTS}


def membership(
    account: BotAccount, chat: Chat, by: dict[str, Any], old: str, new: str
) -> dict[str, Any]:
    """Queues the update `my_chat_member`; the statuses are those of Telegram's ChatMember."""

    def member(status: str) -> dict[str, Any]:
        return {"status": status, "user": account.user, **MORE.get(status, {})}

    change = {
        "chat": chat.info,
        "from": by,
        "date": int(time.time()),
        "old_chat_member": member(old),
        "new_chat_member": member(new),
    }
    return account.delivery.put(chat.id, "my_chat_member", change)

"""The edge in: what an update of Telegram means, https://core.telegram.org/bots/api#update."""

import re
from collections.abc import Sequence

import structlog
from aiogram.enums import ChatMemberStatus, ChatType, ContentType
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update
from pydantic import JsonValue

from bot.conversation.messages import Incoming, IncomingKind

#: What a bot has to ask for; the others never come.
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")

#: What Telegram itself notes in a private chat: nobody said it to the bot.
_PRIVATE_NOTES = {
    ContentType.BOOST_ADDED,
    ContentType.CHAT_BACKGROUND_SET,
    ContentType.CHECKLIST_TASKS_ADDED,
    ContentType.CHECKLIST_TASKS_DONE,
    ContentType.CONNECTED_WEBSITE,
    ContentType.GIVEAWAY_COMPLETED,
    ContentType.MESSAGE_AUTO_DELETE_TIMER_CHANGED,
    ContentType.PAID_MESSAGE_PRICE_CHANGED,
    ContentType.PINNED_MESSAGE,
    ContentType.PROXIMITY_ALERT_TRIGGERED,
    ContentType.WRITE_ACCESS_ALLOWED,
}

_GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)
_OUTSIDE = (ChatMemberStatus.LEFT, ChatMemberStatus.KICKED)
_COMMAND = re.compile(r"^(/\w+)(?:@(\w+))?")

log = structlog.get_logger()


class Reader:
    """Reads the updates of one bot."""

    def __init__(self, bot: str) -> None:
        self.bot = bot
        self.username: str | None = None  #: Until it is known, every command in a group is ours.

    def read_all(self, updates: Sequence[JsonValue]) -> list[Incoming]:
        return [incoming for update in updates if (incoming := self.read(update))]

    def read(self, raw: JsonValue) -> Incoming | None:
        """None for what says nothing to the bot, and for what cannot be read, which is logged: a
        single one of those must not hold up all the others."""
        try:
            return self._read(Update.model_validate(raw))
        except Exception as error:
            update_id = raw.get("update_id") if isinstance(raw, dict) else None
            log.warning(
                "an update of Telegram cannot be read and is skipped",
                bot=self.bot,
                update=update_id,
                error=type(error).__name__,
            )
            return None

    def _read(self, update: Update) -> Incoming | None:
        if message := update.message:
            if message.chat.type == ChatType.PRIVATE:
                return self._said(update, message)
            return self._said_in_group(update, message)
        if query := update.callback_query:
            return self._pressed(update, query)
        if change := update.my_chat_member:
            return self._membership(update, change)
        return None

    def _said(self, update: Update, message: Message) -> Incoming | None:
        if message.text is not None:
            text = _COMMAND.sub(r"\1", message.text)
            return self._incoming(update, message, IncomingKind.TEXT, text)
        if message.content_type in _PRIVATE_NOTES:
            return None
        return self._incoming(update, message, IncomingKind.OTHER)

    def _said_in_group(self, update: Update, message: Message) -> Incoming | None:
        command = _COMMAND.match(message.text or "")
        if message.chat.type not in _GROUPS or not command:
            return None
        addressed = (command[2] or "").lower()
        if addressed and self.username and addressed != self.username.lower():
            return None
        return self._incoming(update, message, IncomingKind.GROUP)

    def _pressed(self, update: Update, query: CallbackQuery) -> Incoming | None:
        message = query.message
        if query.data is None or (message and message.chat.type != ChatType.PRIVATE):
            return None
        return Incoming(
            channel="telegram",
            bot=self.bot,
            external_id=f"{self.bot}:{update.update_id}",
            sender=str(query.from_user.id),
            kind=IncomingKind.CHOICE,
            text=query.data,
            language_hint=query.from_user.language_code,
            pressed_message=str(message.message_id) if message else None,
            press=query.id,
        )

    def _membership(self, update: Update, change: ChatMemberUpdated) -> Incoming | None:
        before, after = change.old_chat_member.status, change.new_chat_member.status
        if change.chat.type == ChatType.PRIVATE and after == ChatMemberStatus.KICKED:
            return self._incoming(update, change, IncomingKind.LEFT)
        if change.chat.type in _GROUPS and before in _OUTSIDE and after not in _OUTSIDE:
            return self._incoming(update, change, IncomingKind.GROUP)
        return None

    def _incoming(
        self,
        update: Update,
        event: Message | ChatMemberUpdated,
        kind: IncomingKind,
        text: str = "",
    ) -> Incoming:
        return Incoming(
            channel="telegram",
            bot=self.bot,
            external_id=f"{self.bot}:{update.update_id}",
            sender=str(event.chat.id),
            kind=kind,
            text=text,
            language_hint=event.from_user.language_code if event.from_user else None,
        )

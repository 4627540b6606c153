"""The edge in: what an update of Telegram means, https://core.telegram.org/bots/api#update.

Updates are read as the JSON they are, and only what the bot needs of them. A library that validates
the whole refuses an answer because of a field beside it that it does not know yet, or no more.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from pydantic import JsonValue

from bot.conversation.messages import Incoming, IncomingKind, album_key

#: What a bot has to ask for; the others never come.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

#: What Telegram itself notes in a private chat, by its field: nobody said it to the bot.
_PRIVATE_NOTES = frozenset(
    {
        "boost_added",
        "chat_background_set",
        "checklist_tasks_added",
        "checklist_tasks_done",
        "connected_website",
        "giveaway_completed",
        "message_auto_delete_timer_changed",
        "paid_message_price_changed",
        "pinned_message",
        "proximity_alert_triggered",
        "write_access_allowed",
    }
)

_PRIVATE, _CHANNEL = "private", "channel"
_GROUPS = ("group", "supergroup")
_OUTSIDE = ("left", "kicked")
_COMMAND = re.compile(r"^(/\w+)(?:@(\w+))?")

log = structlog.get_logger()

Fields = Mapping[str, Any]  #: A JSON object, whose values may be of any type.


class Unreadable(ValueError):
    """Not even who said it, or where, can be told."""


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
            return self._read(_object(raw))
        except Exception as error:
            log.warning(
                "an update of Telegram cannot be read and is skipped",
                bot=self.bot,
                update=_number(raw.get("update_id")) if isinstance(raw, dict) else None,
                error=type(error).__name__,
            )
            return None

    def _read(self, update: Fields) -> Incoming | None:
        if "message" in update:
            return self._message(update, _object(update["message"]))
        if "edited_message" in update:
            return self._edited(update, _object(update["edited_message"]))
        if "callback_query" in update:
            return self._pressed(update, _object(update["callback_query"]))
        if "my_chat_member" in update:
            return self._membership(update, _object(update["my_chat_member"]))
        return None

    def _message(self, update: Fields, message: Fields) -> Incoming | None:
        kind, chat = _chat(message)
        if kind in _GROUPS and self._is_addressed(message):
            return self._incoming(update, message, chat, IncomingKind.GROUP)
        if kind != _PRIVATE:
            return None
        words = _words(message)
        if words is None and not _PRIVATE_NOTES.isdisjoint(message):
            return None
        return self._incoming(
            update,
            message,
            chat,
            IncomingKind.OTHER if words is None else IncomingKind.TEXT,
            self._album(message, chat),
            text=words or "",
            message=_id(message.get("message_id")),
        )

    def _is_addressed(self, message: Fields) -> bool:
        command = _COMMAND.match(_text(message.get("text")) or "")
        addressed = ((command and command[2]) or "").lower()
        ours = not addressed or not self.username or addressed == self.username.lower()
        return command is not None and ours

    def _edited(self, update: Fields, message: Fields) -> Incoming | None:
        kind, chat = _chat(message)
        words, edited = _words(message), _id(message.get("message_id"))
        if kind != _PRIVATE or words is None or edited is None:
            return None
        return self._incoming(
            update, message, chat, IncomingKind.EDITED, text=words, message=edited
        )

    def _pressed(self, update: Fields, query: Fields) -> Incoming | None:
        message = _fields(query.get("message"))
        kind, chat = _chat(message)
        if "data" not in query or kind != _PRIVATE:
            return None
        person = _id(_fields(query.get("from")).get("id")) or chat
        return self._incoming(
            update,
            query,
            person,
            IncomingKind.CHOICE,
            text=_text(query["data"]) or "",
            pressed_message=_id(message.get("message_id")),
            press=_text(query.get("id")),
        )

    def _membership(self, update: Fields, change: Fields) -> Incoming | None:
        kind, chat = _chat(change)
        before = _fields(change.get("old_chat_member")).get("status")
        after = _fields(change.get("new_chat_member")).get("status")
        if kind == _PRIVATE:
            if after == "kicked":
                return self._incoming(update, change, chat, IncomingKind.LEFT)
            if before == "kicked":
                return self._incoming(update, change, chat, IncomingKind.RETURNED)
            return None
        if before in _OUTSIDE and isinstance(after, str) and after not in _OUTSIDE:
            return self._incoming(update, change, chat, IncomingKind.GROUP)
        return None

    def _incoming(
        self,
        update: Fields,
        event: Fields,
        sender: str | None,
        kind: IncomingKind,
        album: str | None = None,
        **more: Any,
    ) -> Incoming:
        if sender is None:
            raise Unreadable
        return Incoming(
            channel="telegram",
            bot=self.bot,
            external_id=album_key(album, kind) if album else self._key(update, event),
            sender=sender,
            kind=kind,
            language_hint=_text(_fields(event.get("from")).get("language_code")),
            album=album,
            **more,
        )

    def _key(self, update: Fields, event: Fields) -> str:
        """What a redelivered update has again, and no other ever has: after a week without updates
        "the identifier of the next update will be chosen randomly", so the time of what happened
        is added; a press has an id of its own. It identifies nobody."""
        number = _number(update.get("update_id"))
        own: object = _number(event.get("edit_date", event.get("date")))
        if press := _text(event.get("id")):
            own = _digest(press)
        if number is None or own is None:
            own = _digest(json.dumps(update, sort_keys=True))
        return f"{self.bot}:{number}:{own}"

    def _album(self, message: Fields, chat: str | None) -> str | None:
        """The key of the album that the message is a part of: one update for each picture."""
        album = _text(message.get("media_group_id"))
        return f"{self.bot}:album:{_digest(f'{chat}:{album}')}" if album else None


def _chat(event: Fields) -> tuple[str, str | None]:
    """Kind and id of the chat where it happened. People have positive ids, all others negative."""
    chat = _fields(event.get("chat"))
    id_, kind = _id(chat.get("id")), chat.get("type")
    if kind not in (_PRIVATE, _CHANNEL, *_GROUPS):
        kind = _GROUPS[0] if id_ and id_.startswith("-") else _PRIVATE
    return kind, id_


def _words(message: Fields) -> str | None:
    """What was written: by itself, or beside a picture, a film or a file."""
    text = _text(message.get("text"))
    if text is None:
        text = _text(message.get("caption"))
    return None if text is None else _COMMAND.sub(r"\1", text)


def _object(value: Any) -> Fields:
    if not isinstance(value, dict):
        raise Unreadable
    return value


def _fields(value: Any) -> Fields:
    """An object that may be missing."""
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _id(value: Any) -> str | None:
    """Of a person, a chat or a message: a number, in words."""
    number = _number(value)
    return None if number is None else str(number)


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:16]

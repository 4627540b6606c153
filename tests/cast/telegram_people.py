"""The people who write to bots, and their groups: each act becomes an update as Telegram sends it.

Every act returns the update, or where a group has several bots the first bot's.
"""

import base64
import re
import time
from collections.abc import Mapping
from typing import Any

from tests.cast.telegram_bots import BotAccount, media_fields
from tests.cast.telegram_chats import Chat, Impossible, SeenMessage
from tests.cast.telegram_html import utf16_length
from tests.cast.telegram_members import membership

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
NOT_OPEN = "Bad Request: chat not found"
BLOCKED = "Forbidden: bot was blocked by the user"
KICKED = "Forbidden: bot was kicked from the {kind} chat"

Update = dict[str, Any]


class Group:
    """A group, a supergroup or a channel; only bots that were added take part."""

    def __init__(
        self, bots: Mapping[str, BotAccount], owner: "Person", group_id: int, title: str, kind: str
    ) -> None:
        self.id = group_id
        self.owner = owner
        self._bots = bots
        self._info = {"id": group_id, "type": kind, "title": title}

    async def adds(self, bot: str | BotAccount | None = None) -> Update:
        """The owner adds a bot: it may write from now on."""
        account = _account(self._bots, bot)
        chat = account.chats.setdefault(self.id, Chat(self._info))
        chat.refusal = None
        if self._info["type"] == "channel":  # which bots join as administrators only
            return membership(account, chat, self.owner.user, "left", "administrator")
        update = membership(account, chat, self.owner.user, "left", "member")
        joined = {"new_chat_members": [account.user]}
        self.owner.writes(account, chat, joined)
        return update

    async def removes(self, bot: str | BotAccount | None = None) -> Update:
        """The owner removes a bot: it may not write any more."""
        account = _account(self._bots, bot)
        chat = account.chats[self.id]
        chat.refusal = KICKED.format(kind=self._info["type"])
        return membership(account, chat, self.owner.user, "member", "kicked")

    async def says(self, person: "Person", text: str, *, duplicate: bool = False) -> Update:
        """Somebody writes to the group."""
        return await person.says(text, to=self, duplicate=duplicate)

    def places(self) -> list[tuple[BotAccount, Chat]]:
        """The bots that take part, each with its view of the group; raises Impossible."""
        present = [(bot, chat) for bot, chat in self._views() if not chat.refusal]
        if not present:
            raise Impossible(f"no bot takes part in the group {self.id}: add one first")
        return present

    def _views(self) -> list[tuple[BotAccount, Chat]]:
        """The group as every bot sees it that takes part or did."""
        return [(bot, bot.chats[self.id]) for bot in self._bots.values() if self.id in bot.chats]

    async def next_message(self, timeout: float = 10) -> SeenMessage:
        """The next unseen message of the group's first bot."""
        return await self._views()[0][1].next_message(timeout)

    @property
    def unread(self) -> list[SeenMessage]:
        return [message for _, chat in self._views() for message in chat.unseen]


Destination = str | BotAccount | Group | None


class Person:
    """Somebody with Telegram's app; `to` names a bot (by token or account) or a group, and may
    be left out where there is only one bot. `notices` are the bots' answers to pressed buttons."""

    def __init__(
        self,
        bots: Mapping[str, BotAccount],
        person_id: int,
        *,
        first_name: str,
        language_code: str | None,
        username: str | None,
    ) -> None:
        self.id = person_id
        self.notices: list[str] = []
        self._bots = bots
        names = {"first_name": first_name} | ({"username": username} if username else {})
        language = {"language_code": language_code} if language_code else {}
        self.user = {"id": person_id, "is_bot": False, **names, **language}
        self.private = {"id": person_id, "type": "private", **names}

    # what a person does

    async def says(self, text: str, to: Destination = None, *, duplicate: bool = False) -> Update:
        """Writes; the first message opens the private chat."""
        content: dict[str, Any] = {"text": text}
        if commands := _command_entities(text):
            content["entities"] = commands
        return self._writes_to(to, content, duplicate)

    async def sends_sticker(self, to: Destination = None, *, duplicate: bool = False) -> Update:
        sticker = {
            "file_id": "sticker-1",
            "file_unique_id": "u-sticker-1",
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "👍",
        }
        return self._writes_to(to, {"sticker": sticker}, duplicate)

    async def sends_photo(
        self,
        to: Destination = None,
        *,
        content: bytes = PICTURE,
        caption: str | None = None,
        duplicate: bool = False,
    ) -> Update:
        """Sends a picture, which the bot can fetch with getFile."""
        return self._sends_file(to, "photo", content, caption, duplicate)

    async def sends_album(
        self,
        *captions: str | None,
        to: Destination = None,
    ) -> list[Update]:
        """Sends so many pictures as one album: a message and an update for each, "the unique
        identifier inside this chat of a media message group" in all of them."""
        if not 2 <= len(captions) <= 10:
            raise Impossible("an album has 2 to 10 pictures")
        account = self._places(to)[0][0]
        group = {"media_group_id": account.next_album()}
        return [
            self._sends_file(to, "photo", PICTURE, caption, False, group) for caption in captions
        ]

    async def edits(
        self, update: Update, text: str, to: Destination = None, *, duplicate: bool = False
    ) -> Update:
        """Changes the words of a message that this person has written, known by its update."""
        account, chat = self._places(to)[0]
        message_id = update["message"]["message_id"]
        old = chat.log.get(message_id)
        if old is None or old.by_bot:
            raise Impossible(f"person {self.id} cannot edit message {message_id}")
        name = "caption" if "text" not in old.raw else "text"
        kept = {k: v for k, v in old.raw.items() if k not in ("entities", "caption_entities")}
        edited = kept | {name: text, "edit_date": int(time.time())}
        chat.edit(message_id, raw=edited)
        return account.delivery.put(chat.id, "edited_message", edited, duplicate=duplicate)

    async def sends_voice(
        self, to: Destination = None, *, content: bytes = b"OggS", duplicate: bool = False
    ) -> Update:
        """Sends a voice message, which the bot can fetch with getFile."""
        return self._sends_file(to, "voice", content, None, duplicate)

    async def presses(
        self,
        label_or_data: str,
        message: SeenMessage | None = None,
        to: Destination = None,
        *,
        duplicate: bool = False,
    ) -> Update:
        """Presses a button, known by its label or data, of the latest message that has it or of
        the given message as it stands now; raises Impossible where there is no such button."""
        account, chat = self._places(to)[0]
        found, button = chat.find(label_or_data, message.message_id if message else None)
        if button.data is None:
            return await self.says(button.text, to, duplicate=duplicate)
        return self._calls_back(account, chat, found, button.data, duplicate)

    async def forges(self, data: str, to: Destination = None) -> Update:
        """Presses, with an app of their own making, a button that no message has."""
        account, chat = self._places(to)[0]
        last = next(message for message in reversed(chat.messages()) if message.by_bot)
        return self._calls_back(account, chat, last, data)

    def _calls_back(
        self,
        account: BotAccount,
        chat: Chat,
        message: SeenMessage,
        data: str,
        duplicate: bool = False,
    ) -> Update:
        query = {
            "id": account.add_press(self.notices),
            "from": self.user,
            "message": message.raw,
            "chat_instance": f"instance-{chat.id}",
            "data": data,
        }
        return account.delivery.put(chat.id, "callback_query", query, duplicate=duplicate)

    async def blocks(self, to: str | BotAccount | None = None) -> Update:
        """Blocks the bot: its sends are refused with 403."""
        account = _account(self._bots, to)
        chat = self._private_chat(account)
        chat.refusal = BLOCKED
        return membership(account, chat, self.user, "member", "kicked")

    async def unblocks(self, to: str | BotAccount | None = None) -> Update:
        """Lets the bot write again."""
        account = _account(self._bots, to)
        chat = self._private_chat(account)
        chat.refusal = None
        return membership(account, chat, self.user, "kicked", "member")

    # what a person sees

    async def next_message(
        self,
        timeout: float = 10,
        to: str | BotAccount | None = None,
    ) -> SeenMessage:
        """The next unseen message or edit; waits before the chat is open too."""
        return await self._private_chat(_account(self._bots, to)).next_message(timeout)

    @property
    def unread(self) -> list[SeenMessage]:
        """What next_message has not returned yet, of all private chats."""
        chats = (bot.chats[self.id] for bot in self._bots.values() if self.id in bot.chats)
        return [message for chat in chats for message in chat.unseen]

    # how it becomes an update

    def writes(
        self, account: BotAccount, chat: Chat, content: dict[str, Any], duplicate: bool = False
    ) -> Update:
        """Enters a message of this person in a chat and queues it for the bot."""
        message: dict[str, Any] = {
            "message_id": chat.next_message_id(),
            "from": self.user,
            "chat": chat.info,
            "date": int(time.time()),
            **content,
        }
        chat.refusal = None  # a private chat opens by its first message
        chat.enter(SeenMessage(message, by_bot=False))
        return account.delivery.put(chat.id, "message", message, duplicate=duplicate)

    def _writes_to(self, to: Destination, content: dict[str, Any], duplicate: bool) -> Update:
        places = self._places(to)
        updates = [self.writes(account, chat, content, duplicate) for account, chat in places]
        return updates[0]

    def _sends_file(
        self,
        to: Destination,
        kind: str,
        content: bytes,
        caption: str | None,
        duplicate: bool,
        more: Mapping[str, str] | None = None,
    ) -> Update:
        updates = []
        for account, chat in self._places(to):
            media = account.add_file(kind, "", content)
            fields = media_fields(media, {}) | ({"caption": caption} if caption else {})
            fields |= more or {}
            updates.append(self.writes(account, chat, fields, duplicate))
        return updates[0]

    def _places(self, to: Destination) -> list[tuple[BotAccount, Chat]]:
        if isinstance(to, Group):
            return to.places()
        account = _account(self._bots, to)
        chat = self._private_chat(account)
        if chat.refusal == BLOCKED:
            raise Impossible(f"person {self.id} has blocked the bot: unblock it first")
        return [(account, chat)]

    def _private_chat(self, account: BotAccount) -> Chat:
        return account.chats.setdefault(self.id, Chat(self.private, refusal=NOT_OPEN))


def _account(bots: Mapping[str, BotAccount], to: str | BotAccount | None) -> BotAccount:
    if isinstance(to, BotAccount):
        return to
    if to is not None:
        return bots[to]
    if len(bots) > 1:
        raise ValueError("there are several bots: say which by `to`")
    return next(iter(bots.values()))


def _command_entities(text: str) -> list[dict[str, Any]]:
    """Telegram marks commands; some libraries know a command only by that mark."""
    return [
        {
            "type": "bot_command",
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found[0]),
        }
        for found in re.finditer(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?", text)
    ]

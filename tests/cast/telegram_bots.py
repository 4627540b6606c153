"""A bot's account at Telegram: its chats, files, menus, pressed buttons and updates."""

import re
import time
from dataclasses import dataclass, field
from typing import Any

from tests.cast.telegram_chats import Chat, Media
from tests.cast.telegram_delivery import Delivery
from tests.cast.telegram_errors import Refused, bad_request
from tests.cast.telegram_rules import PHOTO_BYTES, UPLOAD_BYTES, check_photo, shown_as


@dataclass
class Press:
    """A pressed button that waits for answerCallbackQuery."""

    expires: float
    notices: list[str]


@dataclass
class BotAccount:
    """What Telegram holds for one token; chats appear when people open them."""

    token: str
    callback_seconds: float
    delivery: Delivery = field(default_factory=Delivery)
    chats: dict[int, Chat] = field(default_factory=dict)
    files: dict[str, Media] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    descriptions: dict[tuple[str, str], str] = field(default_factory=dict)
    _pressed: int = 0
    _albums: int = 0

    @property
    def user(self) -> dict[str, Any]:
        """The bot as it stands in messages."""
        number = int(self.token.partition(":")[0])
        return {
            "id": number,
            "is_bot": True,
            "first_name": "Stand-in",
            "username": f"standin{number}_bot",
        }

    def chat(self, chat_id: int | str) -> Chat:
        """The chat to write to; raises Refused where there is none or the bot may not."""
        chat = self.chats.get(int(chat_id)) if re.fullmatch(r"-?\d+", str(chat_id)) else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.refusal:
            raise Refused(chat.refusal)
        return chat

    def add_press(self, notices: list[str]) -> str:
        """Registers a pressed button; returns the identifier of its callback query."""
        self._pressed += 1
        query_id = str(4_000_000_000_000 + self._pressed)
        self.presses[query_id] = Press(time.monotonic() + self.callback_seconds, notices)
        return query_id

    def next_album(self) -> str:
        self._albums += 1
        return str(13_000_000_000_000_000 + self._albums)

    def add_file(self, kind: str, name: str, content: bytes | None) -> Media:
        """Keeps a file; it can be sent again by its file_id."""
        media = Media(kind, f"{kind}-{len(self.files) + 1}", name, content)
        self.files[media.file_id] = media
        return media

    def file_from(self, kind: str, value: str, files: dict[str, tuple[str, bytes]]) -> Media:
        """What a field like sendPhoto's `photo` names: an upload, an address or a file_id."""
        if value.startswith("attach://"):
            try:
                name, content = files[value.removeprefix("attach://")]
            except KeyError:
                raise bad_request(f"there is no {kind} in the request") from None
            if not content:
                raise bad_request("file must be non-empty")
            if len(content) > (PHOTO_BYTES if kind == "photo" else UPLOAD_BYTES):
                raise Refused("Request Entity Too Large")
            if kind == "photo":
                check_photo(content)
            return self.add_file(shown_as(kind, content), name, content)
        if re.match(r"https?://[^/]+\.", value):
            return self.add_file(kind, value.rpartition("/")[2], None)
        known = self.files.get(value)
        if known is None or known.kind != kind:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return known


def media_fields(media: Media, params: dict[str, Any]) -> dict[str, Any]:
    """The part of a Message object that tells of its file."""
    described: dict[str, Any] = {
        "file_id": media.file_id,
        "file_unique_id": f"u-{media.file_id}",
        "file_size": len(media.content or b""),
    }
    if media.kind == "photo":
        return {"photo": [described | {"width": 90, "height": 90}]}
    if media.kind in ("audio", "voice", "video", "animation"):
        described["duration"] = params.get("duration", 0)
    if media.kind in ("video", "animation"):
        described |= {"width": params.get("width", 320), "height": params.get("height", 180)}
    if media.kind != "voice" and media.name:
        described["file_name"] = media.name
    optional = {name: params[name] for name in ("title", "performer") if name in params}
    fields = {media.kind: described | optional}
    if media.kind == "animation":  # "For backward compatibility", says the type Message.
        fields["document"] = {
            name: described[name] for name in described.keys() - {"duration", "width", "height"}
        }
    return fields

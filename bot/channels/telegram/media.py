"""Pictures, sounds and files: which method carries them, and uploading each one once."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import PurePath
from typing import Any

from telegram import Bot, Message
from telegram.constants import ParseMode

from bot.channels.markdown import clip
from bot.channels.telegram.keyboard import Keyboard
from bot.conversation.ports import Media, MediaStore
from bot.domain.delivery import Rejected

#: https://core.telegram.org/bots/api#sendphoto
LONGEST_CAPTION = 1024

#: By file ending, see sendPhoto, sendAudio and sendVoice in https://core.telegram.org/bots/api.
#: What is not here goes as a document; of those, Telegram shows a GIF as an animation.
KINDS = {
    ".jpg": "photo",
    ".jpeg": "photo",
    ".png": "photo",
    ".webp": "photo",
    ".mp3": "audio",
    ".m4a": "audio",
    ".ogg": "voice",
    ".oga": "voice",
}


class MediaSender:
    """Sends stored media, uploading each once for each bot: an upload's `file_id` can be sent again
    by the same bot only, https://core.telegram.org/bots/api#sending-files."""

    def __init__(self, store: MediaStore) -> None:
        self._store = store
        self._known: dict[tuple[str, str], tuple[str, str]] = {}
        self._uploading: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(
        self,
        bot: Bot,
        chat: str,
        digest: str,
        caption: str,
        keyboard: Keyboard | None = None,
        *,
        html: bool = False,
        paid: bool = False,
    ) -> str:
        """Returns the message's id. Raise `Rejected` if nothing is stored under `digest`.

        A plain `caption` is cut to Telegram's limit; one in `html` must keep it.
        """
        key = bot.token, digest
        how = {
            "caption": (caption if html else clip(caption, LONGEST_CAPTION)) or None,
            "parse_mode": ParseMode.HTML if html else None,
            "reply_markup": keyboard.markup if keyboard else None,
            "allow_paid_broadcast": paid or None,
        }
        uploading = self._uploading[key]
        if key not in self._known and not uploading.locked():
            async with uploading:
                return await self._upload(bot, chat, digest, how)
        async with uploading:
            pass  # The first messages of a broadcast wait for one of them to upload.
        if key not in self._known:
            return await self._upload(bot, chat, digest, how)
        kind, file_id = self._known[key]
        message = await _method(bot, kind)(chat, file_id, **how)
        return str(message.message_id)

    async def _upload(self, bot: Bot, chat: str, digest: str, how: dict[str, Any]) -> str:
        media = await self._fetch(digest)
        kind = KINDS.get(PurePath(media.filename).suffix.lower(), "document")
        send = _method(bot, kind)
        message = await send(chat, media.content, filename=media.filename, **how)
        self._known[bot.token, digest] = _sent(message)
        return str(message.message_id)

    async def _fetch(self, digest: str) -> Media:
        try:
            return await self._store.fetch(digest)
        except LookupError:
            raise Rejected("the picture, sound or file of this message is not stored") from None


def _method(bot: Bot, kind: str) -> Callable[..., Awaitable[Message]]:
    methods: Mapping[str, Callable[..., Awaitable[Message]]] = {
        "animation": bot.send_animation,
        "audio": bot.send_audio,
        "document": bot.send_document,
        "photo": bot.send_photo,
        "voice": bot.send_voice,
    }
    return methods[kind]


def _sent(message: Message) -> tuple[str, str]:
    """The kind and `file_id` that Telegram gave the file, which may be another kind than asked for:
    "It is not possible to change the file type when resending by file_id"."""
    if message.photo:
        return "photo", message.photo[-1].file_id
    # An animation is a document too.
    for kind in ("animation", "voice", "audio"):
        if file := getattr(message, kind):
            return kind, file.file_id
    assert message.document
    return "document", message.document.file_id

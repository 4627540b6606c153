"""Pictures, sounds, films and files: which method carries them, and uploading each one once."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import PurePath
from typing import Any

from telegram import Bot, Message
from telegram.constants import ParseMode

from bot.channels.markdown import clip
from bot.channels.telegram.keyboard import Keyboard
from bot.channels.telegram.requests import Refused
from bot.conversation.messages import Document
from bot.conversation.ports import DocumentStore, Media, MediaStore, StoreUnavailable
from bot.domain.delivery import Rejected, Unreachable

#: https://core.telegram.org/bots/api#sendphoto
LONGEST_CAPTION = 1024

#: By file ending, see sendPhoto and its neighbours in https://core.telegram.org/bots/api.
#: What is not here goes as a document.
KINDS = {
    ".jpg": "photo",
    ".jpeg": "photo",
    ".png": "photo",
    ".webp": "photo",
    ".gif": "animation",
    ".mp4": "video",
    ".mp3": "audio",
    ".m4a": "audio",
    ".ogg": "voice",
    ".oga": "voice",
}
#: A larger picture goes as a document.
LARGEST_PHOTO = 10_000_000

#: Files made for one citizen that are in memory at a time, in one process.
DOCUMENTS_AT_ONCE = 4
#: How long another waits for that, in seconds: less than a sender's lease.
PATIENCE = 20

#: Refusals of what may still go as a file: a picture of such a shape, or that cannot be read.
_NO_PICTURE = ("photo_invalid_dimensions", "image_process_failed", "photo_save_file_invalid")
#: The refusal of a voice message by a person who takes none, though they take files.
_NO_VOICE = "voice_messages_forbidden"


class MediaSender:
    """Sends stored media, uploading each once for each bot: an upload's `file_id` can be sent again
    by the same bot only, https://core.telegram.org/bots/api#sending-files."""

    def __init__(self, store: MediaStore, documents: DocumentStore) -> None:
        self._store = store
        self._documents = documents
        self._room = asyncio.Semaphore(DOCUMENTS_AT_ONCE)
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

        A plain `caption` is cut to Telegram's limit; one in `html` must keep it. What Telegram
        cannot show as what it is goes as a document.
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
        try:
            message = await _method(bot, kind)(chat, file_id, **how)
        except Refused as refused:
            if not _says(refused, _NO_VOICE):
                raise
            message = await _post(bot, chat, "document", await self._fetch(digest), how)
        return str(message.message_id)

    async def send_document(
        self, bot: Bot, chat: str, document: Document, keyboard: Keyboard | None = None
    ) -> str:
        """Returns the message's id. Raise `Rejected` if the person is not known any more."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._room.acquire()
        except TimeoutError:
            raise Unreachable("other files are being made") from None
        try:
            content = b"".join([piece async for piece in self._documents.pieces(document)])
            message = await bot.send_document(
                chat,
                content,
                filename=document.filename,
                reply_markup=keyboard.markup if keyboard else None,
            )
        except LookupError as error:
            raise Rejected(str(error)) from None
        except StoreUnavailable:
            raise Unreachable("the database with the data of this file is away") from None
        finally:
            self._room.release()
        return str(message.message_id)

    async def _upload(self, bot: Bot, chat: str, digest: str, how: dict[str, Any]) -> str:
        media = await self._fetch(digest)
        try:
            message = await _post(bot, chat, _kind(media), media, how)
        except Refused as refused:
            if not _says(refused, *_NO_PICTURE, _NO_VOICE):
                raise
            message = await _post(bot, chat, "document", media, how)
            if _says(refused, _NO_VOICE):
                return str(message.message_id)  # Others may take it as a voice message.
        self._known[bot.token, digest] = _sent(message)
        return str(message.message_id)

    async def _fetch(self, digest: str) -> Media:
        try:
            return await self._store.fetch(digest)
        except LookupError:
            raise Rejected("the picture, sound or file of this message is not stored") from None
        except StoreUnavailable:
            raise Unreachable("the database with the file of this message is away") from None


def _kind(media: Media) -> str:
    kind = KINDS.get(PurePath(media.filename).suffix.lower(), "document")
    return "document" if kind == "photo" and len(media.content) > LARGEST_PHOTO else kind


async def _post(bot: Bot, chat: str, kind: str, media: Media, how: Mapping[str, Any]) -> Message:
    # As a document a picture in WebP would become a sticker, which bears no caption.
    special = {
        "document": {"disable_content_type_detection": True},
        "video": {"supports_streaming": True},
    }
    return await _method(bot, kind)(
        chat, media.content, filename=media.filename, **how, **special.get(kind, {})
    )


def _says(refused: Refused, *signs: str) -> bool:
    return any(sign in refused.description.lower() for sign in signs)


def _method(bot: Bot, kind: str) -> Callable[..., Awaitable[Message]]:
    methods: Mapping[str, Callable[..., Awaitable[Message]]] = {
        "animation": bot.send_animation,
        "audio": bot.send_audio,
        "document": bot.send_document,
        "photo": bot.send_photo,
        "video": bot.send_video,
        "voice": bot.send_voice,
    }
    return methods[kind]


def _sent(message: Message) -> tuple[str, str]:
    """The kind and `file_id` that Telegram gave the file, which may be another kind than asked for:
    "It is not possible to change the file type when resending by file_id"."""
    if message.photo:
        return "photo", message.photo[-1].file_id
    # An animation is a document too; a film without sound becomes an animation.
    for kind in ("animation", "video", "voice", "audio"):
        if file := getattr(message, kind):
            return kind, file.file_id
    assert message.document
    return "document", message.document.file_id

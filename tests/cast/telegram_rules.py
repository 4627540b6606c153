"""Telegram's limits, which no list of types can state; each breach is refused in its words.

Numbers are those of core.telegram.org/bots/api unless a rule says otherwise.
"""

import ipaddress
import json
import re
import struct
from typing import Any
from urllib.parse import urlsplit

from tests.cast.telegram_errors import bad_request
from tests.cast.telegram_html import Formatted, parse_html, plain

TEXT_CHARACTERS = 4096
CAPTION_CHARACTERS = 1024
MARKUP_BYTES = 1 << 15  # before parsing: telegram-bot-api, Client::get_formatted_text
CALLBACK_DATA_BYTES = 64
CALLBACK_ANSWER_CHARACTERS = 200
BUTTONS_PER_KEYBOARD = 100
BUTTONS_PER_ROW = 8  # what the apps show; not in the manual
COMMANDS = 100
DESCRIPTION_CHARACTERS = {"description": 512, "short_description": 120}
PHOTO_BYTES = 10_000_000
PHOTO_SIDES = 10_000  # width and height together, in pixels
PHOTO_RATIO = 20
UPLOAD_BYTES = 50_000_000

CHAT_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)

# What the stand-in does not play; to take these and do nothing would make a test pass wrongly.
NOT_PLAYED = frozenset(
    {
        "business_connection_id",
        "inline_message_id",
        "message_thread_id",
        "direct_messages_topic_id",
        "suggested_post_parameters",
        "rich_message",
        "ephemeral_message_parameters",
    }
)


def check_played(params: dict[str, Any]) -> None:
    """Refuses fields whose effect the stand-in would not show."""
    for name in NOT_PLAYED & params.keys():
        raise bad_request(f'field "{name}" is not played by this stand-in')


def text_of(params: dict[str, Any]) -> Formatted:
    """The text of a message: 1-4096 characters once its markup is parsed."""
    formatted = _formatted(params, "text", "entities")
    if not formatted.text.strip():
        raise bad_request("message text is empty")
    if len(formatted.text) > TEXT_CHARACTERS:
        raise bad_request("message is too long")
    return formatted


def caption_of(params: dict[str, Any]) -> Formatted:
    """The caption of a medium: at most 1024 characters once its markup is parsed."""
    formatted = _formatted(params, "caption", "caption_entities")
    if len(formatted.text) > CAPTION_CHARACTERS:
        raise bad_request("message caption is too long")
    return formatted


def _formatted(params: dict[str, Any], text_field: str, entities_field: str) -> Formatted:
    text, parse_mode = params.get(text_field, ""), params.get("parse_mode", "")
    if len(text.encode()) > MARKUP_BYTES:
        raise bad_request("text is too long")
    if not parse_mode:
        return plain(text, params.get(entities_field))
    if parse_mode.lower() != "html":
        raise bad_request("unsupported parse_mode (this stand-in reads HTML only)")
    return parse_html(text)


def check_markup(markup: dict[str, Any] | None) -> None:
    """Refuses a keyboard whose buttons Telegram would refuse, drop or not show."""
    rows = (markup or {}).get("inline_keyboard", (markup or {}).get("keyboard", []))
    for row in rows:
        if len(row) > BUTTONS_PER_ROW:
            raise bad_request(f"too many buttons in a row: {len(row)}")
        for button in row:
            _check_button(button, inline="inline_keyboard" in (markup or {}))
    if sum(map(len, rows)) > BUTTONS_PER_KEYBOARD:
        raise bad_request("reply markup is too long")


def _check_button(button: dict[str, Any], *, inline: bool) -> None:
    if not button["text"].strip():
        # Telegram drops such a button without a word.
        raise bad_request("keyboard button text must be non-empty")
    if not inline:
        return
    kinds = button.keys() - {"text", "style", "icon_custom_emoji_id"}
    problem = "can't parse inline keyboard button: "
    if not kinds or button.get("callback_data") == "":
        raise bad_request(problem + "Text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise bad_request(problem + f"exactly one kind expected, found {sorted(kinds)}")
    if len(button.get("callback_data", "").encode()) > CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def check_photo(content: bytes) -> None:
    """Refuses an upload that is no picture, or one that is too large or narrow."""
    starts = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")
    if not content.startswith(starts):
        raise bad_request("IMAGE_PROCESS_FAILED")
    if content.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", content[16:24])
        if width + height > PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")


def shown_as(kind: str, content: bytes) -> str:
    """What an upload becomes: "other formats may be sent as Document", says the manual."""
    signs = {"video": (4, (b"ftyp",)), "animation": (0, (b"GIF8",))}
    at, starts = signs.get(kind, (0, (b"",)))
    return kind if content.startswith(starts, at) else "document"


def check_commands(commands: list[dict[str, Any]]) -> None:
    """Refuses a menu of commands: at most 100, names 1-32 of a-z 0-9 _, descriptions 1-256."""
    if len(commands) > COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")


def commands_key(params: dict[str, Any]) -> tuple[str, str]:
    """Where a menu of commands belongs: its scope and its two-letter language, or none."""
    language = language_of(params)
    scope = params.get("scope", {"type": "default"})
    return json.dumps(scope, sort_keys=True), language


def language_of(params: dict[str, Any]) -> str:
    """Two letters, or none for all languages that have nothing of their own."""
    language: str = params.get("language_code", "")
    if not re.fullmatch(r"(?:[a-z]{2})?", language):
        raise bad_request("invalid language code specified")
    return language


def description_kind(method: str) -> str:
    """The field of setMyDescription and its like."""
    return "short_description" if "Short" in method else "description"


def description_of(kind: str, params: dict[str, Any]) -> str:
    """At most 512 characters, or 120 of a short one; an empty one removes what was there."""
    words: str = params.get(kind, "")
    if len(words) > DESCRIPTION_CHARACTERS[kind]:
        raise bad_request("bot description is too long")
    return words


def check_webhook(params: dict[str, Any]) -> None:
    """Refuses a bad secret or number of connections, and any address that is not loopback."""
    secret = params.get("secret_token", "")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    if not 1 <= params.get("max_connections", 40) <= 100:
        raise bad_request("max_connections must be between 1 and 100")
    url = urlsplit(params["url"])
    if params["url"] and (url.scheme not in ("http", "https") or not _is_loopback(url.hostname)):
        raise bad_request("bad webhook: this stand-in calls loopback addresses only")


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False

"""What Telegram's updates mean; the samples are as Telegram sends them."""

import hashlib
from typing import Any

import pytest
import structlog
from aiogram.types import ChatMemberAdministrator

from bot.channels.telegram.incoming import Reader
from bot.conversation.messages import Incoming, IncomingKind

ANA = {"id": 5000000001, "is_bot": False, "first_name": "Ana", "language_code": "pt-br"}
PRIVATE = {"id": 5000000001, "first_name": "Ana", "type": "private"}
GROUP = {"id": -1001234567890, "title": "Neighbours", "type": "supergroup"}
CHANNEL = {"id": -1009876543210, "title": "News", "type": "channel"}
BOT = {"id": 42, "is_bot": True, "first_name": "Bot", "username": "Minipublic_bot"}
RIGHTS = {
    name: False
    for name, field in ChatMemberAdministrator.model_fields.items()
    if field.is_required() and name != "user"
}
PRESS_KEY = "42:700000001:" + hashlib.sha256(b"4711").hexdigest()[:16]
FILE = {"file_id": "AgAC", "file_unique_id": "AQAD"}


def message(chat: dict[str, Any] = PRIVATE, **content: Any) -> dict[str, Any]:
    return {"message_id": 17, "from": ANA, "chat": chat, "date": 1790000000, **content}


def membership(chat: dict[str, Any], before: str, after: str) -> dict[str, Any]:
    def member(status: str) -> dict[str, Any]:
        more: dict[str, Any] = {"kicked": {"until_date": 0}, "administrator": RIGHTS}
        return {"user": BOT, "status": status, **more.get(status, {})}

    return {
        "chat": chat,
        "from": ANA,
        "date": 1790000000,
        "old_chat_member": member(before),
        "new_chat_member": member(after),
    }


def press(**changes: Any) -> dict[str, Any]:
    query = {"id": "4711", "from": ANA, "chat_instance": "-33", "data": "yes"}
    return query | {"message": message(text="Do you?") | {"from": BOT}} | changes


def read(kind: str, content: dict[str, Any]) -> Incoming | None:
    reader = Reader("42")
    reader.username = "Minipublic_bot"
    return reader.read({"update_id": 700000001, kind: content})


def incoming(kind: IncomingKind, text: str = "", **changes: Any) -> Incoming:
    about = {
        "external_id": "42:700000001:1790000000", "sender": "5000000001", "language_hint": "pt-br",
        "message": "17" if kind in (IncomingKind.TEXT, IncomingKind.OTHER) else None,
    }  # fmt: skip
    return Incoming(channel="telegram", bot="42", kind=kind, text=text, **(about | changes))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Olá", "Olá"),
        ("/start ab-12_C", "/start ab-12_C"),
        ("/help@Minipublic_bot me", "/help me"),
        ("see /help@Minipublic_bot", "see /help@Minipublic_bot"),
        ("me@example.org", "me@example.org"),
    ],
)
def test_words(written: str, text: str) -> None:
    assert read("message", message(text=written)) == incoming(IncomingKind.TEXT, text)


@pytest.mark.parametrize(
    "content",
    [
        {"photo": [FILE | {"width": 90, "height": 90}]},
        {"voice": FILE | {"duration": 3}},
        {"location": {"latitude": 1.5, "longitude": 2.5}},
        {"contact": {"phone_number": "+351", "first_name": "Ana"}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"sticker": FILE | {"type": "regular", "width": 512, "height": 512,
                            "is_animated": False, "is_video": False}},
        {"of_next_years_api": {}},
    ],
)  # fmt: skip
def test_what_is_not_words(content: dict[str, Any]) -> None:
    assert read("message", message(**content)) == incoming(IncomingKind.OTHER)


@pytest.mark.parametrize("kind", ["photo", "video", "document", "audio", "voice", "animation"])
def test_a_caption_is_what_was_said(kind: str) -> None:
    said = read("message", message(**{kind: FILE, "caption": "/help@Minipublic_bot me"}))
    assert said == incoming(IncomingKind.TEXT, "/help me")


def test_an_edited_message() -> None:
    edited = read("edited_message", message(text="Olá!", edit_date=1790000005))
    key = "42:700000001:1790000005"
    assert edited == incoming(IncomingKind.EDITED, "Olá!", external_id=key, message="17")
    assert read("edited_message", message(location={}, edit_date=1790000005)) is None
    assert read("edited_message", message(GROUP, text="/start", edit_date=1790000005)) is None


def test_the_pictures_of_an_album_share_a_key_and_its_words_have_another() -> None:
    keys = [
        heard.external_id
        for number, more in enumerate([{}, {}, {"caption": "mine"}, {"caption": "other"}])
        if (heard := read("message", message(media_group_id="13", message_id=number, **more)))
    ]
    assert keys[0] == keys[1] != keys[2] == keys[3]
    other = read("message", message(media_group_id="14"))
    assert other is not None and other.external_id not in keys
    assert "5000000001" not in " ".join(keys)


def test_a_key_outlives_that_the_ids_of_updates_begin_anew() -> None:
    first = read("message", message(text="9"))
    again = read("message", message(text="9"))
    weeks_later = read("message", message(text="9") | {"date": 1791000000})
    assert first is not None and weeks_later is not None
    assert first == again and first.external_id != weeks_later.external_id
    presses = {
        each.external_id for id in ("1", "2") if (each := read("callback_query", press(id=id)))
    }
    assert len(presses) == 2


def test_a_pressed_button() -> None:
    expected = incoming(
        IncomingKind.CHOICE, "yes", pressed_message="17", press="4711", external_id=PRESS_KEY
    )
    assert read("callback_query", press()) == expected
    inaccessible = {"chat": PRIVATE, "message_id": 17, "date": 0}
    assert read("callback_query", press(message=inaccessible)) == expected


def test_a_pressed_button_whose_message_is_missing() -> None:
    query = press()
    del query["message"]
    expected = incoming(IncomingKind.CHOICE, "yes", press="4711", external_id=PRESS_KEY)
    assert read("callback_query", query) == expected


def test_a_blocked_bot() -> None:
    blocked = read("my_chat_member", membership(PRIVATE, "member", "kicked"))
    assert blocked == incoming(IncomingKind.LEFT)
    unblocked = read("my_chat_member", membership(PRIVATE, "kicked", "member"))
    assert unblocked == incoming(IncomingKind.RETURNED)


@pytest.mark.parametrize("command", ["/start", "/start@minipublic_BOT", "/help me"])
def test_a_command_in_a_group(command: str) -> None:
    heard = read("message", message(GROUP, text=command))
    assert heard == incoming(IncomingKind.GROUP, sender="-1001234567890")


@pytest.mark.parametrize(("chat", "as_"), [(GROUP, "member"), (CHANNEL, "administrator")])
def test_being_added_to_a_group(chat: dict[str, Any], as_: str) -> None:
    added = read("my_chat_member", membership(chat, "left", as_))
    assert added == incoming(IncomingKind.GROUP, sender=str(chat["id"]))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("message", message(GROUP, text="good morning")),
        ("message", message(GROUP, text="/start@another_bot")),
        ("message", message(GROUP, new_chat_members=[BOT])),
        ("message", message(pinned_message=message(text="Do you?"))),
        ("channel_post", message(CHANNEL, text="news")),
        ("callback_query", press(message=message(GROUP, text="Do you?"))),
        ("callback_query", {k: v for k, v in press().items() if k != "data"}),
        ("my_chat_member", membership(GROUP, "member", "administrator")),
        ("my_chat_member", membership(GROUP, "member", "kicked")),
        ("of_next_years_api", {}),
    ],
)  # fmt: skip
def test_what_says_nothing_to_the_bot(kind: str, content: dict[str, Any]) -> None:
    with structlog.testing.capture_logs() as logs:
        assert read(kind, content) is None
    assert logs == []


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 9, "message": {"text": "a secret"}},
        {"update_id": 9, "callback_query": "a secret"},
        {"update_id": 9, "my_chat_member": ["a secret"]},
        ["a secret"],
        None,
    ],
)
def test_what_cannot_be_read_is_skipped_and_logged_without_its_content(update: Any) -> None:
    with structlog.testing.capture_logs() as logs:
        assert Reader("42").read(update) is None
    [log] = logs
    assert log["error"] == "Unreadable"
    assert log["update"] == (9 if isinstance(update, dict) and "update_id" in update else None)
    assert "secret" not in str(logs) and "Ana" not in str(logs)


def test_every_command_in_a_group_is_ours_until_the_name_is_known() -> None:
    content = message(GROUP, text="/start@another_bot")
    assert Reader("42").read({"update_id": 1, "message": content})

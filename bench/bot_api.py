"""The smallest Bot API that aiogram and python-telegram-bot both understand.

A message comes back as Telegram gives it: with its sender, its chat, its text and its keyboard.
What a bot says to one citizen it says to all, so the greater part of an answer is made once.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from bench.wire import Webhook

_BOT = {"id": 42, "is_bot": True, "first_name": "Minipublic", "username": "minipublic_bot"}
#: In a form, and in JSON, with or without quotation marks.
_CHAT = re.compile(rb'(?:^|[&{ ,"])chat_id(?:=|" *: *"?)(\d+)')
_MESSAGE = (
    b'{"ok":true,"result":{"message_id":%d,"from":'
    + json.dumps(_BOT).encode()
    + b',"chat":{"id":%b,"first_name":"Citizen","type":"private"},"date":%d%b}}'
)
_DONE = b'{"ok":true,"result":true}'

#: Telegram's own, https://core.telegram.org/bots/api#setwebhook
CONNECTIONS = 40


class BotApi:
    """Answers what a bot asks, and tells `heard` of each message: its chat, and the whole form."""

    def __init__(self, heard: Callable[[int, bytes], None]) -> None:
        self._heard = heard
        self._messages = 0
        self._rest: dict[bytes, bytes] = {}
        self.webhooks: dict[str, Webhook] = {}  #: By address.

    def answer(self, method: str, form: bytes) -> bytes:
        match method:
            case "sendMessage" | "editMessageText":
                return self._message(form)
            case "getMe":
                return b'{"ok":true,"result":%b}' % json.dumps(_BOT).encode()
            case "setWebhook":
                self._set_webhook(form)
        return _DONE

    def _message(self, form: bytes) -> bytes:
        chat = _CHAT.search(form)
        assert chat is not None, form
        same = form[: chat.start(1)] + form[chat.end(1) :]
        rest = self._rest.get(same)
        if rest is None:
            rest = self._rest[same] = _rest(form)
        self._messages += 1
        self._heard(int(chat[1]), form)
        return _MESSAGE % (self._messages, chat[1], int(time.time()), rest)

    def _set_webhook(self, form: bytes) -> None:
        given = _fields(form)
        self.webhooks[given["url"]] = Webhook(
            given["url"],
            given.get("secret_token", ""),
            int(given.get("max_connections", CONNECTIONS)),
        )


def _rest(form: bytes) -> bytes:
    given = _fields(form)
    rest = b',"text":' + json.dumps(given["text"]).encode()
    if keyboard := given.get("reply_markup"):
        written = keyboard if isinstance(keyboard, str) else json.dumps(keyboard)
        rest += b',"reply_markup":' + written.encode()
    return rest


def _fields(form: bytes) -> dict[str, Any]:
    """Of a form or of JSON."""
    if form.startswith(b"{"):
        return dict(json.loads(form))
    return {name: values[0] for name, values in parse_qs(form.decode()).items()}

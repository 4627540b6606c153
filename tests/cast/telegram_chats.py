"""A chat as the people in it see it: every message in its present version, and what is unseen."""

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple


class Impossible(Exception):
    """A person tried what Telegram's app does not let them do."""


class Button(NamedTuple):
    """A button of a keyboard; data is None where pressing it calls nobody back."""

    text: str
    data: str | None


@dataclass(frozen=True)
class Media:
    """A file in a message; content is None where the bot named an address instead of uploading."""

    kind: str
    file_id: str
    name: str
    content: bytes | None


@dataclass(frozen=True)
class SeenMessage:
    """One version of one message; `raw` is Telegram's Message object."""

    raw: dict[str, Any]
    html: str = ""
    markup: dict[str, Any] | None = None
    media: Media | None = None
    edited: bool = False
    by_bot: bool = True

    @property
    def message_id(self) -> int:
        return int(self.raw["message_id"])

    @property
    def chat_id(self) -> int:
        return int(self.raw["chat"]["id"])

    @property
    def text(self) -> str:
        """The text or caption without its markup."""
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def keyboard(self) -> list[list[Button]]:
        """The rows of the inline keyboard, or of the keyboard that replaces the letters."""
        markup = self.markup or {}
        rows = markup.get("inline_keyboard", markup.get("keyboard", []))
        return [[Button(b["text"], b.get("callback_data")) for b in row] for row in rows if row]

    def __str__(self) -> str:
        media = f"[{self.media.kind}] " if self.media else ""
        buttons = "".join(f" [{button.text}]" for row in self.keyboard for button in row)
        return f"{self.message_id}{' (edited)' if self.edited else ''}: {media}{self.text}{buttons}"


@dataclass
class Chat:
    """One bot's chat with a person or a group; `refusal` says why the bot may not write."""

    info: dict[str, Any]
    refusal: str | None = None
    log: dict[int, SeenMessage] = field(default_factory=dict)
    unseen: deque[SeenMessage] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> int:
        return int(self.info["id"])

    def next_message_id(self) -> int:
        return len(self.log) + 1

    def enter(self, message: SeenMessage) -> None:
        """Adds a message or, under the same message_id, its new version."""
        self.log[message.message_id] = message
        if message.by_bot:
            self.unseen.append(message)
            self._news.set()

    def edit(self, message_id: int, **changes: Any) -> SeenMessage:
        """Replaces what changed of a message; the people see the new version as an event."""
        edited = replace(self.log[message_id], edited=True, **changes)
        self.enter(edited)
        return edited

    def messages(self) -> list[SeenMessage]:
        """The bot's messages in their present versions, oldest first."""
        return [message for message in self.log.values() if message.by_bot]

    async def next_message(self, timeout: float) -> SeenMessage:
        """The next unseen message or edit; raises TimeoutError with the transcript."""
        try:
            async with asyncio.timeout(timeout):
                while not self.unseen:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(
                f"nothing new in chat {self.id} within {timeout} s:\n{self.transcript()}"
            ) from None
        return self.unseen.popleft()

    def find(self, label_or_data: str, message_id: int | None) -> tuple[SeenMessage, Button]:
        """The latest message (or the given one) that has the button; raises Impossible."""
        for message in reversed(self.messages()):
            if message_id not in (None, message.message_id):
                continue
            for button in (button for row in message.keyboard for button in row):
                pressable = button.data is not None or "keyboard" in (message.markup or {})
                if pressable and label_or_data in button:
                    return message, button
        raise Impossible(
            f"no button {label_or_data!r} to press in chat {self.id}:\n{self.transcript()}"
        )

    def transcript(self) -> str:
        """The whole chat, a line a message."""
        lines = (f"{'bot' if m.by_bot else 'person'} {m}" for m in self.log.values())
        return "\n".join(lines) or "(the chat is empty)"

"""Both sides of a conversation in the order of time, for a page that is loaded again.

What was edited is shown as it is now, in its old place. A press that was answered by an edit of the
pressed message leaves no trace of its own, because the edit shows it: of several choices that were
switched on and off, only the last press, which went on, is something the citizen said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.channels.webchat.mailbox_json import present
from bot.channels.webchat.ports import Said, Told
from bot.conversation.messages import IncomingKind

#: An id that begins so is of a /start which the page sent by itself, and which is not shown.
STARTED_BY_PAGE = "start-"


@dataclass(slots=True)
class _Thread:
    """A message with its edits, oldest first."""

    id: int
    at: datetime
    versions: list[Mapping[str, Any]] = field(default_factory=list)

    def entry(self) -> dict[str, Any]:
        shown = present(self.id, self.versions[-1]) | {"at": self.at.isoformat()}
        for name in ("replaces", "anew"):  # what the page did with it, it has done
            shown.pop(name, None)
        return shown | ({"edited": True} if len(self.versions) > 1 else {})


def entries(told: Sequence[Told], said: Sequence[Said]) -> list[dict[str, Any]]:
    """Each side keeps its own order; between them time decides, and a press follows its message."""
    threads = _threads(told)
    mine = [(s, entry) for s in said if (entry := _entry(s, threads)) is not None]
    merged: list[dict[str, Any]] = []
    pending = list(threads.values())
    for words, entry in mine:
        pressed = _id(words.pressed_message)
        while pending and (
            pending[0].at < words.at or pressed in (thread.id for thread in pending)
        ):
            merged.append(pending.pop(0).entry())
        merged.append(entry)
    return merged + [thread.entry() for thread in pending]


def _threads(told: Sequence[Told]) -> dict[int, _Thread]:
    threads: dict[int, _Thread] = {}
    for message in told:
        original = int(message.body.get("replaces") or message.id)
        thread = threads.setdefault(original, _Thread(original, message.at))
        thread.versions.append(message.body)
    return threads


def _entry(words: Said, threads: Mapping[int, _Thread]) -> dict[str, Any] | None:
    """None if it is not shown."""
    client_id = words.external_id.partition(":")[2]
    if client_id.startswith(STARTED_BY_PAGE):
        return None
    text: str | None = words.text
    if words.kind == IncomingKind.CHOICE:
        text = _label(words, threads)
    if text is None:
        return None
    return {"id": client_id, "from": "citizen", "text": text, "at": words.at.isoformat()}


def _label(press: Said, threads: Mapping[int, _Thread]) -> str | None:
    """The words on the pressed button; None if an edit of its message was the answer."""
    if thread := threads.get(_id(press.pressed_message)):
        labels = [_labels(body).get(press.text) for body in thread.versions]
        if labels[-1] is not None:
            return labels[-1]
        if any(labels):
            return None
    for thread in reversed(list(threads.values())):
        for body in thread.versions:
            if label := _labels(body).get(press.text):
                return label
    return press.text if press.text.startswith("/") else press.text.partition(":")[2] or press.text


def _labels(body: Mapping[str, Any]) -> dict[str, str]:
    return {choice["value"]: choice["label"] for choice in body.get("choices", ())}


def _id(value: str | None) -> int:
    """0 if `value` is none."""
    return int(value) if value and value.isascii() and value.isdigit() else 0

"""What comes in and what goes out, the same for every channel."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class IncomingKind(StrEnum):
    """What a citizen did."""

    TEXT = "text"  #: Wrote words, a command among them.
    CHOICE = "choice"  #: Pressed a button; `text` is its value.
    OTHER = "other"  #: Sent something the bot cannot read: a picture, a sticker, a voice message.
    EDITED = "edited"  #: Changed the words of an earlier message.
    GROUP = "group"  #: Spoke to the bot in a group, where it does not serve.
    LEFT = "left"  #: Blocked the bot.
    RETURNED = "returned"  #: Lets it write again.


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as its channel received it. `sender` goes no further than the address table."""

    channel: str
    bot: str  #: Which of the channel's bots was spoken to.
    external_id: str  #: The platform's own id: a redelivered message has the same.
    sender: str
    kind: IncomingKind
    text: str = ""
    language_hint: str | None = None  #: BCP 47, as the platform says it.
    pressed_message: str | None = None  #: Platform's id of the message that bore the button.
    press: str | None = None  #: Platform's id of the press, which it wants acknowledged.
    message: str | None = None  #: Platform's id of the message, where it may be edited later.
    album: str | None = None  #: What all pictures of an album share. They are heard once.

    def body(self) -> dict[str, Any]:
        """What the inbox keeps: nothing that identifies."""
        return {
            "kind": self.kind.value,
            "text": storable(self.text),
            "pressed_message": self.pressed_message,
            "press": self.press,
            "message": self.message,
        }


def album_key(album: str, kind: IncomingKind) -> str:
    """The external id of what is heard of an album: its words, or that it has pictures."""
    return f"{album}:{kind.value}"


@dataclass(frozen=True, slots=True)
class Heard:
    """An incoming message as its turn sees it."""

    id: int
    channel: str
    kind: IncomingKind
    text: str
    pressed_message: str | None
    press: str | None
    received_at: datetime
    message: str | None = None  #: Of an edited message: the one that was edited.

    @property
    def is_command(self) -> bool:
        return self._is_said and self.text.startswith("/")

    @property
    def is_answer(self) -> bool:
        """Whether it is for the question on hand, and for nothing else."""
        return self._is_said and not self.text.startswith("/")

    @property
    def _is_said(self) -> bool:
        return self.kind in (IncomingKind.TEXT, IncomingKind.CHOICE)


def storable(text: str) -> str:
    """`text` without what PostgreSQL cannot store: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


class MessageKind(StrEnum):
    """Why a message is sent, which decides what happens when its outcome is unknown."""

    REPLY = "reply"  #: Sent again: a repeated answer is harmless, a lost one ends the conversation.
    ITEM = "item"  #: A survey item: sent again.
    INVITATION = "invitation"  #: To a wave or a briefing: sent again.
    REMINDER = "reminder"  #: Not sent again.
    BROADCAST = "broadcast"  #: Not sent again: an organiser decides.

    @property
    def repeatable(self) -> bool:
        return self in (MessageKind.REPLY, MessageKind.ITEM, MessageKind.INVITATION)


#: Sent to who has not asked for it just now.
UNASKED = (MessageKind.INVITATION, MessageKind.REMINDER, MessageKind.BROADCAST)


class Priority(IntEnum):
    """What goes first when the pace is short: lower is sooner. All but replies is bulk."""

    REPLY = 0
    SCHEDULED = 1
    BROADCAST = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `aside` sets it apart from the answers proper: skip, back, don't know."""

    value: str
    label: str
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A file made for one citizen, when it is sent or fetched: nothing that waits holds it."""

    filename: str
    of: str | None  #: The participant whose data it holds.


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens a page."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way out, already in the reader's language."""

    text: str
    language: str
    key: str = ""  #: Which catalogue message or item this is, for staff's eyes and for tests.
    markdown: bool = False  #: `text` is Markdown; otherwise every character stands for itself.
    choices: tuple[Choice, ...] = ()
    media: str | None = None  #: Digest of a stored picture or sound.
    media_alt: str = ""
    document: Document | None = None
    link: Link | None = None
    replaces: str | None = None  #: Platform's id of the message to edit in place.
    press: str | None = None  #: The press that this acknowledges,
    toast: str = ""  #: with these few words.
    leaves: bool = False  #: Then the bot leaves this chat, which is a group.
    kind: MessageKind = MessageKind.REPLY
    question: int | None = None  #: The conversation's count, where this puts a new question.
    nothing_left: bool = False  #: The reader has done all there is to do for now.
    begins_anew: bool = False  #: The page that shows this begins a new session,
    presents: str = ""  #: and presents this invitation code there.

    @property
    def caption(self) -> str:
        """What is read beside the medium. An item's words follow by themselves, so they are for
        those alone who cannot see it."""
        return "" if self.kind is MessageKind.ITEM else self.media_alt

    def body(self) -> dict[str, Any]:
        """The JSON form for the outbox, without what is empty."""
        body: dict[str, Any] = {
            name: value
            for name in _PLAIN_FIELDS
            if (value := getattr(self, name)) not in ("", None, False)
        }
        if self.choices:
            body["choices"] = [
                {"value": c.value, "label": c.label, "aside": c.aside} for c in self.choices
            ]
        if self.document:
            body["document"] = asdict(self.document)
        if self.link:
            body["link"] = asdict(self.link)
        return body

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Outgoing":
        values = dict(body)
        values["choices"] = tuple(Choice(**c) for c in body.get("choices", ()))
        if document := body.get("document"):
            values["document"] = Document(**document)
        if link := body.get("link"):
            values["link"] = Link(**link)
        values["kind"] = MessageKind(body.get("kind", MessageKind.REPLY))
        values.setdefault("text", "")
        return cls(**values)


_PLAIN_FIELDS = tuple(
    f.name for f in fields(Outgoing) if f.name not in ("choices", "document", "link", "question")
)

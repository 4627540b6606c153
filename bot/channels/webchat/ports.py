"""What the web chat needs of others: mailboxes, and bells that ring when one fills."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from bot.conversation.messages import Document


class Told(Protocol):
    """What the bot said: one message in a mailbox."""

    @property
    def id(self) -> int: ...
    @property
    def body(self) -> Mapping[str, Any]: ...
    @property
    def at(self) -> datetime: ...


class Said(Protocol):
    """What the citizen said. `text` is the value of the choice if `kind` is `choice`."""

    @property
    def external_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def pressed_message(self) -> str | None: ...
    @property
    def at(self) -> datetime: ...


class History(Protocol):
    """One page of a conversation, both sides oldest first."""

    @property
    def told(self) -> Sequence[Told]: ...
    @property
    def said(self) -> Sequence[Said]: ...
    @property
    def earlier(self) -> bool:
        """Whether there is an earlier page."""
        ...


class News(Protocol):
    """What is new for a session, oldest first, and in which conversations to look the next time."""

    @property
    def conversations(self) -> frozenset[int]: ...
    @property
    def told(self) -> Sequence[Told]: ...


class Mailbox(Protocol):
    """The mailboxes of all sessions. A session is known by the SHA-256 of its token."""

    async def deliver(
        self,
        outbox_id: int,
        conversation: int,
        topics: Collection[str],
        body: dict[str, Any],
        at: datetime,
    ) -> int:
        """The id of the message that the citizen now has: of the edited one, if `body` edits one.

        Committed and announced under `topics` when this returns. Repeated for the same `outbox_id`
        it changes nothing. Raises `LookupError` if the conversation is no more, `ConnectionError`
        if it could not be stored.
        """
        ...

    async def conversation(self, session: str, bot: str) -> int | None:
        """The conversation of a session with `bot`; None before the first message is stored."""
        ...

    async def news(self, session: str, bot: str, known: frozenset[int], after: int) -> News:
        """All messages after the id `after`, edits among them, in the conversation of the session
        with `bot` and in those that are `known` from before."""
        ...

    async def history(self, conversation: int, before: int | None, most: int) -> History:
        """The newest page of both sides; with `before`, the page that ends before that message."""
        ...

    async def document(
        self, session: str, message_id: int, offered_after: datetime
    ) -> Document | None:
        """The file in a message to this session and to who uses it now; None if there is none, or
        it is older."""
        ...

    async def end(self, session: str, now: datetime) -> None:
        """Whoever comes with this session from now on is a stranger, to whatever bot."""
        ...


class Bell(Protocol):
    """Rings when something was announced; a ring while nobody waits is kept."""

    def ring(self) -> None: ...

    async def wait(self, seconds: float, /) -> bool:
        """Wait for a ring, at most so long. Returns whether it rang."""
        ...


class Signals(Protocol):
    def bell(self, topic: str) -> AbstractContextManager[Bell]:
        """A bell for `topic` as long as the block lasts."""
        ...

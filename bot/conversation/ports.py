"""What the edges and the dispatcher need of others, so that neither knows SQL nor a platform."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.conversation.effects import Effects
from bot.conversation.messages import Document, Heard, Incoming, Outgoing
from bot.conversation.state import Conversation, Deliberation, InvitationCode, State
from bot.domain.delivery import Receipt


class Clock(Protocol):
    """The only source of time outside the domain."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class Bell(Protocol):
    """Rings when somebody announced something."""

    def ring(self) -> None: ...

    async def wait(self, timeout: float) -> bool:
        """Wait for a ring, at most `timeout` seconds. Returns whether it rang."""
        ...


class Inbox(Protocol):
    """Where the edge puts what came in."""

    async def store(self, messages: Sequence[Incoming]) -> None:
        """Committed when this returns, so that the platform may be told. Known ones are no-ops."""
        ...


class Reception(Protocol):
    """Where the edge notes that a bot's platform was heard, whether or not anybody spoke."""

    async def heard(self, channel: str, bot: str) -> None:
        """To be told as often as it happens."""
        ...


class StoreUnavailable(ConnectionError):
    """The database is away; nothing is to blame, and what is pending stays pending."""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, a sound or a file of a pack."""

    digest: str
    filename: str
    content: bytes


class DocumentStore(Protocol):
    def pieces(self, document: Document) -> AsyncIterator[bytes]:
        """The content, made now. Raise `LookupError` if the person is not known (any more), or
        `StoreUnavailable`, before the first piece."""
        ...


class MediaStore(Protocol):
    async def fetch(self, digest: str) -> Media:
        """Raise `LookupError` if nothing with this digest is stored, or `StoreUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Destination:
    """An address to send to. Channels alone see it; it is never logged."""

    channel: str
    bot: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One claimed outbox row on its way to the platform."""

    id: int  #: The same on every try: a far side of our own can drop repetitions by it.
    conversation_id: int
    to: Destination
    message: Outgoing
    tries: int  #: This one included.
    farewell: bool = False  #: The address was erased; nothing may keep it once this is sent.
    broadcast_id: str | None = None
    bulk: bool = False  #: Nobody waits for it: replies go first.
    messages: int = 1  #: So many the platform counts.
    busy_until: datetime | None = None  #: What its chat got before fills it until then.
    chat_was_idle: bool = True  #: It got nothing for a while.


class Channel(Protocol):
    """The edge out of one messaging platform."""

    name: str

    async def send(self, parcel: Parcel) -> Receipt:
        """Send now, once. Raise a `bot.domain.delivery.SendFailure` that says what went wrong."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """One conversation with what it has to answer, in order."""

    state: State
    heard: tuple[Heard, ...]
    tries: int  #: How often the first of `heard` has failed before.


@dataclass(frozen=True, slots=True)
class Failure:
    """A turn that raised. Parked ones are not tried again, and the citizen is told."""

    heard: Heard
    error: str
    parked: bool
    language: str  #: In which the citizen is told.
    told: tuple[Outgoing, ...] = ()  #: What else than that something went wrong.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one conversation's work."""

    before: State
    after: State
    turns: tuple[tuple[Heard, Effects], ...]  #: Those that succeeded, in order.
    failure: Failure | None = None  #: The one that did not; nothing after it has run.


class StaleState(Exception):
    """Somebody else changed a row first; the turn must be run again on what is there now."""


class Batch(Protocol):
    """Claimed work inside an open transaction."""

    work: Sequence[Work]
    library: Mapping[int, Deliberation]
    codes: Mapping[str, InvitationCode]

    def deliberation_of(self, conversation: Conversation) -> Deliberation | None: ...

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        """Write all effects. Raise `StaleState` where a row is no longer as it was loaded."""
        ...


class TurnStore(Protocol):
    def batch(self, limit: int, only: int | None = None) -> AbstractAsyncContextManager[Batch]:
        """Claim up to `limit` messages (of the conversation `only`) until the block ends, which
        commits. Raise `StoreUnavailable` where the database is away."""
        ...

    async def failed(self, conversation: Conversation, failure: Failure) -> None:
        """Record a turn whose effects could not be written, in a transaction of its own."""
        ...

    async def waiting(self, limit: int) -> Sequence[int]:
        """Ids of conversations that have something pending, the longest waiting first."""
        ...

    async def unreadable(self, conversation_id: int, error: str) -> None:
        """Park what waits first in a conversation that cannot be loaded, and tell the citizen."""
        ...

"""What the edges and the dispatcher need of others, so that neither knows SQL nor a platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.conversation.messages import Incoming, Outgoing
from bot.domain.delivery import Receipt


class Clock(Protocol):
    """The only source of time outside the domain."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class Inbox(Protocol):
    """Where the edge puts what came in."""

    async def store(self, messages: Sequence[Incoming]) -> None:
        """Committed when this returns, so that the platform may be told. Known ones are no-ops."""
        ...


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, a sound or a file of a pack."""

    digest: str
    filename: str
    content: bytes


class MediaStore(Protocol):
    async def fetch(self, digest: str) -> Media:
        """Raise `LookupError` if nothing with this digest is stored."""
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


class Channel(Protocol):
    """The edge out of one messaging platform."""

    name: str

    async def send(self, parcel: Parcel) -> Receipt:
        """Send now, once. Raise a `bot.domain.delivery.SendFailure` that says what went wrong."""
        ...

"""What the sender needs of the outbox, and how one send ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.conversation.messages import Outgoing
from bot.conversation.ports import Parcel
from bot.domain.delivery import Receipt, SendFailure


def one_each(message: Outgoing) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class Line:
    """One bot of one channel: what shares a pace and a halt."""

    channel: str
    bot: str | None  #: None: every bot of the channel.
    pace: float | None  #: Messages a second; None where the far side sets no limit.
    #: How many messages its platform counts for one of ours: a long text goes in parts.
    count: Callable[[Outgoing], int] = one_each
    #: How many replies one chat may get at once; beyond it gets one a second. None: any number.
    chat_burst: int | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """One send that came to an end."""

    parcel: Parcel
    result: Receipt | SendFailure


@dataclass(frozen=True, slots=True)
class Room:
    """How many more may be claimed, and how many of these may be bulk."""

    all: int
    bulk: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Parcels to send now, and when it is worth looking again."""

    parcels: Sequence[Parcel]
    look_again: timedelta


class Outbox(Protocol):
    async def settle_and_claim(self, line: Line, ended: Sequence[Ended], room: Room) -> Claim:
        """Record how sends ended, and claim more where there is `room`, in one transaction."""
        ...

    async def release(self, line: Line) -> None:
        """After a crash of the only process: what it had claimed need not wait for its lease."""
        ...

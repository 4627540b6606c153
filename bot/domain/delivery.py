"""What can become of one send, as every channel's edge must say it."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform accepted the message; `external_id` is its own id of it."""

    external_id: str | None


class SendFailure(Exception):
    """A send that did not succeed. Subclasses say what to do; `reason` is kept in the ledger."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or (type(self).__doc__ or "").split("\n", 1)[0])
        self.reason = str(self)


class Throttled(SendFailure):
    """The platform asks to wait; nothing was sent, and this is no failed try.

    `whole` if it means the bot, and not this chat alone.
    """

    def __init__(self, retry_after: timedelta, whole: bool = False) -> None:
        super().__init__(f"throttled for {ceil(retry_after.total_seconds())} s")
        self.retry_after = retry_after
        self.whole = whole


class Unreachable(SendFailure):
    """The platform was not reached, or says that it failed: surely not sent, try again."""


class OutcomeUnknown(SendFailure):
    """The request left and no answer came: nobody can know whether it was sent."""


class Rejected(SendFailure):
    """The platform refuses this message for good; others go on."""


class ParticipantLeft(SendFailure):
    """The citizen blocked the bot or deleted the account."""


class ChannelMisconfigured(SendFailure):
    """The bot itself is refused (a wrong token, say): nothing can be sent until staff mend it."""


#: Whole tries of one message before it is given up, and the longest pause between two.
MOST_TRIES = 8
LONGEST_BACKOFF = timedelta(minutes=10)


def backoff(tries: int, jitter: float) -> timedelta:
    """How long to wait before the next try: 1 s, 2 s, 4 s ... 10 min at most, up to half less.

    `jitter` is a random number in [0, 1). Source: "Exponential backoff and jitter", AWS (2015).
    """
    longest = min(2.0 ** (tries - 1), LONGEST_BACKOFF.total_seconds())
    return timedelta(seconds=longest * (0.5 + jitter / 2))

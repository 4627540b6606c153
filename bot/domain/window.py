"""The time in which a wave takes answers, whatever runs or does not run by then."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.states import WaveStatus


@dataclass(frozen=True, slots=True)
class Window:
    """When a wave is open. Times are aware; whoever asks says of which moment.

    What a citizen said before it closed counts, though its turn runs later: ask of the moment when
    it was received.
    """

    status: WaveStatus
    closes_at: datetime | None = None
    grace: timedelta = timedelta()
    closed_at: datetime | None = None  #: When it was closed last, by itself or by hand.

    @property
    def ends_at(self) -> datetime | None:
        """When it is over for those who had begun, too; None: when somebody closes it."""
        return self.closes_at + self.grace if self.closes_at else None

    def is_open(self, at: datetime) -> bool:
        """Whether somebody may begin."""
        return self.status is WaveStatus.OPEN and not _is_over(self.closes_at, at)

    def takes_answers(self, at: datetime) -> bool:
        """Whether somebody who has begun may go on."""
        if _is_over(self.ends_at, at):
            return False
        if self.status is WaveStatus.CLOSED:
            return self.closed_at is not None and at < self.closed_at
        return self.status is WaveStatus.OPEN


def _is_over(end: datetime | None, at: datetime) -> bool:
    return end is not None and end <= at

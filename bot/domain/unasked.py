"""What is sent unasked is still true, still wanted, and in time when it leaves.

Everything that nobody asked for passes here when it is claimed, whatever was so when it was queued.
A capability that writes to people unasked adds what it must know to `Facts`, and its question to
`QUESTIONS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.local_time import QuietHours
from bot.domain.states import ParticipantStatus, ResponseStatus

#: Whoever said something within this time is not reminded, nor invited out of what they are doing.
IN_PEACE = timedelta(minutes=30)

#: When that is looked at again which may end at any moment.
SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Send:
    """It may leave now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """It is looked at again then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """It is taken back; the reason is kept in the ledger."""

    reason: str


@dataclass(frozen=True, slots=True)
class Follow:
    """The person is met elsewhere now, and it goes there."""


Verdict = Send | Wait | Drop | Follow

SEND = Send()
FOLLOW = Follow()

#: Who was not told for this reason is told when the wave opens again.
NOT_OPEN = "its wave is not open"
BEGUN = "the questionnaire is begun already"
FINISHED = "the questionnaire is complete, or declined"
NOT_IN_THE_PANEL = "the person is not in the panel any more, or wants quiet"
#: Who comes back by a code gets it then.
NOT_MET = "somebody else has the chat or device now, and the person has come back nowhere yet"


@dataclass(frozen=True, slots=True)
class Fielding:
    """A wave as it stands now, and how far the person has come in it."""

    is_open: bool
    closes_at: datetime | None
    response: ResponseStatus | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so at the moment of sending. Times are aware."""

    status: ParticipantStatus | None  #: Of the person; None: nobody is there.
    zone: str  #: Where the person is now,
    home_zone: str = "UTC"  #: and what holds where nobody knows such a zone.
    last_word: datetime | None = None  #: When the person last said something in this chat.
    is_occupied: bool = False  #: The chat stands at a question, not at the menu.
    of_wave: bool = False  #: It invites to a wave, or reminds of one.
    invites: bool = False
    wave: Fielding | None = None  #: None: there is no such wave.
    any_hour: bool = False  #: Quiet hours do not hold it.
    is_met: bool = True  #: There is an address at which the person can be reached,
    is_here: bool = True  #: and it is the one that this waits for.


Question = Callable[[Facts, QuietHours, datetime], Verdict]


def judge(facts: Facts, quiet: QuietHours, now: datetime) -> Verdict:
    """What becomes of a message that nobody asked for: the first answer that is not yes."""
    for question in QUESTIONS:
        answer = question(facts, quiet, now)
        if answer is not SEND:
            return answer
    return SEND


def is_still_wanted(facts: Facts, quiet: QuietHours, now: datetime) -> Verdict:
    return SEND if facts.status is ParticipantStatus.ENROLLED else Drop(NOT_IN_THE_PANEL)


def is_still_true(facts: Facts, quiet: QuietHours, now: datetime) -> Verdict:
    wave = facts.wave
    if not facts.of_wave:
        return SEND
    if wave is None or not wave.is_open:
        return Drop(NOT_OPEN)
    if wave.response in (ResponseStatus.COMPLETE, ResponseStatus.REFUSED):
        return Drop(FINISHED)
    if facts.invites and wave.response not in (None, ResponseStatus.NOT_STARTED):
        return Drop(BEGUN)
    if wave.closes_at is not None and wave.closes_at <= now:
        return Wait(now + SOON)  # until it is closed, or given more time
    return SEND


def is_met_here(facts: Facts, quiet: QuietHours, now: datetime) -> Verdict:
    """People change devices, and devices change hands: it goes where the person spoke last."""
    if not facts.is_met:
        return Drop(NOT_MET)
    return SEND if facts.is_here else FOLLOW


def is_not_in_the_way(facts: Facts, quiet: QuietHours, now: datetime) -> Verdict:
    """Nobody is reminded in the middle of a conversation, nor invited out of a question."""
    last = facts.last_word
    if not facts.of_wave or last is None or last <= now - IN_PEACE:
        return SEND
    if facts.invites:
        return Wait(now + SOON) if facts.is_occupied else SEND
    return Wait(min(last, now) + IN_PEACE)


def is_daytime(facts: Facts, quiet: QuietHours, now: datetime) -> Verdict:
    if facts.any_hour:
        return SEND
    morning = quiet.first_allowed(now, facts.zone, facts.home_zone)
    return SEND if morning <= now else Wait(morning)


QUESTIONS: tuple[Question, ...] = (
    is_still_wanted,
    is_still_true,
    is_met_here,
    is_not_in_the_way,
    is_daytime,
)

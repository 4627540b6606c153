"""What a turn decided, for the storage to write in one transaction."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from bot.conversation.messages import Outgoing
from bot.domain.answers import Answer
from bot.domain.broadcast import BroadcastText, Start


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """One item's answer; an earlier one becomes history."""

    participant_id: str
    response_id: str
    item: str
    answer: Answer
    personal: bool
    language: str
    asked_at: datetime | None
    choices_shown: tuple[str, ...] | None = None  #: Codes in their order, where that was random.


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    participant_id: str
    consent_text_id: int
    language: str


@dataclass(frozen=True, slots=True)
class PartRead:
    participant_id: str
    briefing_id: int
    part: int


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the event log. It holds nothing that citizens wrote."""

    subject: str
    subject_id: str
    target: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class BroadcastWritten:
    """An organiser has written a broadcast; it is shown to them before they confirm it."""

    id: str
    deliberation_id: int
    texts: Mapping[str, BroadcastText]
    audience: str
    excludes_others: bool
    start: Start
    code: str  #: To be typed before it is sent.


class BroadcastAct(StrEnum):
    """What an organiser does from a chat to a broadcast that is there."""

    CONFIRM = "confirm"
    START = "start"  #: A held one.
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    MISSING = "missing"  #: Send again to those who have not got it.
    UNKNOWN = "unknown"  #: Send again to those of whom nobody knows.


@dataclass(slots=True)
class Effects:
    """Collected by a turn's verbs, in order."""

    messages: list[Outgoing] = field(default_factory=list)
    answers: list[AnswerGiven] = field(default_factory=list)
    consents: list[ConsentGiven] = field(default_factory=list)
    withdrawals: list[str] = field(default_factory=list)  #: Participants whose consent ended.
    silenced: list[str] = field(default_factory=list)  #: Who is to get nothing unasked any more.
    parts_read: list[PartRead] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    #: Codes, and who joined by each; nobody by those that make organisers.
    codes_used: list[tuple[int, str | None]] = field(default_factory=list)
    codes_checked: list[tuple[int, bool]] = field(default_factory=list)  #: Codes; right or wrong.
    checks: list[tuple[str, str]] = field(default_factory=list)  #: Participants, sealed answers.
    left: list[str] = field(default_factory=list)  #: Participants who are here no more,
    disowned: list[int] = field(default_factory=list)  #: and messages that were not theirs.
    doubted: bool = False  #: Whether it was the participant who spoke is asked just now.
    session_ended: bool = False  #: Whoever uses this device next is another person.
    own_data: list[tuple[str, str]] = field(default_factory=list)  #: Participant, language.
    erased: list[str] = field(default_factory=list)  #: Participants to erase.
    organisers: list[tuple[int, str]] = field(default_factory=list)  #: Deliberation, name.
    written: list[BroadcastWritten] = field(default_factory=list)
    acts: list[tuple[str, BroadcastAct]] = field(default_factory=list)  #: On broadcasts by id.

    def copy(self) -> "Effects":
        """What was decided so far, whatever is decided later."""
        return Effects(**{each.name: copy(getattr(self, each.name)) for each in fields(self)})

    @property
    def needs_a_new_look(self) -> bool:
        """Whether the next message has to wait until this is written: it may come from somebody
        else, or be about a code that has changed."""
        return bool(
            self.erased or self.left or self.session_ended or self.codes_used or self.codes_checked
        )
